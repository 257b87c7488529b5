"""Recipes: which accumulator a measure needs in its window, and how it is read from it.

Definitions whose measures agree in subject, masks, filter and window share one accumulator.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from supervision.statistics.accumulators.active import (
    Active,
    ActiveNumber,
    Connections,
    Continuous,
)
from supervision.statistics.accumulators.distinct import DistinctAdjustedNumber, DistinctNumber
from supervision.statistics.accumulators.growing import (
    ActionNumber,
    AdjustedNumber,
    EndedTime,
    Extremes,
    InSpan,
    RunningTime,
    StatusNumber,
)
from supervision.statistics.accumulators.level import GrowingLevel, SlidingLevel
from supervision.statistics.accumulators.listed import Selection, SlidingList
from supervision.statistics.accumulators.sliding import Sliding, SlidingExtremes
from supervision.statistics.categories import Measure, Span
from supervision.statistics.needs import Build, Context, Need, Read
from supervision.statistics.windows import SlidingSelection, SlidingWindow

if TYPE_CHECKING:
    pass


def need_for(measure: Measure, context: Context) -> Need:
    """The accumulator for a measure in the definition's window, and how it is read."""
    need = _need_for(measure, context)
    is_sliding = isinstance(context.definition.interval, SlidingWindow)
    by_events = ("level_max", "level_min", "min")
    is_timeless = (measure.what == "running_number" and measure.span is None) or (
        measure.what in by_events and not is_sliding
    )
    return replace(need, is_timeless=is_timeless)


def _need_for(measure: Measure, context: Context) -> Need:
    if measure.what.startswith("running_") or measure.what == "continuous":
        return _current(measure, context)
    interval = context.definition.interval
    if isinstance(interval, SlidingSelection):
        return _selection(measure, context, interval)
    if isinstance(interval, SlidingWindow):
        return _sliding(measure, context, interval)
    return _growing(measure, context)


def _current(measure: Measure, context: Context) -> Need:
    what, span = measure.what.removeprefix("running_"), measure.span
    if what == "continuous":
        return context.need(measure, ("continuous",), lambda _: Continuous(), lambda it: it.time)
    if what == "number" and context.is_distinct and span is None:
        return context.need(
            measure, ("connections",), lambda _: Connections(), lambda it: it.number
        )
    if what == "number" and span is None:
        return context.need(
            measure, ("active number",), lambda _: ActiveNumber(), lambda it: it.number
        )
    is_ordered = context.definition.condition is None
    return context.need(
        measure,
        ("active",),
        lambda _: Active(is_ordered=is_ordered),
        _active_reader(what, span, is_distinct=context.is_distinct),
    )


def _active_reader(what: str, span: Span | None, *, is_distinct: bool) -> Read:
    if span is None:
        return lambda it: getattr(it, what)
    if is_distinct:
        return lambda it: lambda at_ms: it.connections_within(at_ms, span)
    return lambda it: lambda at_ms: it.number_within(at_ms, span)


def _growing(measure: Measure, context: Context) -> Need:
    what, span, is_status = measure.what, measure.span, context.is_status
    window = context.definition.interval

    def need(kind: str, build: Build, reader: str, *more: object) -> Need:
        return context.need(measure, (window, kind, *more), build, lambda it: getattr(it, reader))

    if what.startswith("level_"):
        reader = {"level_max": "max", "level_min": "min", "level_area": "area_at"}[what]
        is_distinct = context.is_distinct
        return need(
            "level",
            lambda board: GrowingLevel(
                board.clock(window), board.opening_ms, is_distinct=is_distinct
            ),
            reader,
            is_distinct,
        )
    if context.is_distinct and what in ("number", "adjusted_number"):
        return _growing_distinct(measure, context)
    if span is not None:
        return need(
            "span",
            lambda board: InSpan(board.clock(window), span, is_status=is_status),
            "number" if what == "number" else "time",
            span,
        )
    if what in ("max", "min"):
        return need(
            "extremes", lambda board: Extremes(board.clock(window), is_status=is_status), what
        )
    if what == "adjusted_number":
        return need(
            what, lambda board: AdjustedNumber(board.clock(window), is_status=is_status), "value"
        )
    kind = _GROWING[what, is_status]
    return need(kind.__name__, lambda board: kind(board.clock(window)), "value")


_GROWING: dict[tuple[str, bool], Any] = {
    ("number", False): ActionNumber,
    ("number", True): StatusNumber,
    ("time", False): EndedTime,
    ("time", True): RunningTime,
    ("adjusted_time", False): RunningTime,
    ("adjusted_time", True): RunningTime,
}


def _growing_distinct(measure: Measure, context: Context) -> Need:
    window, span, is_status = context.definition.interval, measure.span, context.is_status
    if measure.what == "adjusted_number":
        return context.need(
            measure,
            (window, "distinct adjusted"),
            lambda board: DistinctAdjustedNumber(board.clock(window), is_status=is_status),
            lambda it: it.value,
        )
    return context.need(
        measure,
        (window, "distinct", span),
        lambda board: DistinctNumber(board.clock(window), span, is_status=is_status),
        lambda it: it.value,
    )


def _sliding(measure: Measure, context: Context, window: SlidingWindow) -> Need:
    what, is_status = measure.what, context.is_status
    if what.startswith("level_"):
        reader = {"level_max": "max", "level_min": "min", "level_area": "area_at"}[what]
        is_distinct = context.is_distinct
        return context.need(
            measure,
            (window, "level", is_distinct),
            lambda board: SlidingLevel(window, board.opening_ms, is_distinct=is_distinct),
            lambda it: getattr(it, reader),
        )
    if what in ("max", "min"):
        return context.need(
            measure,
            (window, "extremes"),
            lambda _: SlidingExtremes(window, is_status=is_status),
            lambda it: getattr(it, what),
        )
    listed = _listed_reader(measure, context)
    if listed is not None:
        return context.need(
            measure,
            (window, "list"),
            lambda _: SlidingList(window, is_status=is_status),
            listed,
        )
    reader = _SLIDING[what, is_status]
    return context.need(
        measure,
        (window, "sliding"),
        lambda _: Sliding(window, is_status=is_status),
        lambda it: getattr(it, reader),
    )


_SLIDING = {
    ("number", False): "finished",
    ("number", True): "started",
    ("time", False): "ended_time",
    ("time", True): "elapsed",
    ("adjusted_time", True): "elapsed",
    ("adjusted_number", False): "touching",
    ("adjusted_number", True): "touching",
}


def _listed_reader(measure: Measure, context: Context) -> Read | None:
    what, span = measure.what, measure.span
    if what == "adjusted_time" and not context.is_status:
        return lambda it: it.elapsed
    if what == "span_time" and span is not None:
        return lambda it: lambda at_ms: it.time_within(at_ms, span)
    if what == "adjusted_number" and context.is_distinct:
        return lambda it: it.connections_touching
    if what != "number":
        return None
    if span is not None and context.is_distinct:
        return lambda it: lambda at_ms: it.connections_within(at_ms, span)
    if span is not None:
        return lambda it: lambda at_ms: it.number_within(at_ms, span)
    return (lambda it: it.connections) if context.is_distinct else None


def _selection(measure: Measure, context: Context, window: SlidingSelection) -> Need:
    masks = tuple(dict.fromkeys((*context.masks, measure.mask)))
    present = tuple(mask for mask in masks if mask is not None)
    bit = 1 << present.index(measure.mask) if measure.mask in present else 0
    # The selection is one, whichever measure asks: it is built for all masks of the definition.
    is_filtered = context.definition.condition is not None and measure.is_filtered
    reader = _selection_reader(measure, bit, is_distinct=context.is_distinct)
    return context.need_of(
        present,
        measure,
        (window, "selection", is_filtered),
        lambda _: Selection(window.size),
        reader,
    )


def _selection_reader(measure: Measure, bit: int, *, is_distinct: bool) -> Read:
    what, span = measure.what.removeprefix("adjusted_"), measure.span
    if what in ("max", "min"):
        return lambda it: lambda at_ms: getattr(it, what)(bit)
    if what in ("time", "span_time"):
        return lambda it: lambda at_ms: it.time(bit, span)
    if what == "number" and is_distinct:
        return lambda it: lambda at_ms: it.connections(bit, span)
    if what == "number":
        return lambda it: lambda at_ms: it.number(bit, span)
    return lambda it: lambda at_ms: 0
