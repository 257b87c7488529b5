"""Old statistics go, and the log before the oldest checkpoint still needed may be trimmed."""

from django.conf import settings

from portal.events.log import now_ms
from supervision.activity import forget_activity
from supervision.checkpoints import move_baseline
from supervision.values import forget_history

_DAY_MS = 86_400_000


def forget_old_statistics() -> None:
    now = now_ms()
    forget_history(older_than_ms=now - settings.STATISTICS_RETENTION_DAYS * _DAY_MS)
    forget_activity(older_than_ms=now - settings.ACTIVITY_RETENTION_DAYS * _DAY_MS)
    move_baseline(older_than_ms=now - settings.EVENT_RETENTION_DAYS * _DAY_MS)
