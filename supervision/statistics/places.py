"""Where actions happen and to whom they belong: queues, DNs, agents, calls and their parties."""

from __future__ import annotations

from dataclasses import dataclass, field

from supervision.statistics.boards import Board
from supervision.statistics.occurrences import Occurrence


@dataclass(slots=True, eq=False)
class Queue:
    """A queue and the boards that count its actions: its own and those of its skills."""

    ident: str
    board: Board
    boards: list[Board]
    alone: tuple[Board, ...] = field(init=False)
    waiting: dict[int, Occurrence] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.alone = (self.board,)


@dataclass(slots=True, eq=False)
class Agent:
    """A user, the DNs logged in on (in that order) and the boards: the own and the groups'."""

    ident: str
    board: Board
    boards: list[Board]
    alone: tuple[Board, ...] = field(init=False)
    dns: dict[str, Dn] = field(default_factory=dict)
    status: Occurrence | None = None

    def __post_init__(self) -> None:
        self.alone = (self.board,)


@dataclass(slots=True, eq=False)
class Dn:
    """A directory number with its running actions in the order of their beginning."""

    ident: str
    is_registered: bool = True
    agent: Agent | None = None
    actions: dict[int, Occurrence] = field(default_factory=dict)
    parties: dict[str, Party] = field(default_factory=dict)
    login: Occurrence | None = None
    mode: Occurrence | None = None
    reason: str | None = None
    winner: Occurrence | None = None
    status: Occurrence | None = None
    status_agent: Agent | None = None


Origin = tuple[str, int]


@dataclass(slots=True, eq=False)
class Call:
    """A call (one connection id): its attached data, its wait, where it came from."""

    ident: str
    type: str | None = None
    attached: dict[str, object] = field(default_factory=dict)
    queue: Queue | None = None
    waiting: Occurrence | None = None
    origin: Origin | None = None
    parties: dict[str, Party] = field(default_factory=dict)

    @property
    def is_idle(self) -> bool:
        """Whether the call is nowhere at the moment."""
        return self.waiting is None and not self.parties


@dataclass(slots=True, eq=False)
class Party:
    """A call at a DN; ``origin`` is the queue it came from, with the time it entered."""

    dn: Dn
    type: str
    origin: Origin | None
    ringing: Occurrence | None = None
    dialing: Occurrence | None = None
    talk: Occurrence | None = None
    hold: Occurrence | None = None

    def running(self) -> tuple[Occurrence, ...]:
        """Its running actions, the one that began last first."""
        all_of = (self.hold, self.talk, self.dialing, self.ringing)
        return tuple(action for action in all_of if action is not None)
