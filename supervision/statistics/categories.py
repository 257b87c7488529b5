"""Categories: which measures a value needs and how it is computed from them.

Sources: statistics-spec.md section 7 (historical), section 8 (current).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from supervision.statistics.masks import Mask, mask_of

Span = tuple[int, int]
Number = int | float
DEFAULT_SPAN: Span = (0, 20)

ANSWERED = mask_of("CallAnswered")
ABANDONED = mask_of("CallAbandoned", "CallAbandonedFromRinging")


@dataclass(frozen=True, slots=True)
class Measure:
    """One quantity: ``what`` over the occurrences of a mask, limited to durations in a span."""

    what: str
    mask: Mask | None = None
    span: Span | None = None
    is_filtered: bool = True


@dataclass(frozen=True, slots=True)
class Operands:
    """What a definition gives its category: masks and time ranges."""

    main: Mask
    relative: Mask
    span: Span | None = None
    span2: Span | None = None


Formula = Callable[..., Number]
Measures = Callable[[Operands], tuple[Measure, ...]]


@dataclass(frozen=True, slots=True)
class Category:
    """Measures in the order in which the formula takes them."""

    measures: Measures
    formula: Formula
    is_current: bool = False
    needs_relative: bool = False


def itself(value: Number) -> Number:
    """The measure as it is."""
    return value


def ratio(part: Number, whole: Number) -> Number:
    """part / whole; an empty denominator gives 0 (spec section 7)."""
    return part / whole if whole else 0


def percentage(part: Number, whole: Number) -> Number:
    """100 * part / whole; an empty denominator gives 0."""
    return 100 * part / whole if whole else 0


def per_hour(number: Number, seconds: Number) -> Number:
    """number / (seconds / 3600): events during an average hour."""
    return number * 3600 / seconds if seconds else 0


def service_factor(
    in_time: Number, answered: Number, abandoned: Number, abandoned_early: Number
) -> Number:
    """100 * A1 / (A + B - B2) (spec section 7, ServiceFactor1)."""
    return percentage(in_time, answered + abandoned - abandoned_early)


def _single(what: str) -> Measures:
    return lambda given: (Measure(what, given.main),)


def _main_and_relative(main: str, relative: str) -> Measures:
    return lambda given: (Measure(main, given.main), Measure(relative, given.relative))


def _share_of_elapsed(what: str) -> Measures:
    return lambda given: (Measure(what, given.main), Measure("elapsed"))


def _in_span(what: str) -> Measures:
    return lambda given: (Measure(what, given.main, given.span or DEFAULT_SPAN),)


def _in_span_and_all(what: str) -> Measures:
    return lambda given: (
        Measure(what, given.main, given.span or DEFAULT_SPAN),
        Measure(what, given.main),
    )


def _relative_numbers(given: Operands) -> tuple[Measure, ...]:
    return (
        Measure("number", given.main, given.span),
        Measure("number", given.relative, given.span2),
    )


def _relative_hour(given: Operands) -> tuple[Measure, ...]:
    return Measure("number", given.main), Measure("time", given.relative, is_filtered=False)


def _service(given: Operands) -> tuple[Measure, ...]:
    return (
        Measure("number", ANSWERED, given.span or DEFAULT_SPAN),
        Measure("number", ANSWERED),
        Measure("number", ABANDONED),
        Measure("number", ABANDONED, given.span2 or DEFAULT_SPAN),
    )


def _current(measures: Measures, formula: Formula) -> Category:
    return Category(measures, formula, is_current=True)


HISTORICAL = {
    "TotalNumber": Category(_single("number"), itself),
    "TotalTime": Category(_single("time"), itself),
    "TotalAdjustedNumber": Category(_single("adjusted_number"), itself),
    "TotalAdjustedTime": Category(_single("adjusted_time"), itself),
    "AverageTime": Category(_main_and_relative("time", "number"), ratio),
    "MaxTime": Category(_single("max"), itself),
    "MinTime": Category(_single("min"), itself),
    "ElapsedTimePercentage": Category(_share_of_elapsed("time"), percentage),
    "RelativeTimePercentage": Category(_main_and_relative("time", "time"), percentage),
    "RelativeNumberPercentage": Category(_relative_numbers, percentage),
    "AverageNumberPerRelativeHour": Category(_relative_hour, per_hour, needs_relative=True),
    "TotalNumberInTimeRange": Category(_in_span("number"), itself),
    "TotalNumberInTimeRangePercentage": Category(_in_span_and_all("number"), percentage),
    "TotalTimeInTimeRange": Category(_in_span("span_time"), itself),
    "TotalNumberPerSecond": Category(_share_of_elapsed("number"), ratio),
    "ServiceFactor1": Category(_service, service_factor),
    "MaxNumber": Category(_single("level_max"), itself),
    "MinNumber": Category(_single("level_min"), itself),
    "AverageOfCurrentNumber": Category(_share_of_elapsed("level_area"), ratio),
}

CURRENT = {
    "CurrentNumber": _current(_single("running_number"), itself),
    "CurrentTime": _current(_single("running_time"), itself),
    "CurrentMaxTime": _current(_single("running_max"), itself),
    "CurrentMinTime": _current(_single("running_min"), itself),
    "CurrentAverageTime": _current(_main_and_relative("running_time", "running_number"), ratio),
    "CurrentRelativeNumberPercentage": _current(
        _main_and_relative("running_number", "running_number"), percentage
    ),
    "CurrentRelativeTimePercentage": _current(
        _main_and_relative("running_time", "running_time"), percentage
    ),
    "CurrentNumberInTimeRange": _current(_in_span("running_number"), itself),
    "CurrentNumberInTimeRangePercentage": _current(_in_span_and_all("running_number"), percentage),
    "CurrentContinuousTime": _current(_single("continuous"), itself),
}

STATES = ("CurrentState", "CurrentTargetState")
CATEGORIES = {**HISTORICAL, **CURRENT}
