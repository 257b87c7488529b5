"""Whether an agent's clients are still there: a session outlives the last of them for a while only.

The room of the notifications says when a user's first notification connection has come and when
the last has gone, whichever process held them. Source: seed 001 "User monitor and cleanup".

- A session whose last client has gone ends after `PORTAL_SESSION_EXPIRY_SECONDS`, or the contact
  center's voice setting `agentLogoutTimeout` (seconds); one with a mobile application after the
  thirty or sixty minutes that this has asked for.
- An agent who never connected a notification client keeps his session. The original watches
  disconnections and nothing else: requests alone neither prolong a session nor end it, and a
  session may be started before the first connection (contract §3) or by a program that has none.
"""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.conf import settings

from provisioning.models import Setting, User
from telephony.line import open_line
from telephony.models import ContactCenterSession
from telephony.switch.effects import StartTimer, StopTimer, TimerKind

# Seed 001 "Mobile Push Notifications": the values of `timeout`, in seconds.
MOBILE_TIMEOUTS = {"ThirtyMinutes": 30 * 60, "OneHour": 60 * 60}

Watcher = Callable[[str], None]
_when_connected: list[Watcher] = []
_when_gone: list[Watcher] = []


def client_connected(*, user_id: str) -> None:
    """The first notification connection of a user is there: his session goes on."""
    user_id = str(UUID(user_id))
    with open_line() as line:
        line.lock_agent(user_id)
        line.apply([StopTimer(kind=TimerKind.SESSION_EXPIRY, target=user_id)])
    for watch in _when_connected:
        watch(user_id)


def client_gone(*, user_id: str) -> None:
    """The last notification connection of a user has gone; who has no session, loses nothing."""
    user_id = str(UUID(user_id))
    with open_line() as line:
        line.lock_agent(user_id)
        session = ContactCenterSession.objects.filter(pk=UUID(user_id)).first()
        if session is not None:
            line.apply(
                [
                    StartTimer(
                        kind=TimerKind.SESSION_EXPIRY,
                        target=user_id,
                        due_at_ms=line.at_ms + expiry_seconds(session) * 1000,
                        contact_center_id=str(session.contact_center_id),
                    )
                ]
            )
    for watch in _when_gone:
        watch(user_id)


def watch_clients(*, connected: Watcher, gone: Watcher) -> None:
    """Have a room told of both, by the user's id; called while it is loaded."""
    _when_connected.append(connected)
    _when_gone.append(gone)


def mobile_session_of(user: User) -> dict[str, Any] | None:
    """What a mobile application has started the running session with; None without one.

    `agent.mobile_session` tells whoever follows the log of each change.
    """
    session = ContactCenterSession.objects.filter(pk=user.pk).first()
    return session.mobile_session if session else None


def expiry_seconds(session: ContactCenterSession) -> int:
    """How long a session goes on without a client."""
    if session.mobile_session is not None:
        return MOBILE_TIMEOUTS[session.mobile_session["timeout"]]
    setting = Setting.objects.filter(
        contact_center_id=session.contact_center_id, group="voice", key="agentLogoutTimeout"
    ).first()
    value = setting.value.get("value") if setting else None
    if value is not None and str(value).isdecimal() and int(str(value)) > 0:
        return int(str(value))
    seconds: int = settings.SESSION_EXPIRY_SECONDS
    return seconds
