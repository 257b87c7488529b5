"""A worker's part: make the requests of one session, in order, for a while."""

import contextlib
import time
from uuid import UUID

from notifications.models import PushRequest
from notifications.push.gateway import GatewayError, PushGateway, open_gateway
from notifications.services.mobile import Task, request_done, request_failed, take_turn

_SECONDS = 20.0


def work(session_id: UUID, token: UUID) -> int:
    """Make requests until there are none, one fails, or others should have the worker."""
    ends = time.monotonic() + _SECONDS
    made = 0
    with contextlib.closing(open_gateway()) as gateway:
        while True:
            is_over = time.monotonic() >= ends
            task = take_turn(session_id, token, ends=is_over)
            if task is None:
                return made
            token = task.token
            try:
                subscription_id = _make(gateway, task)
            except GatewayError as error:
                request_failed(session_id, task, str(error)[:300])
            else:
                request_done(session_id, task, subscription_id=subscription_id)
                made += 1


def _make(gateway: PushGateway, task: Task) -> str:
    """Gives the id of a new subscription, else nothing."""
    if task.action == PushRequest.PUBLISH:
        gateway.publish(tag=task.tag, message=task.message)
        return ""
    if task.action == PushRequest.UNSUBSCRIBE:
        _unsubscribe(gateway, task)
        return ""
    # One made anew takes the place of the one before, which may be there a moment longer.
    subscription_id = gateway.subscribe(task.subscription)
    with contextlib.suppress(GatewayError):
        _unsubscribe(gateway, task)
    return subscription_id


def _unsubscribe(gateway: PushGateway, task: Task) -> None:
    if task.subscription_id:
        gateway.unsubscribe(task.subscription_id)
