"""One entry of ``statistics.yaml``: its fields, read and checked one by one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from supervision.statistics.categories import CATEGORIES, CURRENT, STATES, Span
from supervision.statistics.filters import Condition, FilterError, parse_filter
from supervision.statistics.masks import Mask, MaskError, mask_of, parse_mask
from supervision.statistics.vocabulary import (
    AGENT_TYPES,
    NOTIFICATION_MODES,
    OBJECT_TYPES,
    QUEUE_TYPES,
    SUBJECTS,
    UNSUPPORTED_SUBJECTS,
)
from supervision.statistics.windows import MIDNIGHT, Interval, ProfileError, parse_interval

DEFINITION = "statisticDefinitionEx"
DEFAULT_FREQUENCY = 10
_EVERYTHING = mask_of("*")
_FIELDS = {
    *("name", "objectType", "notificationMode", "notificationFrequency", DEFINITION),
    "statisticDefinitionName",
}
_DEFINITION_FIELDS = {
    *("category", "subject", "mainMask", "relativeMask", "intervalType", "dynamicTimeProfile"),
    *("timeRangeLeft", "timeRangeRight", "timeRangeLeft2", "timeRangeRight2"),
    *("dynamicFilter", "distinguishByConnId"),
}
_INTERVAL_TYPES = ("GrowingWindow", "SlidingWindow", "SlidingSelection", "SinceLogin")


class EntryError(ValueError):
    """A field of an entry that cannot be used, and why."""

    def __init__(self, field: str, reason: str) -> None:
        super().__init__(f"{field}: {reason}")
        self.field = field
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Entry:
    """The raw fields of an entry; every property reads, checks and gives the usable form."""

    outer: Mapping[str, object]
    inner: Mapping[str, object]

    @classmethod
    def of(cls, given: object) -> Entry:
        """The entry in a parsed document."""
        if not isinstance(given, Mapping):
            raise EntryError("document", "is no mapping")
        inner = given.get(DEFINITION)
        if not isinstance(inner, Mapping):
            raise EntryError(DEFINITION, "must be a mapping")
        return cls(_written(given), _written(inner))

    @property
    def name(self) -> str:
        return _text(self.outer, "name")

    @property
    def object_type(self) -> str:
        return _one_of(self.outer, "objectType", OBJECT_TYPES)

    @property
    def notification_mode(self) -> str:
        text = str(self.outer.get("notificationMode", "PERIODICAL"))
        mode = text.upper().replace("_", "")
        if mode not in NOTIFICATION_MODES:
            raise EntryError("notificationMode", f"unknown: {text!r}")
        return mode

    @property
    def notification_frequency(self) -> int:
        frequency = _whole(self.outer, "notificationFrequency")
        return DEFAULT_FREQUENCY if frequency is None else frequency

    @property
    def category(self) -> str:
        category = _one_of(self.inner, "category", (*CATEGORIES, *STATES))
        if category == "ServiceFactor1" and self.object_type not in QUEUE_TYPES:
            raise EntryError("category", "ServiceFactor1 is for queues only")
        if category == "CurrentContinuousTime" and self.object_type != "AGENT":
            raise EntryError("category", "CurrentContinuousTime is for AGENT only")
        if category in STATES and self.object_type not in AGENT_TYPES:
            raise EntryError("category", f"{category} is for agents only")
        return category

    @property
    def subject(self) -> str:
        subject = _text(self.inner, "subject")
        if subject in UNSUPPORTED_SUBJECTS:
            raise EntryError("subject", f"{subject} is not supported here")
        _one_of(self.inner, "subject", tuple(SUBJECTS))
        if subject != "DNAction" and self.object_type in QUEUE_TYPES:
            raise EntryError("subject", f"a {self.object_type} has actions only, no {subject}")
        if self.category == "CurrentContinuousTime" and subject in ("DNAction", "DNStatus"):
            raise EntryError("subject", "CurrentContinuousTime is about AgentStatus only")
        return subject

    @property
    def masks(self) -> tuple[Mask, Mask]:
        """mainMask and relativeMask, which is the main one unless given."""
        main = _mask(self.inner, "mainMask")
        relative = _mask(self.inner, "relativeMask")
        category = CATEGORIES.get(self.category)
        if main is None and self.category != "ServiceFactor1":
            raise EntryError("mainMask", "is missing")
        if relative is None and category is not None and category.needs_relative:
            raise EntryError("relativeMask", f"is missing, {self.category} requires it")
        main = main or _EVERYTHING
        return main, relative or main

    @property
    def interval(self) -> Interval:
        """The window; current categories have none and ignore what is written."""
        if self.category in CURRENT or self.category in STATES:
            return MIDNIGHT
        kind = _one_of(self.inner, "intervalType", _INTERVAL_TYPES, "GrowingWindow")
        if kind == "SinceLogin" and self.object_type != "AGENT":
            raise EntryError("intervalType", "SinceLogin is for AGENT only")
        profile = self.inner.get("dynamicTimeProfile")
        try:
            return parse_interval(kind, None if profile is None else str(profile))
        except ProfileError as error:
            raise EntryError("dynamicTimeProfile", str(error)) from error

    @property
    def spans(self) -> tuple[Span | None, Span | None]:
        """Both time ranges, None where neither end is given."""
        return _span(self.inner, ""), _span(self.inner, "2")

    @property
    def condition(self) -> Condition | None:
        text = self.inner.get("dynamicFilter")
        if text is None:
            return None
        try:
            return parse_filter(str(text))
        except FilterError as error:
            raise EntryError("dynamicFilter", str(error)) from error

    @property
    def distinguish(self) -> bool:
        value = self.inner.get("distinguishByConnId", False)
        if str(value).lower() not in ("true", "false"):
            raise EntryError("distinguishByConnId", f"is neither true nor false: {value!r}")
        return str(value).lower() == "true"

    @property
    def warnings(self) -> tuple[str, ...]:
        """What works but is probably not meant: actions that never happen, unknown fields."""
        never = dict.fromkeys(name for mask in self.masks for name in mask.unsupported)
        strange = (set(self.outer) - _FIELDS) | (set(self.inner) - _DEFINITION_FIELDS)
        return (
            *(f"{name} is not supported and stays 0" for name in never),
            *(f"the field {field} is ignored" for field in sorted(map(str, strange))),
        )


def _written(fields: Mapping[str, object]) -> dict[str, object]:
    return {field: value for field, value in fields.items() if value not in (None, "", [])}


def _text(fields: Mapping[str, object], field: str) -> str:
    value = fields.get(field)
    if not isinstance(value, str) or not value.strip():
        raise EntryError(field, "is missing" if value is None else "must be a text")
    return value.strip()


def _one_of(
    fields: Mapping[str, object], field: str, allowed: tuple[str, ...], default: str | None = None
) -> str:
    if default is not None and fields.get(field) is None:
        return default
    value = _text(fields, field)
    if value not in allowed:
        raise EntryError(field, f"unknown: {value!r}")
    return value


def _whole(fields: Mapping[str, object], field: str) -> int | None:
    value = fields.get(field)
    if value is None:
        return None
    if isinstance(value, bool) or not str(value).strip().isdecimal():
        raise EntryError(field, f"must be a whole number of seconds, not {value!r}")
    return int(str(value))


def _mask(fields: Mapping[str, object], field: str) -> Mask | None:
    value = fields.get(field)
    if value is None:
        return None
    try:
        return parse_mask(value)
    except MaskError as error:
        raise EntryError(field, str(error)) from error


def _span(fields: Mapping[str, object], suffix: str) -> Span | None:
    left = _whole(fields, "timeRangeLeft" + suffix)
    right = _whole(fields, "timeRangeRight" + suffix)
    if left is None and right is None:
        return None
    left, right = left or 0, 20 if right is None else right
    if left >= right:
        raise EntryError("timeRangeRight" + suffix, f"{right} is not above {left}")
    return left, right
