"""The switch as the engine knows it, and the stage on which actions begin, end and happen."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from zoneinfo import ZoneInfo

from supervision.statistics.boards import Board
from supervision.statistics.clocks import ProfileClock
from supervision.statistics.occurrences import Occurrence
from supervision.statistics.places import Agent, Call, Dn, Queue
from supervision.statistics.plans import Plan, with_service_level
from supervision.statistics.statuses import Settlement, settle, settle_for_now, take_back
from supervision.statistics.vocabulary import (
    ACTION,
    ACTION_SLOT,
    GROUP_TYPES,
    KIND_OF,
    QUEUE_TYPES,
    SLOT_COUNT,
)
from supervision.statistics.windows import NEVER_MS, GrowingWindow

# Calls that are nowhere at the moment (between release and transfer, say) keep their data; the
# bound keeps a log that never says goodbye from growing for ever.
IDLE_CALLS = 2000


def _heard(plans: Mapping[str, Plan], object_types: Iterable[str]) -> frozenset[int]:
    """The slots of which some definition of these types wants to know."""
    return frozenset(
        slot
        for kind in object_types
        if kind in plans
        for slot in range(SLOT_COUNT)
        if plans[kind].bits(slot)
    )


class World:
    """Objects, calls, the clock of events; statuses are settled once per timestamp."""

    def __init__(self, plans: Mapping[str, Plan], opening_ms: int) -> None:
        self.plans = plans
        self.now_ms = opening_ms
        self.next_reset_ms = NEVER_MS
        self.has_filters = any(plan.has_filters for plan in plans.values())
        # What the boards of skills and groups hear of at all: mostly an agent's own is enough.
        self.group_slots = _heard(plans, GROUP_TYPES)
        self.virtual_slots = _heard(plans, ("SKILL_Q",))
        self.clocks: dict[tuple[GrowingWindow, str], ProfileClock] = {}
        self.boards: dict[tuple[str, str], Board] = {}
        self.variants: dict[tuple[str, int | None, int], Plan] = {}
        self.members: dict[Board, dict[Agent, None]] = {}
        self.queues: dict[str, Queue] = {}
        self.agents: dict[str, Agent] = {}
        self.dns: dict[str, Dn] = {}
        self.calls: dict[str, Call] = {}
        self.idle: dict[str, None] = {}
        self.last_ident = 0
        self.touched: list[Board] = []
        self.dirty_dns: dict[Dn, None] = {}
        self.dirty_agents: dict[Agent, None] = {}
        self.shown: Settlement | None = None
        self.before_reset: Callable[[ProfileClock], None] | None = None

    def clock_of(self, window: GrowingWindow, zone: ZoneInfo, zone_key: str) -> ProfileClock:
        """The clock of a profile in a zone; one for all objects there."""
        clock = self.clocks.get((window, zone_key))
        return clock or self.keep_clock(ProfileClock(window, zone, self.now_ms, zone_key))

    def keep_clock(self, clock: ProfileClock) -> ProfileClock:
        """Have a clock move with the time of events."""
        self.clocks[clock.profile, clock.key] = clock
        self.next_reset_ms = min(self.next_reset_ms, clock.next_ms)
        return clock

    def move_to_zone(self, board: Board, zone: ZoneInfo) -> None:
        """Give a board another zone: the window that runs ends at that zone's next reset."""
        key = f"{zone.key}@{self.now_ms}<{board.zone_key.partition('<')[0]}"

        def moved(clock: ProfileClock) -> ProfileClock:
            known = self.clocks.get((clock.profile, key))
            return known or self.keep_clock(clock.moved(zone, self.now_ms, key))

        board.move(zone, key, moved)

    def board(
        self,
        object_type: str,
        ident: str,
        zone: ZoneInfo,
        opening_ms: int,
        zone_key: str | None = None,
    ) -> Board:
        """A new object's board."""
        plan = self.plans[object_type]
        board = Board(ident, plan, zone, opening_ms, self.clock_of, self.touched, zone_key)
        self.boards[object_type, ident] = board
        return board

    def set_service_level(self, board: Board, seconds: int | None, epoch_ms: int) -> set[str]:
        """Give a board another range for ServiceLevel, None for the defined one; the keys of what
        starts anew.
        """
        key = board.object_type, seconds, epoch_ms
        plan = self.variants.get(key)
        if plan is None:
            original = self.plans[board.object_type]
            plan = self.variants[key] = with_service_level(original, seconds, epoch_ms)
        board.service_level = seconds, epoch_ms
        return board.adopt(plan)

    def concerning(self, board: Board) -> list[Occurrence]:
        """What runs for a board's object, whether the board counts it or not."""
        found: dict[int, Occurrence] = {}
        for queue in self.queues.values():
            if board in queue.boards:
                found.update(queue.waiting)
        agents = () if board.object_type in QUEUE_TYPES else self.agents.values()
        for agent in agents:
            if board in agent.boards:
                running = [agent.status]
                for dn in agent.dns.values():
                    running += [*dn.actions.values(), dn.status]
                found.update((one.ident, one) for one in running if one is not None)
        return list(found.values())

    def advance(self, time_ms: int) -> int:
        """Move to an event's time, never back: statuses settle first, then windows move."""
        if time_ms > self.now_ms:
            self.shown = None
            if self.dirty_dns or self.dirty_agents:
                settle(self)
            if time_ms >= self.next_reset_ms:
                self._move_clocks(time_ms)
            self.now_ms = time_ms
        elif self.shown is not None:
            take_back(self, self.shown)
            self.shown = None
        return self.now_ms

    def settle(self) -> None:
        """Settle statuses now, when no further event of the present timestamp will come."""
        if self.dirty_dns or self.dirty_agents:
            settle(self)

    def show(self) -> None:
        """Settle the present timestamp for a question; a later event of it takes that back."""
        if self.dirty_dns or self.dirty_agents:
            self.shown = settle_for_now(self)

    def _move_clocks(self, time_ms: int) -> None:
        for clock in self.clocks.values():
            if time_ms >= clock.next_ms:
                if self.before_reset is not None:
                    self.before_reset(clock)
                clock.advance(time_ms)
        self.next_reset_ms = min(clock.next_ms for clock in self.clocks.values())

    def next_ident(self) -> int:
        """Identities grow in the order of beginning: they decide among equals."""
        self.last_ident += 1
        return self.last_ident

    def begin_at_dn(
        self,
        dn: Dn,
        label: str,
        conn: str | None = None,
        attached: Mapping[str, object] | None = None,
    ) -> Occurrence:
        """A durable action begins at a DN, for whoever is logged in there."""
        self.last_ident = ident = self.last_ident + 1
        now_ms, agent = self.now_ms, dn.agent
        action = Occurrence(ident, ACTION, KIND_OF[label], now_ms, conn, attached)
        dn.actions[ident] = action
        self.dirty_dns[dn] = None
        if agent is not None:
            for board in agent.boards if action.slot in self.group_slots else agent.alone:
                board.begin(action, now_ms)
        return action

    def end_at_dn(self, dn: Dn, action: Occurrence) -> None:
        """A durable action at a DN ends."""
        del dn.actions[action.ident]
        self.dirty_dns[dn] = None
        self.cut(action)

    def cut(self, action: Occurrence) -> None:
        """An occurrence ends for all who count it."""
        boards, now_ms = action.boards, self.now_ms
        for board, start_ms in boards.items():
            board.finish(action, start_ms, now_ms)
        boards.clear()

    def happen_at_dn(
        self,
        dn: Dn,
        label: str,
        since_ms: int | None = None,
        conn: str | None = None,
        attached: Mapping[str, object] | None = None,
    ) -> None:
        """An instantaneous action at a DN."""
        if dn.agent is not None:
            slot, agent = ACTION_SLOT[label], dn.agent
            for board in agent.boards if slot in self.group_slots else agent.alone:
                board.instant(slot, since_ms, self.now_ms, conn, attached or {})

    def happen_at_queue(self, queue: Queue, label: str, since_ms: int | None, call: Call) -> None:
        """An instantaneous action at a queue."""
        slot = ACTION_SLOT[label]
        for board in queue.boards if slot in self.virtual_slots else queue.alone:
            board.instant(slot, since_ms, self.now_ms, call.ident, call.attached)

    def recheck(self, action: Occurrence) -> None:
        """The data attached to an action changed."""
        for board in tuple(action.boards):
            board.recheck(action, self.now_ms)

    def dn(self, ident: str) -> Dn:
        """The DN, known or new; Monitored runs at every registered DN."""
        dn = self.dns.get(ident)
        if dn is None:
            dn = self.dns[ident] = Dn(ident)
            self.begin_at_dn(dn, "Monitored")
        return dn

    def call(self, ident: str) -> Call:
        """The call, known or new."""
        call = self.calls.get(ident)
        if call is None:
            call = self.calls[ident] = Call(ident)
        return call

    def rest(self, call: Call) -> None:
        """Remember a call that is nowhere for a while, forget the one that has been so longest."""
        self.idle.pop(call.ident, None)
        if not call.is_idle:
            return
        self.idle[call.ident] = None
        if len(self.idle) > IDLE_CALLS:
            oldest = next(iter(self.idle))
            del self.idle[oldest], self.calls[oldest]
