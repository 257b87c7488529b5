"""Needs: which accumulator a measure asks for, and how it is read from it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from supervision.statistics.accumulators.base import Accumulator
from supervision.statistics.categories import Measure
from supervision.statistics.definitions import Definition
from supervision.statistics.filters import Condition
from supervision.statistics.masks import Mask
from supervision.statistics.vocabulary import ACTION, SUBJECTS

if TYPE_CHECKING:
    from supervision.statistics.boards import Board

Reader = Callable[[int], int]
Build = Callable[["Board"], Accumulator]
Read = Callable[[Any], Reader]


@dataclass(frozen=True, slots=True)
class Spec:
    """An accumulator to build: whom it listens to and, as its key, all that makes it what it is."""

    key: str
    subject: int
    masks: tuple[Mask, ...]
    condition: Condition | None
    build: Build

    def matches(self, names: frozenset[str]) -> int:
        """One bit per mask that accepts the names."""
        return sum(1 << index for index, mask in enumerate(self.masks) if mask.accepts(names))


@dataclass(frozen=True, slots=True)
class Need:
    """A spec and how the measure is read from the accumulator built from it.

    ``is_timeless``: only events change the measure within a window, never the passing of time.
    """

    spec: Spec
    read: Read
    is_timeless: bool = False


@dataclass(frozen=True, slots=True)
class Context:
    """What a definition says about all its measures."""

    definition: Definition
    masks: tuple[Mask, ...]

    @property
    def subject(self) -> int:
        return SUBJECTS[self.definition.subject]

    @property
    def is_status(self) -> bool:
        return self.subject != ACTION

    @property
    def is_distinct(self) -> bool:
        return self.definition.distinguish_by_conn_id

    def need(self, measure: Measure, parts: tuple[object, ...], build: Build, read: Read) -> Need:
        """A spec with a key that tells it from every other."""
        masks = (measure.mask,) if measure.mask is not None else ()
        return self.need_of(masks, measure, parts, build, read)

    def need_of(
        self,
        masks: tuple[Mask, ...],
        measure: Measure,
        parts: tuple[object, ...],
        build: Build,
        read: Read,
    ) -> Need:
        condition = self.definition.condition if measure.is_filtered else None
        key = repr((self.subject, masks, condition, *parts, self.definition.epoch_ms))
        return Need(Spec(key, self.subject, masks, condition, build), read)
