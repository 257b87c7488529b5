"""The leader's part: what the log says becomes requests, sessions with some get a worker."""

import threading

import structlog
from django.db import close_old_connections, transaction
from django.utils import timezone
from kombu.exceptions import OperationalError

from notifications.push.following import Follower, renew_subscriptions
from notifications.push.gateway import is_configured
from notifications.services.mobile import give_turn, sessions_to_serve
from portal.events import wakeup

logger = structlog.get_logger(__name__)

_POLL_SECONDS = 0.5
# Under load, events are taken in by the batch instead of one by one.
_GATHER_SECONDS = 0.05
_SESSIONS_AT_ONCE = 100


def run(stop: threading.Event) -> None:
    follower = Follower()
    while not stop.is_set():
        close_old_connections()
        follower.follow()
        if is_configured():
            renew_subscriptions(timezone.now())
            try:
                hand_out()
            except OperationalError as error:
                # The broker is away; the turns given end by themselves.
                logger.warning("push jobs not handed out", error=str(error))
        wakeup.wait(_POLL_SECONDS)
        stop.wait(_GATHER_SECONDS)
    follower.store_position()


def hand_out() -> int:
    """Give each session with a request to make to a worker; gives their number."""
    from notifications.tasks import push_to_session

    handed_out = 0
    for session_id in sessions_to_serve(_SESSIONS_AT_ONCE):
        with transaction.atomic():
            token = give_turn(session_id)
            if token is not None:
                push_to_session.delay_on_commit(str(session_id), str(token))
                handed_out += 1
    return handed_out
