"""Plans: the definitions of one object type, compiled once for all its objects."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cached_property

from supervision.statistics.categories import CATEGORIES, Category, Measure, Operands
from supervision.statistics.definitions import Definition
from supervision.statistics.masks import Mask
from supervision.statistics.needs import Context, Need, Spec
from supervision.statistics.recipes import need_for
from supervision.statistics.stretches import Row
from supervision.statistics.vocabulary import (
    ACTION,
    AGENT_STATUS,
    DN_STATUS,
    KIND_COUNT,
    KINDS,
    SLOT_COUNT,
    SUBJECTS,
)
from supervision.statistics.windows import SinceLogin


@dataclass(frozen=True, eq=False)
class Compiled:
    """A definition with its formula's operands: needs, or None for the window's length."""

    definition: Definition
    category: Category | None
    needs: tuple[Need | None, ...]

    @cached_property
    def is_since_login(self) -> bool:
        """Whether there is no window before the first login."""
        current = self.category is not None and self.category.is_current
        return isinstance(self.definition.interval, SinceLogin) and not current

    @cached_property
    def moves_with_window(self) -> bool:
        """Whether the value is relative to the window's growing length."""
        return None in self.needs

    def watches(self, subject: int, names: frozenset[str]) -> bool:
        """Whether an occurrence may change the state structure this definition asks for."""
        if self.category is not None:
            return False
        if subject == ACTION and SUBJECTS[self.definition.subject] != ACTION:
            return False
        return subject in (AGENT_STATUS, DN_STATUS) or self.definition.main_mask.accepts(names)


# A spec's position, the spec, one bit for each of its masks that accepts the occurrence.
Listening = tuple[int, Spec, int]


@dataclass(frozen=True, eq=False)
class Plan:
    """What every board of an object type is built from."""

    object_type: str
    compiled: tuple[Compiled, ...]
    specs: tuple[Spec, ...]

    @cached_property
    def positions(self) -> dict[str, int]:
        """Where the definition of a name stands."""
        return {one.definition.name: index for index, one in enumerate(self.compiled)}

    @cached_property
    def spec_positions(self) -> dict[str, int]:
        """Where the spec of a key stands."""
        return {spec.key: index for index, spec in enumerate(self.specs)}

    @cached_property
    def users(self) -> tuple[int, ...]:
        """Per spec, one bit for each definition that reads it."""
        bits = [0] * len(self.specs)
        for index, one in enumerate(self.compiled):
            for need in one.needs:
                if need is not None:
                    bits[self.spec_positions[need.spec.key]] |= 1 << index
        return tuple(bits)

    @cached_property
    def every_bit(self) -> int:
        """One bit per definition."""
        return (1 << len(self.compiled)) - 1

    @cached_property
    def has_filters(self) -> bool:
        """Whether attached data matters."""
        return any(spec.condition is not None for spec in self.specs)

    @cached_property
    def rows(self) -> list[Row | None]:
        """The dispatch table of all boards that need none of their own, filled on first sight."""
        return [None] * SLOT_COUNT

    @cached_property
    def _listeners(self) -> dict[int, tuple[Listening, ...]]:
        return {}

    def listeners(self, slot: int) -> tuple[Listening, ...]:
        """Who counts occurrences of a slot; masks are looked at once per slot."""
        found = self._listeners.get(slot)
        if found is None:
            subject, names = _meaning(slot)
            found = self._listeners[slot] = tuple(
                (index, spec, matched)
                for index, spec in enumerate(self.specs)
                if spec.subject == subject and (matched := spec.matches(names))
            )
        return found

    @cached_property
    def _bits(self) -> dict[int, int]:
        return {}

    def bits(self, slot: int) -> int:
        """One bit for each definition whose value an occurrence of a slot may change."""
        bits = self._bits.get(slot)
        if bits is None:
            subject, names = _meaning(slot)
            bits = sum(
                1 << index for index, one in enumerate(self.compiled) if one.watches(subject, names)
            )
            for index, _, _ in self.listeners(slot):
                bits |= self.users[index]
            self._bits[slot] = bits
        return bits


def _meaning(slot: int) -> tuple[int, frozenset[str]]:
    return slot // KIND_COUNT, KINDS[slot % KIND_COUNT].names


def plan_for(object_type: str, definitions: Iterable[Definition]) -> Plan:
    """Compile the definitions of one object type."""
    compiled = tuple(
        _compile(definition) for definition in definitions if definition.object_type == object_type
    )
    specs: dict[str, Spec] = {}
    for one in compiled:
        for need in one.needs:
            if need is not None:
                specs.setdefault(need.spec.key, need.spec)
    return Plan(object_type, compiled, tuple(specs.values()))


SERVICE_LEVEL = "ServiceLevel"


def with_service_level(plan: Plan, seconds: int | None, epoch_ms: int) -> Plan:
    """The plan with another timeRangeRight for ServiceLevel, which starts anew (spec section 1)."""

    def renewed(one: Definition) -> Definition:
        left = (one.span or (0, 0))[0]
        span = one.span if seconds is None else (left, max(seconds, left + 1))
        return replace(one, span=span, epoch_ms=epoch_ms)

    definitions = (one.definition for one in plan.compiled)
    return plan_for(
        plan.object_type,
        [renewed(one) if one.name == SERVICE_LEVEL else one for one in definitions],
    )


def _compile(definition: Definition) -> Compiled:
    category = CATEGORIES.get(definition.category)
    if category is None:
        return Compiled(definition, None, ())
    measures = category.measures(
        Operands(definition.main_mask, definition.relative_mask, definition.span, definition.span2)
    )
    context = Context(definition, _masks(definition, measures))
    needs = (_need(measure, context) for measure in measures)
    return Compiled(definition, category, tuple(needs))


def _masks(definition: Definition, measures: tuple[Measure, ...]) -> tuple[Mask, ...]:
    masks = [measure.mask for measure in measures if measure.mask is not None]
    if definition.category != "ServiceFactor1":
        masks.append(definition.relative_mask)
    return tuple(dict.fromkeys(masks))


def _need(measure: Measure, context: Context) -> Need | None:
    return None if measure.what == "elapsed" else need_for(measure, context)
