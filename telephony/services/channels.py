"""The channels that a contact center session can have: voice, and what other rooms add.

`/me` operations are about all channels of an agent; a room that has one registers it while it is
loaded. Each does what is asked of it in transactions of its own, and refuses by ApiError.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from provisioning.models import User
from telephony.models import AgentSession
from telephony.services import agents
from telephony.services.session_terms import Terms
from telephony.switch.state import Mode
from telephony.switch.tables import Presence

VOICE = "voice"


@dataclass(frozen=True, slots=True, kw_only=True)
class Channel:
    """`set_state` and `set_do_not_disturb` are asked only while the channel runs."""

    name: str
    feature: str
    is_running: Callable[[User], bool]
    start: Callable[[User, Terms], None]
    end: Callable[[User], None]
    set_state: Callable[[User, Mode], None]
    set_do_not_disturb: Callable[[User, bool], None]


_channels: dict[str, Channel] = {}


def add_channel(channel: Channel) -> None:
    _channels[channel.name] = channel


def channel_named(name: str, user: User) -> Channel | None:
    """None where nobody offers it, or the contact center has no feature for it."""
    channel = _channels.get(name)
    return channel if channel is not None and channel.feature in user.feature_ids() else None


def running_channels(user: User) -> Iterator[Channel]:
    """The channels that the user's session has now; voice where it has none, to refuse."""
    running = [channel for channel in _channels.values() if channel.is_running(user)]
    yield from running or [_channels[VOICE]]


def _has_voice_session(user: User) -> bool:
    sessions = AgentSession.objects.filter(pk=user.pk)
    return sessions.exclude(presence=Presence.INACTIVE.value).exists()


add_channel(
    Channel(
        name=VOICE,
        feature="api-voice",
        is_running=_has_voice_session,
        start=lambda user, terms: agents.start_session(user=user, terms=terms),
        end=lambda user: agents.end_session(user=user),
        set_state=lambda user, mode: agents.set_agent_state(user=user, mode=mode),
        set_do_not_disturb=lambda user, is_on: agents.set_do_not_disturb(user=user, is_on=is_on),
    )
)
