"""Events that cannot be: raised before anything changed, so that the engine can ignore them."""

from __future__ import annotations


class Refused(Exception):  # noqa: N818 - an answer to an event, no failure of the program
    """The event is malformed or impossible in the present state."""


def text(value: object) -> str:
    """A field that the event must carry."""
    if not isinstance(value, str) or not value:
        raise Refused
    return value
