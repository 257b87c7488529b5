"""What a definition computes and since when, for people who ask where a number comes from."""

from __future__ import annotations

from dataclasses import dataclass
from zoneinfo import ZoneInfo

from supervision.statistics.categories import CATEGORIES, CURRENT, DEFAULT_SPAN, Span
from supervision.statistics.definitions import Definition
from supervision.statistics.masks import Mask
from supervision.statistics.windows import (
    GrowingWindow,
    SinceLogin,
    SlidingSelection,
    SlidingWindow,
)

_FORMULAS = {
    "AverageTime": "TotalTime({main}) / TotalNumber({relative})",
    "ElapsedTimePercentage": "100 * TotalTime({main}) / length of the window",
    "RelativeTimePercentage": "100 * TotalTime({main}) / TotalTime({relative})",
    "RelativeNumberPercentage": "100 * TotalNumber({main}) / TotalNumber({relative})",
    "AverageNumberPerRelativeHour": "TotalNumber({main}) / hours of ({relative})",
    "TotalNumberInTimeRange": "TotalNumber({main}) with durations in {span}",
    "TotalNumberInTimeRangePercentage": (
        "100 * TotalNumber({main}) with durations in {span} / TotalNumber({main})"
    ),
    "TotalTimeInTimeRange": "sum of the durations of ({main}) in {span}",
    "TotalNumberPerSecond": "TotalNumber({main}) / length of the window",
    "ServiceFactor1": (
        "100 * answered within {span} / (answered + abandoned - abandoned within {span2})"
    ),
    "AverageOfCurrentNumber": "mean over time of CurrentNumber({main})",
    "MaxNumber": "greatest CurrentNumber({main})",
    "MinNumber": "least CurrentNumber({main})",
    "CurrentAverageTime": "CurrentTime({main}) / CurrentNumber({relative})",
    "CurrentRelativeNumberPercentage": "100 * CurrentNumber({main}) / CurrentNumber({relative})",
    "CurrentRelativeTimePercentage": "100 * CurrentTime({main}) / CurrentTime({relative})",
    "CurrentNumberInTimeRange": "CurrentNumber({main}) with ages in {span}",
    "CurrentNumberInTimeRangePercentage": (
        "100 * CurrentNumber({main}) with ages in {span} / CurrentNumber({main})"
    ),
}


@dataclass(frozen=True, slots=True)
class Explanation:
    """A formula, a window in words and, where the window has a fixed start, that start."""

    formula: str
    window: str
    since_ms: int | None


def explain(definition: Definition, zone: str, at_ms: int) -> Explanation:
    """What the value at an instant is made of, for an object in a zone."""
    window, since_ms = _window(definition, zone, at_ms)
    return Explanation(formula_of(definition), window, since_ms)


def formula_of(definition: Definition) -> str:
    """The category's formula with the definition's masks and ranges."""
    pattern = _FORMULAS.get(definition.category, definition.category + "({main})")
    text = pattern.format(
        main=_mask(definition.main_mask),
        relative=_mask(definition.relative_mask),
        span=_span(definition.span),
        span2=_span(definition.span2),
    )
    return f"{text} over {definition.subject}"


def _mask(mask: Mask) -> str:
    return ", ".join(name if lets_in else "~" + name for name, lets_in in mask.items)


def _span(span: Span | None) -> str:
    left, right = span or DEFAULT_SPAN
    return f"[{left}, {right}) s"


def _window(definition: Definition, zone: str, at_ms: int) -> tuple[str, int | None]:
    interval = definition.interval
    if definition.category in CURRENT or definition.category not in CATEGORIES:
        return "now", None
    if isinstance(interval, SlidingWindow):
        end_ms = at_ms // (interval.step * 1000) * interval.step * 1000
        return (
            f"the {interval.length} s up to the last full {interval.step} s",
            end_ms - interval.length * 1000,
        )
    if isinstance(interval, SlidingSelection):
        return f"the last {interval.size} completed", None
    if isinstance(interval, SinceLogin):
        return "since the last login", None
    return _growing(interval, zone, at_ms)


def _growing(interval: GrowingWindow, zone: str, at_ms: int) -> tuple[str, int | None]:
    if not interval.starts:
        return "since the opening", None
    since_ms, next_ms = interval.around(at_ms, ZoneInfo(zone))
    minutes = (next_ms - since_ms) // 60_000
    return f"since the last reset ({zone}), {minutes} min long", since_ms
