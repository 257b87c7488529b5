"""Objects of an engine: they may be added and removed at any time while it runs."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from supervision.statistics import agent_events
from supervision.statistics.boards import Board
from supervision.statistics.occurrences import Occurrence
from supervision.statistics.places import Agent, Queue
from supervision.statistics.vocabulary import (
    AGENT_STATUS,
    GROUP_TYPES,
    KIND_OF,
    OBJECT_TYPES,
    QUEUE_TYPES,
)
from supervision.statistics.world import World


class Objects:
    """Adding and removing queues, agents, skills, groups, DNs and their memberships.

    ``at_ms`` is when it happens, the last event's time unless given; a statistic opens then.
    Adding what exists and removing what does not changes nothing.
    """

    def __init__(self, world: World, zone: str) -> None:
        self._world = world
        self.zone = ZoneInfo(zone)

    def add_queue(self, ident: str, *, zone: str | None = None, at_ms: int | None = None) -> None:
        """A queue (QUEUE)."""
        if ident not in self._world.queues:
            board = self._board("QUEUE", ident, zone, at_ms)
            self._world.queues[ident] = Queue(ident, board, [board])

    def add_agent(self, ident: str, *, zone: str | None = None, at_ms: int | None = None) -> None:
        """A user (AGENT), logged out as far as is known."""
        if ident in self._world.agents:
            return
        board = self._board("AGENT", ident, zone, at_ms)
        agent = self._world.agents[ident] = Agent(ident, board, [board])
        kind = KIND_OF["LoggedOut"]
        agent.status = Occurrence(self._world.next_ident(), AGENT_STATUS, kind, None)
        board.carry(agent.status, self._world.now_ms)

    def add_skill(self, ident: str, *, zone: str | None = None, at_ms: int | None = None) -> None:
        """A skill: the agents that have it (SKILL_AG) and its virtual queue (SKILL_Q)."""
        if ("SKILL_AG", ident) not in self._world.boards:
            self._group("SKILL_AG", ident, zone, at_ms)
            self._board("SKILL_Q", ident, zone, at_ms)

    def add_user_group(
        self, ident: str, *, zone: str | None = None, at_ms: int | None = None
    ) -> None:
        """A group of users (USER_GROUP)."""
        if ("USER_GROUP", ident) not in self._world.boards:
            self._group("USER_GROUP", ident, zone, at_ms)

    def add_dn(self, ident: str, *, at_ms: int | None = None) -> None:
        """A registered DN; a DN that an event names first is added by it."""
        self._advance(at_ms)
        self._world.dn(ident)

    def remove_dn(self, ident: str, *, at_ms: int | None = None) -> None:
        """Forget a DN; whoever is logged in there is logged out, what runs there ends."""
        self._advance(at_ms)
        dn = self._world.dns.get(ident)
        if dn is None:
            return
        agent_events.log_out(self._world, dn)
        agent_events.forget_parties(self._world, dn)
        if dn.status is not None:
            self._world.cut(dn.status)
        self._world.dirty_dns.pop(dn, None)
        del self._world.dns[ident]

    def set_zone(self, ident: str, zone: str, *, at_ms: int | None = None) -> None:
        """Another time zone for an object, of whatever types: windows from the next reset on."""
        self._advance(at_ms)
        for object_type in OBJECT_TYPES:
            board = self._world.boards.get((object_type, ident))
            if board is not None and board.zone.key != zone:
                self._world.move_to_zone(board, ZoneInfo(zone))

    def set_service_level(
        self, ident: str, seconds: int | None, *, at_ms: int | None = None
    ) -> None:
        """Another time range for the ServiceLevel of a queue or skill, which starts anew.

        None: the defined one again.
        """
        now_ms = self._advance(at_ms)
        for object_type in QUEUE_TYPES:
            board = self._world.boards.get((object_type, ident))
            if board is not None:
                keys = self._world.set_service_level(board, seconds, now_ms)
                board.open_late(keys, self._world.concerning(board), now_ms)

    def has(self, object_type: str, ident: str) -> bool:
        """Whether the engine keeps statistics of an object."""
        return (object_type, ident) in self._world.boards

    def remove_queue(self, ident: str, *, at_ms: int | None = None) -> None:
        """Forget a queue; calls that wait there end their wait."""
        queue = self._world.queues.pop(ident, None)
        if queue is None:
            return
        self._advance(at_ms)
        for wait in tuple(queue.waiting.values()):
            self._world.cut(wait)
            call = self._world.calls[wait.conn or ""]
            call.waiting = call.queue = call.origin = None
            self._world.rest(call)
        self._forget("QUEUE", ident)

    def remove_agent(self, ident: str, *, at_ms: int | None = None) -> None:
        """Forget a user, after a logout from everywhere and from every group."""
        agent = self._world.agents.get(ident)
        if agent is None:
            return
        self._advance(at_ms)
        for dn in tuple(agent.dns.values()):
            agent_events.log_out(self._world, dn)
        for board in agent.boards[1:]:
            agent_events.leave_group(self._world, agent, board)
        if agent.status is not None:
            self._world.cut(agent.status)
        self._world.dirty_agents.pop(agent, None)
        del self._world.agents[ident]
        self._forget("AGENT", ident)

    def remove_skill(self, ident: str, *, at_ms: int | None = None) -> None:
        """Forget a skill."""
        self._remove_group("SKILL_AG", ident, at_ms)
        board = self._world.boards.get(("SKILL_Q", ident))
        if board is None:
            return
        for queue in self._world.queues.values():
            if board in queue.boards:
                agent_events.leave_virtual_queue(self._world, queue, board)
        self._forget("SKILL_Q", ident)

    def remove_user_group(self, ident: str, *, at_ms: int | None = None) -> None:
        """Forget a group of users."""
        self._remove_group("USER_GROUP", ident, at_ms)

    def _board(self, object_type: str, ident: str, zone: str | None, at_ms: int | None) -> Board:
        now_ms = self._advance(at_ms)
        own_zone = self.zone if zone is None else ZoneInfo(zone)
        return self._world.board(object_type, ident, own_zone, now_ms)

    def _group(self, object_type: str, ident: str, zone: str | None, at_ms: int | None) -> None:
        self._world.members[self._board(object_type, ident, zone, at_ms)] = {}

    def _advance(self, at_ms: int | None) -> int:
        return self._world.advance(self._world.now_ms if at_ms is None else at_ms)

    def _remove_group(self, object_type: str, ident: str, at_ms: int | None) -> None:
        if object_type not in GROUP_TYPES or not self.has(object_type, ident):
            return
        self._advance(at_ms)
        board = self._world.boards[object_type, ident]
        for agent in tuple(self._world.members[board]):
            agent_events.leave_group(self._world, agent, board)
        del self._world.members[board]
        self._forget(object_type, ident)

    def _forget(self, object_type: str, ident: str) -> None:
        self._world.boards.pop((object_type, ident)).is_removed = True
