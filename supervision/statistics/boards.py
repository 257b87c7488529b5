"""Boards: one object's accumulators, told through a dispatch table, read as values."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any
from zoneinfo import ZoneInfo

from supervision.statistics.accumulators.active import Active
from supervision.statistics.accumulators.base import Accumulator, LatePort
from supervision.statistics.accumulators.listed import Selection, SelectionPort
from supervision.statistics.categories import Number
from supervision.statistics.clocks import Clock, LoginClock, ProfileClock
from supervision.statistics.filters import Condition
from supervision.statistics.needs import Reader, Spec
from supervision.statistics.occurrences import Occurrence
from supervision.statistics.plans import Compiled, Plan
from supervision.statistics.stretches import Listener, Row, Stretch, told
from supervision.statistics.tracing import Trace, TracePort
from supervision.statistics.vocabulary import KIND_COUNT, KINDS, SLOT_COUNT
from supervision.statistics.windows import GrowingWindow, Interval, SlidingSelection, SlidingWindow

ClockOf = Callable[[GrowingWindow, ZoneInfo, str], ProfileClock]


class Board:
    """The statistics of one object.

    ``bits`` marks the definitions touched since the last notification tick; the board puts itself
    on ``touched`` with the first of them.
    """

    __slots__ = (
        *("_clock_of", "_movers", "_touched", "accumulators", "bits", "ident", "is_removed"),
        *("login_clock", "numbers", "object_type", "opening_ms", "openings", "plan", "rows"),
        *("sent", "service_level", "trace", "zone", "zone_key"),
    )

    def __init__(
        self,
        ident: str,
        plan: Plan,
        zone: ZoneInfo,
        opening_ms: int,
        clock_of: ClockOf,
        touched: list[Board],
        zone_key: str | None = None,
    ) -> None:
        self.ident = ident
        self.plan = plan
        self.object_type = plan.object_type
        self.zone = zone
        # Tells the clocks of this zone apart from those that came to it from another.
        self.zone_key = zone_key or zone.key
        self.opening_ms = opening_ms
        self.login_clock = LoginClock(opening_ms)
        self._clock_of = clock_of
        self._touched = touched
        self.accumulators = [spec.build(self) for spec in plan.specs]
        # Specs that opened later than the board, with when they did.
        self.openings: dict[str, int] = {}
        self.trace: Trace | None = None
        self.find_rows()
        self._connect()
        self.bits = 0
        self.sent: dict[int, Any] = {}
        self.is_removed = False
        self.service_level: tuple[int | None, int] | None = None
        self.touch(plan.every_bit)

    def touch(self, bits: int) -> None:
        """Mark definitions for the next notification tick."""
        if not self.bits:
            self._touched.append(self)
        self.bits |= bits

    def clock(self, window: Interval) -> Clock:
        """The clock of a growing window, this object's own for SinceLogin."""
        if isinstance(window, GrowingWindow):
            return self._clock_of(window, self.zone, self.zone_key)
        return self.login_clock

    def find_rows(self) -> None:
        """Go by the plan's dispatch table, or by an own one where listeners are this board's."""
        has_own = self.plan.has_filters or self.openings or self.trace is not None
        self.rows: list[Row | None] = [None] * SLOT_COUNT if has_own else self.plan.rows

    def row(self, slot: int) -> Row:
        """The listeners of a slot, found on first sight."""
        row = self.rows[slot]
        if row is None:
            row = self.rows[slot] = self._found(slot)
        return row

    def _found(self, slot: int) -> Row:
        bits = self.plan.bits(slot)
        if not bits:
            return ()
        plain: list[Listener] = []
        filtered: dict[Condition, Stretch] = {}
        for index, spec, matched in self.plan.listeners(slot):
            port = self._port(index, spec.key, matched)
            if self.trace is not None:
                port = TracePort(port, KINDS[slot % KIND_COUNT].label, self.trace)
            if spec.condition is None:
                plain.append((index, port))
                continue
            stretch = filtered.setdefault(spec.condition, Stretch(spec.condition, [], []))
            is_active = isinstance(self.accumulators[index], Active)
            (stretch.actives if is_active else stretch.listeners).append(port)
        calls = (told(plain, "begin"), told(plain, "end"), told(plain, "instant"))
        return bits, *calls, tuple(filtered.values())

    def _port(self, index: int, key: str, matched: int) -> Accumulator:
        accumulator = self.accumulators[index]
        if isinstance(accumulator, Selection):
            accumulator = SelectionPort(accumulator, matched)
        opening_ms = self.openings.get(key)
        return accumulator if opening_ms is None else LatePort(accumulator, opening_ms)

    def begin(self, occurrence: Occurrence, now_ms: int) -> None:
        """An occurrence begins for this object."""
        row = self.rows[occurrence.slot]
        if row is None:
            row = self.row(occurrence.slot)
        if not row:
            return
        bits, begins, _, _, stretches = row
        occurrence.boards[self] = now_ms
        if not self.bits:
            self._touched.append(self)
        self.bits |= bits
        if begins:
            accumulators = self.accumulators
            for index, begin in begins:
                begin(accumulators[index], occurrence, now_ms, now_ms)
        for stretch in stretches:
            if stretch.condition.holds(occurrence.attached):
                stretch.begin(occurrence, now_ms, now_ms)

    def carry(self, occurrence: Occurrence, now_ms: int) -> None:
        """An occurrence that began before the opening runs at the opening."""
        row = self.row(occurrence.slot)
        if not row:
            return
        occurrence.boards[self] = now_ms
        self.touch(row[0])
        for index, spec, _ in self.plan.listeners(occurrence.slot):
            if spec.condition is None:
                self.accumulators[index].carry(occurrence, now_ms, now_ms)
        for stretch in row[4]:
            if stretch.condition.holds(occurrence.attached):
                stretch.carry(occurrence, now_ms)

    def end(self, occurrence: Occurrence, now_ms: int) -> None:
        """An occurrence that runs for this object ends."""
        self.finish(occurrence, occurrence.boards.pop(self), now_ms)

    def finish(self, occurrence: Occurrence, start_ms: int, now_ms: int) -> None:
        """An occurrence already taken off the board ends; it ran here since ``start_ms``."""
        row = self.rows[occurrence.slot]
        if row is None:
            row = self.row(occurrence.slot)
        if not row:
            return
        bits, _, ends, _, stretches = row
        if not self.bits:
            self._touched.append(self)
        self.bits |= bits
        if ends:
            accumulators = self.accumulators
            for index, end in ends:
                end(accumulators[index], occurrence, start_ms, now_ms)
        for stretch in stretches:
            stretch.end(occurrence, now_ms)

    def instant(
        self,
        slot: int,
        since_ms: int | None,
        now_ms: int,
        conn: str | None,
        attached: Mapping[str, object],
    ) -> None:
        """A momentary action, or a retrospective one with the start of what it ends."""
        row = self.rows[slot]
        if row is None:
            row = self.row(slot)
        if not row:
            return
        bits, _, _, instants, stretches = row
        if not self.bits:
            self._touched.append(self)
        self.bits |= bits
        duration = 0
        if since_ms is not None:
            opening_ms = self.opening_ms
            began_ms = max(opening_ms, since_ms)
            duration = now_ms // 1000 - began_ms // 1000
        accumulators = self.accumulators
        for index, instant in instants:
            instant(accumulators[index], conn, duration, now_ms)
        for stretch in stretches:
            if stretch.condition.holds(attached):
                stretch.instant(conn, duration, now_ms)

    def recheck(self, occurrence: Occurrence, now_ms: int) -> None:
        """The data attached to an occurrence changed: stretches begin and end."""
        row = self.row(occurrence.slot)
        if not row:
            return
        self.touch(row[0])
        for stretch in row[4]:
            holds = stretch.condition.holds(occurrence.attached)
            if holds and stretch not in occurrence.stretches:
                stretch.begin(occurrence, occurrence.boards[self], now_ms)
            elif not holds:
                stretch.end(occurrence, now_ms)

    def move(
        self, zone: ZoneInfo, zone_key: str, moved: Callable[[ProfileClock], ProfileClock]
    ) -> None:
        """Go over to another zone: each clock is replaced by the one that goes on from it."""
        self.zone, self.zone_key = zone, zone_key
        for accumulator in self.accumulators:
            clock = getattr(accumulator, "clock", None)
            if isinstance(clock, ProfileClock):
                accumulator.clock = moved(clock)  # type: ignore[attr-defined]
        self._connect()

    def adopt(self, plan: Plan) -> set[str]:
        """Go over to another plan; what both count goes on. The keys of what is new."""
        known = dict(zip((spec.key for spec in self.plan.specs), self.accumulators, strict=True))
        is_shared = self.rows is self.plan.rows
        self.plan = plan
        self.accumulators = [known.get(spec.key) or spec.build(self) for spec in plan.specs]
        if is_shared:
            self.find_rows()
        self._connect()
        self.touch(plan.every_bit)
        return {spec.key for spec in plan.specs if spec.key not in known}

    def open_late(self, keys: set[str], running: list[Occurrence], now_ms: int) -> None:
        """Specs that are new on this board start now, with what runs."""
        self.openings.update(dict.fromkeys(keys, now_ms))
        earlier = self.rows
        self.find_rows()
        for occurrence in running:
            self._keep_stretches(occurrence, earlier[occurrence.slot])
        for occurrence in running:
            for index, spec, _ in self.plan.listeners(occurrence.slot):
                if spec.key in keys:
                    self._join(occurrence, index, spec, now_ms)

    def _keep_stretches(self, occurrence: Occurrence, earlier: Row | None) -> None:
        row = self.row(occurrence.slot)
        stretches = row[4] if row else ()
        now = {stretch.condition: stretch for stretch in stretches}
        for stretch in earlier[4] if earlier else ():
            start_ms = occurrence.stretches.pop(stretch, None)
            if start_ms is not None and stretch.condition in now:
                occurrence.stretches[now[stretch.condition]] = start_ms

    def _join(self, occurrence: Occurrence, index: int, spec: Spec, now_ms: int) -> None:
        start_ms = occurrence.boards.setdefault(self, now_ms)
        accumulator = self.accumulators[index]
        if spec.condition is not None:
            if not spec.condition.holds(occurrence.attached):
                return
            row = self.row(occurrence.slot)
            stretch = next(one for one in row[4] if one.condition == spec.condition)  # type: ignore[misc]
            start_ms = occurrence.stretches.setdefault(stretch, now_ms)
        if start_ms < now_ms or occurrence.start_ms is None:
            accumulator.carry(occurrence, now_ms, now_ms)
        else:
            accumulator.begin(occurrence, now_ms, now_ms)

    def _readers(self, one: Compiled) -> tuple[Reader, ...]:
        return tuple(
            self._length(one.definition.interval)
            if need is None
            else need.read(self.accumulators[self.plan.spec_positions[need.spec.key]])
            for need in one.needs
        )

    def _length(self, window: Interval) -> Reader:
        if isinstance(window, SlidingWindow):
            return lambda at_ms: window.length
        if isinstance(window, SlidingSelection):
            return lambda at_ms: 0
        clock = self.clock(window)
        return lambda at_ms: at_ms // 1000 - max(clock.start_at(at_ms), self.opening_ms) // 1000

    def _connect(self) -> None:
        """Per definition, how its number is read and who says whether it moves by itself."""
        self.numbers = [self._number(one) for one in self.plan.compiled]
        self._movers = [self._moving(one) for one in self.plan.compiled]

    def _number(self, one: Compiled) -> Callable[[int], Number]:
        """The definition's formula over its accumulators, as short a way as there is."""
        if one.category is None:
            return lambda at_ms: 0
        formula, readers = one.category.formula, self._readers(one)
        if one.is_since_login:
            return lambda at_ms: (
                formula(*[read(at_ms) for read in readers]) if self.login_clock.is_started else 0
            )
        if len(readers) == 1:
            (only,) = readers
            return lambda at_ms: formula(only(at_ms))
        if len(readers) == 2:
            first, second = readers
            return lambda at_ms: formula(first(at_ms), second(at_ms))
        return lambda at_ms: formula(*[read(at_ms) for read in readers])

    def _moving(self, one: Compiled) -> tuple[Callable[[int], bool], ...]:
        found = [
            self.accumulators[self.plan.spec_positions[need.spec.key]]
            for need in one.needs
            if need is not None and not need.is_timeless
        ]
        return tuple(
            accumulator.is_moving
            for accumulator in found
            if type(accumulator).is_moving is not Accumulator.is_moving
        )

    def number(self, index: int, at_ms: int) -> Number:
        """The value of a definition that is a number."""
        return self.numbers[index](at_ms)

    def is_moving(self, index: int, at_ms: int) -> bool:
        """Whether the value of a definition may change by the mere passing of time."""
        if self.plan.compiled[index].moves_with_window and self.sent.get(index):
            return True
        for moves in self._movers[index]:  # noqa: SIM110 - a generator costs more than the answer
            if moves(at_ms):
                return True
        return False
