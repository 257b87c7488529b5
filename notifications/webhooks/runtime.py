"""The leader's part: events become deliveries, webhooks with something to send get a worker.

When an attempt is due stands in the database, and Celery makes it: a broker that forgets its jobs
costs a delay, never a delivery.
"""

import threading

import structlog
from django.db import close_old_connections, transaction
from kombu.exceptions import OperationalError

from notifications.services.webhook_deliveries import give_turn, webhooks_to_serve
from notifications.webhooks.collecting import Collector
from portal.events import wakeup

logger = structlog.get_logger(__name__)

_POLL_SECONDS = 0.5
# Under load, events are taken in by the batch instead of one by one.
_GATHER_SECONDS = 0.05
_WEBHOOKS_AT_ONCE = 100


def run(stop: threading.Event) -> None:
    collector = Collector()
    while not stop.is_set():
        close_old_connections()
        collector.collect()
        try:
            hand_out()
        except OperationalError as error:
            # The broker is away; the turns given end by themselves.
            logger.warning("webhook jobs not handed out", error=str(error))
        wakeup.wait(_POLL_SECONDS)
        stop.wait(_GATHER_SECONDS)
    collector.store_position()


def hand_out() -> int:
    """Give each webhook with something to send to a worker; gives their number."""
    from notifications.tasks import deliver_webhook

    handed_out = 0
    for webhook_id in webhooks_to_serve(_WEBHOOKS_AT_ONCE):
        with transaction.atomic():
            token = give_turn(webhook_id)
            if token is not None:
                deliver_webhook.delay_on_commit(str(webhook_id), str(token))
                handed_out += 1
    return handed_out
