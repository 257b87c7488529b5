"""Moments and durations as pages of live things show them."""

from datetime import UTC, datetime

from django import template

from telephony.call_resource import participant

register = template.Library()
_DASH = "\N{EN DASH}"
_DAY, _HOUR, _MINUTE = 86_400, 3600, 60


@register.filter
def moment(at_ms: int | None) -> datetime | None:
    """A moment in milliseconds since 1970, for `date`; templates show it in the zone in force."""
    return None if at_ms is None else datetime.fromtimestamp(at_ms / 1000, UTC)


@register.filter
def duration(seconds: float | None) -> str:
    """0:07, 12:30, 1:02:03, 1d 3h, as the scripts write it; a dash where nothing is known."""
    if seconds is None:
        return _DASH
    total = max(0, int(seconds))
    if total >= _DAY:
        return f"{total // _DAY}d {total % _DAY // _HOUR}h"
    minutes, rest = total % _HOUR // _MINUTE, total % _MINUTE
    if total >= _HOUR:
        return f"{total // _HOUR}:{minutes:02}:{rest:02}"
    return f"{minutes}:{rest:02}"


@register.filter
def until(began_ms: int | None, ended_ms: int | None) -> float | None:
    """The seconds from one moment to another."""
    return None if began_ms is None or ended_ms is None else (ended_ms - began_ms) / 1000


@register.filter
def phone(number: str) -> str:
    """A number as people write it."""
    return dict(participant(number))["formattedPhoneNumber"] if number else _DASH
