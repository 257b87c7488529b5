"""Requests to the push gateway on their way: handed to a worker, tried, and what became of them.

A session is one worker's at a time, as a webhook is: see `webhook_deliveries`. What cannot be
delivered is logged as a warning and given up; nobody else is told (seed 001 "Event processing").
"""

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID, uuid4

import structlog
from django.conf import settings
from django.db import transaction
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone

from notifications.backoff import pause_after
from notifications.models import MobileSession, PushRequest
from notifications.push.gateway import Subscription

logger = structlog.get_logger(__name__)

_TURN = timedelta(seconds=90)
_LONGEST_PAUSE_SECONDS = 60.0
# Who is called by then knows it, or the caller has hung up.
_STALE = timedelta(minutes=2)


@dataclass(frozen=True, slots=True)
class Task:
    """One request, with what the gateway has to know for it."""

    token: UUID
    request_id: int
    action: str
    tag: str
    message: str
    subscription: Subscription
    subscription_id: str


def sessions_to_serve(limit: int) -> list[UUID]:
    """Those with a request to make now that no worker has."""
    now = timezone.now()
    free = MobileSession.objects.filter(
        Q(quiet_until=None) | Q(quiet_until__lte=now), Q(busy_until=None) | Q(busy_until__lte=now)
    )
    waiting = PushRequest.objects.filter(session=OuterRef("pk"))
    served = free.filter(Exists(waiting)).order_by("pk").values_list("pk", flat=True)
    return list(served[:limit])


def give_turn(session_id: UUID) -> UUID | None:
    """The token of a worker's turn; None where another has it."""
    now, token = timezone.now(), uuid4()
    free = MobileSession.objects.filter(Q(busy_until=None) | Q(busy_until__lte=now))
    given = free.filter(pk=session_id).update(busy_until=now + _TURN, busy_token=token)
    return token if given else None


@transaction.atomic
def take_turn(session_id: UUID, token: UUID, *, ends: bool = False) -> Task | None:
    """The next request; None where the turn is over, or ends now because nothing is to be done."""
    now = timezone.now()
    session = (
        MobileSession.objects.select_for_update().filter(pk=session_id, busy_token=token).first()
    )
    if session is None:
        return None
    request = None if ends or (session.quiet_until or now) > now else _next_request(session)
    if request is None:
        session.busy_until = session.busy_token = None
        session.save(update_fields=["busy_until", "busy_token"])
        return None
    session.busy_until, session.busy_token = now + _TURN, uuid4()
    session.save(update_fields=["busy_until", "busy_token"])
    return Task(
        token=session.busy_token,
        request_id=request.pk,
        action=request.action,
        tag=request.tag,
        message=request.message,
        subscription=_subscription(session),
        subscription_id=session.subscription_id,
    )


@transaction.atomic
def request_done(session_id: UUID, task: Task, *, subscription_id: str = "") -> None:
    """The gateway has accepted it; `subscription_id` is what it calls a new subscription."""
    session = _locked(session_id, task.token)
    if session is None:
        return
    session.quiet_until = None
    if task.action == PushRequest.SUBSCRIBE:
        half = timedelta(seconds=settings.MOBILE_PUSH_SUBSCRIPTION_SECONDS / 2)
        session.subscription_id = subscription_id
        session.subscribe_at = timezone.now() + half
    _finish(session, task)


@transaction.atomic
def request_failed(session_id: UUID, task: Task, error: str) -> None:
    """It is made again after a pause, or given up."""
    session = _locked(session_id, task.token)
    request = PushRequest.objects.filter(pk=task.request_id).first()
    if session is None or request is None:
        return
    request.attempts += 1
    is_given_up = request.attempts >= settings.MOBILE_PUSH_MAX_ATTEMPTS
    logger.warning(
        "push request failed",
        action=task.action,
        user_id=str(session.user_id),
        error=error,
        attempts=request.attempts,
        is_given_up=is_given_up,
    )
    pause = pause_after(
        request.attempts,
        first_seconds=settings.MOBILE_PUSH_BACKOFF_SECONDS,
        longest_seconds=_LONGEST_PAUSE_SECONDS,
    )
    session.quiet_until = timezone.now() + pause
    if not is_given_up:
        request.save(update_fields=["attempts"])
        session.save(update_fields=["quiet_until"])
        return
    if task.action == PushRequest.SUBSCRIBE:
        # Without it nothing arrives, so it is asked for again before long.
        session.subscribe_at = session.quiet_until
    _finish(session, task)


def _finish(session: MobileSession, task: Task) -> None:
    if task.action == PushRequest.UNSUBSCRIBE:
        session.delete()
        return
    PushRequest.objects.filter(pk=task.request_id).delete()
    session.save(update_fields=["quiet_until", "subscription_id", "subscribe_at"])


def _locked(session_id: UUID, token: UUID) -> MobileSession | None:
    locked: MobileSession | None = (
        MobileSession.objects.select_for_update().filter(pk=session_id, busy_token=token).first()
    )
    return locked


def _next_request(session: MobileSession) -> PushRequest | None:
    """Notifications that come too late, or to somebody who is back, are dropped."""
    waiting = PushRequest.objects.filter(session=session)
    too_late = waiting.filter(action=PushRequest.PUBLISH)
    if session.is_active:
        too_late = too_late.filter(created_at__lt=timezone.now() - _STALE)
    too_late.delete()
    return waiting.order_by("pk").first()


def _subscription(session: MobileSession) -> Subscription:
    return Subscription(
        subscriber_id=session.user_id.hex,
        mobile_device_id=session.mobile_device_id,
        push_type=session.push_type,
        filter=session.filter,
        is_debug=session.is_debug,
        expires_after_seconds=settings.MOBILE_PUSH_SUBSCRIPTION_SECONDS,
    )
