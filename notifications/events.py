"""What the notifications room tells itself; docs/architecture.md lists the kinds."""

from dataclasses import dataclass
from typing import Any

from portal.events.log import Event


@dataclass(frozen=True, kw_only=True, slots=True)
class NotificationTriggered(Event, kind="notification.triggered"):
    """A message to one user that a protocol runner asked for: `manage.py bayeux_trigger`."""

    user_id: str
    channel: str
    data: Any


@dataclass(frozen=True, kw_only=True, slots=True)
class ClientsConnected(Event, kind="notification.connected"):
    """A user whose session a mobile application holds has a notification connection again."""

    user_id: str


@dataclass(frozen=True, kw_only=True, slots=True)
class ClientsGone(Event, kind="notification.gone"):
    """The last notification connection of such a user has gone: mobile push is active now."""

    user_id: str
