"""From the log to mobile sessions and requests to the gateway, each made once.

Both are a function of the log: a session begins, changes and ends where `agent.mobile_session`
says so, is active from `notification.gone` to `notification.connected`, and what is told to its
user while it is active is pushed. All is written in the transaction that moves the position.
"""

import time
from collections.abc import Iterable
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from notifications.events import ClientsConnected, ClientsGone
from notifications.messages import messages_for
from notifications.models import MobileSession, PushRequest
from notifications.push.content import Push, own_filter, passes, pushes_of
from notifications.push.gateway import is_configured
from portal.events.reader import DurableReader, RecordedEvent, newest_event_id, read_events
from provisioning.models import AssignedFeature
from telephony.events import AgentMobileSession
from telephony.models import AgentSession

FEATURE = "api-mobile-push-notifications"
READER = DurableReader("mobile-push")
# Events that change nothing here move the stored position only this often.
_STORE_SECONDS = 5.0
_BEGINNINGS = (AgentMobileSession.kind,)


class Follower:
    """Follows the log; one process at a time has one."""

    def __init__(self) -> None:
        self._cursor = READER.position()
        self._stored_at = time.monotonic()

    def follow(self) -> int:
        """Take in all events since the last call; gives how many requests they made."""
        made = 0
        # In this order: a session that begins in between lies after the newest event.
        newest = newest_event_id()
        if self._nobody_is_there():
            self._cursor = max(self._cursor, newest)
        else:
            for batch in READER.batches(after=self._cursor):
                made += self._take(batch)
        if time.monotonic() - self._stored_at >= _STORE_SECONDS:
            self.store_position()
        return made

    def store_position(self) -> None:
        if READER.position() < self._cursor:
            with transaction.atomic():
                READER.advance(self._cursor)
        self._stored_at = time.monotonic()

    def _nobody_is_there(self) -> bool:
        if MobileSession.objects.filter(is_over=False).exists():
            return False
        return not read_events(after=self._cursor, kinds=_BEGINNINGS, limit=1)

    def _take(self, batch: list[RecordedEvent]) -> int:
        made = 0
        if _concerns_anybody(batch):
            with transaction.atomic():
                made = _Reading().take(batch)
                READER.advance(batch[-1].id)
            self._stored_at = time.monotonic()
        self._cursor = batch[-1].id
        return made


def _concerns_anybody(batch: Iterable[RecordedEvent]) -> bool:
    users = {str(pk) for pk in _sessions().values_list("user_id", flat=True)}
    return any(
        isinstance(one.event, AgentMobileSession)
        or any(message.user_id in users for message in messages_for(one.event))
        or getattr(one.event, "user_id", None) in users
        for one in batch
    )


def _sessions() -> Any:
    return MobileSession.objects.filter(is_over=False)


class _Reading:
    """One batch, in one transaction."""

    def __init__(self) -> None:
        locked = _sessions().select_for_update().order_by("pk")
        self._sessions: dict[str, MobileSession] = {str(one.user_id): one for one in locked}
        self._phones: dict[UUID, str | None] = {}
        self._centers = set(
            AssignedFeature.objects.filter(feature_id=FEATURE).values_list(
                "contact_center_id", flat=True
            )
        )
        self._now = timezone.now()
        self._is_configured = is_configured()
        self._requests: list[PushRequest] = []

    def take(self, batch: Iterable[RecordedEvent]) -> int:
        for recorded in batch:
            event = recorded.event
            if isinstance(event, AgentMobileSession):
                self._change_session(recorded.id, event)
            elif isinstance(event, ClientsConnected | ClientsGone):
                self._activate(event.user_id, is_active=isinstance(event, ClientsGone))
            else:
                self._push(recorded)
        PushRequest.objects.bulk_create(self._requests)
        return len(self._requests)

    def _change_session(self, event_id: int, event: AgentMobileSession) -> None:
        before = self._sessions.pop(event.user_id, None)
        was_active = before is not None and before.is_active
        if before is not None:
            self._end(before, event_id)
        if event.mobile_session is not None:
            session = _new_session(event, event.mobile_session)
            session.is_active = was_active
            session.save(force_insert=True)
            self._sessions[event.user_id] = session
            self._request(session, PushRequest.SUBSCRIBE, event_id, number=0)

    def _end(self, session: MobileSession, event_id: int) -> None:
        if not self._is_configured:
            session.delete()
            return
        session.is_over, session.is_active = True, False
        session.save(update_fields=["is_over", "is_active"])
        self._request(session, PushRequest.UNSUBSCRIBE, event_id, number=0)

    def _activate(self, user_id: str, *, is_active: bool) -> None:
        if (session := self._sessions.get(user_id)) is not None:
            session.is_active = is_active
            session.save(update_fields=["is_active"])

    def _push(self, recorded: RecordedEvent) -> None:
        number = 0
        for message in messages_for(recorded.event):
            session = self._sessions.get(message.user_id or "")
            if session is None or not self._may_push(session):
                continue
            for push in pushes_of(message, session.user_id):
                if self._is_wanted(session, push):
                    self._request(session, PushRequest.PUBLISH, recorded.id, number, push)
                    number += 1

    def _may_push(self, session: MobileSession) -> bool:
        return session.is_active and session.contact_center_id in self._centers

    def _is_wanted(self, session: MobileSession, push: Push) -> bool:
        """Only what the filter lets through, and of one device: the one the session is at."""
        if session.user_id not in self._phones:
            found = AgentSession.objects.filter(pk=session.user_id).values_list("device_id").first()
            self._phones[session.user_id] = str(found[0]) if found and found[0] else None
        phone = self._phones[session.user_id]
        return passes(session.filter, push.tag) and phone in {None, push.device_id}

    def _request(
        self,
        session: MobileSession,
        action: str,
        event_id: int,
        number: int,
        push: Push | None = None,
    ) -> None:
        if self._is_configured:
            self._requests.append(
                PushRequest(
                    session=session,
                    action=action,
                    event_id=event_id,
                    number=number,
                    tag=push.tag if push else "",
                    message=push.text if push else "",
                    created_at=self._now,
                )
            )


def _new_session(event: AgentMobileSession, given: dict[str, Any]) -> MobileSession:
    user_id = UUID(event.user_id)
    return MobileSession(
        contact_center_id=UUID(event.contact_center_id),
        user_id=user_id,
        mobile_device_id=given["mobileDeviceId"],
        push_type=given["mobilePushType"],
        filter=own_filter(given.get("filter"), user_id),
        is_debug=bool(given.get("debug", False)),
    )


def renew_subscriptions(now: datetime) -> int:
    """Ask for subscriptions anew that are about to expire; gives their number."""
    renewed = 0
    for session in _sessions().filter(subscribe_at__lte=now):
        with transaction.atomic():
            if _sessions().filter(pk=session.pk, subscribe_at__lte=now).update(subscribe_at=None):
                PushRequest.objects.create(
                    session=session, action=PushRequest.SUBSCRIBE, created_at=now
                )
                renewed += 1
    return renewed
