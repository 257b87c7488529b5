"""What stands for a connect that is held here, whatever transport it came by."""

import enum
from abc import ABC, abstractmethod

from notifications.bayeux.session import Session
from portal.api.roles import Role


class End(enum.Enum):
    """Why a held connect ends before its time."""

    SUPERSEDED = "a newer connect took its place"
    GONE = "the session was disconnected"
    REVOKED = "the server ended the session"


class Waiter(ABC):
    """`first_event_id` is the first event that came for it; None while there is none."""

    def __init__(self, session: Session, roles: frozenset[Role]) -> None:
        self.session = session
        self.roles = roles
        self.first_event_id: int | None = None

    def wake(self, event_id: int) -> None:
        """An event is there for the client."""
        if self.first_event_id is None or event_id < self.first_event_id:
            self.first_event_id = event_id
        self.heard()

    @abstractmethod
    def heard(self) -> None:
        """Events are there: look soon; called on the loop, must not wait."""

    @abstractmethod
    def end(self, why: End) -> None: ...
