"""The notification tick: which values are due, and which of them changed (spec section 12)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

from supervision.statistics.boards import Board
from supervision.statistics.clocks import ProfileClock
from supervision.statistics.plans import Compiled, Plan
from supervision.statistics.states import without_durations
from supervision.statistics.windows import GrowingWindow, SlidingWindow
from supervision.statistics.world import World

Read = Callable[[Board, int, int], Any]
_UNSENT = object()


class Change(NamedTuple):
    """A value to be pushed and kept in the history; ``time_ms`` is its evaluation's."""

    object_type: str
    object_id: str
    name: str
    value: Any
    time_ms: int


@dataclass(frozen=True)
class Schedule:
    """The definitions of a plan as bits, by when they are due."""

    periodical: tuple[tuple[int, int], ...]
    immediate: int
    at_reset: int
    # By the step of their sliding window in milliseconds: time alone changes them at steps only.
    stepping: tuple[tuple[int, int], ...]

    @classmethod
    def of(cls, plan: Plan) -> Schedule:
        """Sort a plan's definitions by notification mode and frequency (0 s counts as 1 s)."""
        by_period: dict[int, int] = {}
        by_step: dict[int, int] = {}
        by_mode: dict[str, int] = {}
        for index, one in enumerate(plan.compiled):
            definition = one.definition
            mode, bit = definition.notification_mode, 1 << index
            by_mode[mode] = by_mode.get(mode, 0) | bit
            if mode == "PERIODICAL":
                period_ms = 1000 * max(definition.notification_frequency, 1)
                by_period[period_ms] = by_period.get(period_ms, 0) | bit
            if (step_ms := _step_of(one)) is not None:
                by_step[step_ms] = by_step.get(step_ms, 0) | bit
        return cls(
            tuple(by_period.items()),
            by_mode.get("IMMEDIATE", 0),
            by_mode.get("RESET", 0),
            tuple(by_step.items()),
        )

    @cached_property
    def every(self) -> int:
        """All that are ever notified."""
        return sum(bits for _, bits in self.periodical) | self.immediate | self.at_reset

    @cached_property
    def sliding(self) -> int:
        """All of sliding windows."""
        return sum(bits for _, bits in self.stepping)

    def due(self, last_ms: int, at_ms: int) -> int:
        """What is due by time: a multiple of the period lies after the last tick.

        IMMEDIATE values that move by themselves are due once a second.
        """
        bits = self.immediate if at_ms // 1000 > last_ms // 1000 else 0
        for period_ms, some in self.periodical:
            if at_ms // period_ms > last_ms // period_ms:
                bits |= some
        return bits

    def stepped(self, last_ms: int, at_ms: int) -> int:
        """Of the sliding ones those whose window has moved since the last tick."""
        bits = 0
        for step_ms, some in self.stepping:
            if at_ms // step_ms > last_ms // step_ms:
                bits |= some
        return bits


class Notifier:
    """Evaluates touched and time-dependent values, never all.

    ``moving`` holds per board the definitions whose value may change by the mere passing of time;
    ``waiting`` those touched but not yet due.
    """

    def __init__(self, world: World, read: Read, opening_ms: int) -> None:
        self._world = world
        self._read = read
        self.last_ms = opening_ms
        self.is_used = False
        self.moving: dict[Board, int] = {}
        self.waiting: dict[Board, int] = {}
        self.finals: list[Change] = []
        self.reset_boards: dict[Board, int] = {}
        self._schedules: dict[Plan, Schedule] = {}

    def evaluate(self, at_ms: int) -> list[Change]:
        """The changes at an instant, the last values of ended windows first."""
        self.start()
        self._pass_resets(at_ms)
        changes, self.finals = self.finals, []
        fresh = self.take_touched()
        candidates = dict(self.waiting)
        for more in (fresh, self._moved(at_ms), self.reset_boards):
            for board, bits in more.items():
                candidates[board] = candidates.get(board, 0) | bits
        for board, bits in candidates.items():
            if board.is_removed:
                self._forget(board)
            else:
                self._visit(board, bits, fresh.get(board, 0), at_ms, changes)
        self.last_ms = max(at_ms, self.last_ms)
        return changes

    def _moved(self, at_ms: int) -> dict[Board, int]:
        """Of the moving definitions those that time may have changed since the last tick."""
        still: dict[Plan, int] = {}
        moved = {}
        for board, bits in self.moving.items():
            plan = board.plan
            if plan not in still:
                schedule = self._schedule(board)
                still[plan] = schedule.sliding & ~schedule.stepped(self.last_ms, at_ms)
            if bits := bits & ~still[plan]:
                moved[board] = bits
        return moved

    def start(self) -> None:
        """From the first tick on, windows' last values are kept at resets."""
        self.is_used = True
        self._world.before_reset = self.keep_finals

    def take_touched(self) -> dict[Board, int]:
        """The definitions touched since the last tick, by board, as bits; they are taken away."""
        touched = {board: board.bits for board in self._world.touched}
        for board in touched:
            board.bits = 0
        self._world.touched.clear()
        return touched

    def _forget(self, board: Board) -> None:
        for bits in (self.waiting, self.moving, self.reset_boards):
            bits.pop(board, None)

    def _visit(
        self, board: Board, bits: int, fresh: int, at_ms: int, changes: list[Change]
    ) -> None:
        """Evaluate what is due on a board, postpone what is not."""
        forced = self.reset_boards.get(board, 0)
        schedule = self._schedule(board)
        due = schedule.due(self.last_ms, at_ms) | schedule.immediate & fresh
        due |= schedule.at_reset & forced
        self._evaluate(board, bits & due, forced, at_ms, changes)
        _keep(self.reset_boards, board, forced & ~due & schedule.every)
        # What goes on moving comes again by itself; what has made a step does not so soon.
        again = self.moving.get(board, 0) & ~schedule.sliding
        later = bits & ~due & ~again & schedule.every
        _keep(self.waiting, board, later & ~schedule.at_reset)

    def _schedule(self, board: Board) -> Schedule:
        schedule = self._schedules.get(board.plan)
        if schedule is None:
            schedule = self._schedules[board.plan] = Schedule.of(board.plan)
        return schedule

    def _evaluate(
        self, board: Board, bits: int, forced: int, at_ms: int, changes: list[Change]
    ) -> None:
        """Evaluate these definitions of a board; note which of them go on moving."""
        if not bits:
            return
        compiled, numbers, sent = board.plan.compiled, board.numbers, board.sent
        moving = self.moving.get(board, 0) & ~bits
        kind, ident, is_moving = board.object_type, board.ident, board.is_moving
        while bits:
            low = bits & -bits
            bits ^= low
            index = low.bit_length() - 1
            one = compiled[index]
            if one.category is None:
                value = self._read(board, index, at_ms)
                seen = without_durations(value)
            else:
                seen = value = numbers[index](at_ms)
            if sent.get(index, _UNSENT) != seen or forced & low:
                sent[index] = seen
                changes.append(Change(kind, ident, one.definition.name, value, at_ms))
            if is_moving(index, at_ms):
                moving |= low
        _keep(self.moving, board, moving)

    def _pass_resets(self, at_ms: int) -> None:
        """Resets since the last tick that no event has passed yet."""
        for clock in self._world.clocks.values():
            reset_ms = clock.start_at(at_ms)
            if reset_ms > max(self.last_ms, clock.start_ms):
                self.keep_finals(clock, reset_ms)

    def keep_finals(self, clock: ProfileClock, reset_ms: int | None = None) -> None:
        """Store old windows' last values at a reset; every value of the clock is due after it."""
        reset_ms = clock.next_ms if reset_ms is None else reset_ms
        if reset_ms <= self.last_ms:
            return
        for board in self._world.boards.values():
            if board.zone_key != clock.key:
                continue
            bits = 0
            for index, one in enumerate(board.plan.compiled):
                if _belongs(one, clock):
                    bits |= 1 << index
                    if _stores_final(one, reset_ms):
                        value = self._read(board, index, reset_ms - 1)
                        self.finals.append(_change(board, index, value, reset_ms - 1))
            if bits:
                self.reset_boards[board] = self.reset_boards.get(board, 0) | bits


def _step_of(one: Compiled) -> int | None:
    """The step of a sliding window, None where the value does not depend on one alone."""
    window = one.definition.interval
    if one.category is None or one.category.is_current or not isinstance(window, SlidingWindow):
        return None
    return 1000 * window.step


def _belongs(one: Compiled, clock: ProfileClock) -> bool:
    if one.category is None or one.category.is_current:
        return False
    window = one.definition.interval
    return isinstance(window, GrowingWindow) and window == clock.profile


def _stores_final(one: Compiled, reset_ms: int) -> bool:
    mode, frequency = one.definition.notification_mode, one.definition.notification_frequency
    if mode == "RESET":
        return True
    return mode == "PERIODICAL" and reset_ms % (1000 * max(frequency, 1)) == 0


def _keep(bits_of: dict[Board, int], board: Board, bits: int) -> None:
    if bits:
        bits_of[board] = bits
    else:
        bits_of.pop(board, None)


def _change(board: Board, index: int, value: Any, time_ms: int) -> Change:
    name = board.plan.compiled[index].definition.name
    return Change(board.object_type, board.ident, name, value, time_ms)
