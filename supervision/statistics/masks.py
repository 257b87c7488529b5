"""Masks: which occurrences a statistic looks at (statistics-spec.md section 5)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from supervision.statistics.vocabulary import KNOWN_NAMES, NEVER_HAPPENS

_STRAY = " \t\r\n'\""


class MaskError(ValueError):
    """A mask names nothing, or something that no switch reports."""


@dataclass(frozen=True, slots=True)
class Mask:
    """Items in order, each a name (or ``*``) and whether it lets in."""

    items: tuple[tuple[str, bool], ...]

    def accepts(self, names: frozenset[str]) -> bool:
        """The last item that matches decides; nothing matches: out."""
        for name, lets_in in reversed(self.items):
            if name == "*" or name in names:
                return lets_in
        return False

    @property
    def unsupported(self) -> tuple[str, ...]:
        """Names that Stat Server knows and this engine never sees: they stay 0."""
        return tuple(name for name, _ in self.items if NEVER_HAPPENS.fullmatch(name))


def mask_of(*names: str) -> Mask:
    """A mask of plain names, for the categories whose actions are fixed."""
    return Mask(tuple((name, True) for name in names))


def parse_mask(value: object) -> Mask:
    """Read ``A, B, ~C`` or a list of such; blanks and stray quotes around items are dropped."""
    texts = [value] if isinstance(value, str) else value
    if not isinstance(texts, list | tuple) or not all(isinstance(text, str) for text in texts):
        raise MaskError("must be a comma-separated string or a list of names")
    items = tuple(_item(text) for text in _split(texts))
    if not items:
        raise MaskError("names nothing")
    return Mask(items)


def _split(texts: Iterable[str]) -> Iterable[str]:
    for text in texts:
        yield from (part for raw in text.split(",") if (part := raw.strip(_STRAY)))


def _item(text: str) -> tuple[str, bool]:
    name = text.removeprefix("~").strip(_STRAY)
    if name != "*" and name not in KNOWN_NAMES and not NEVER_HAPPENS.fullmatch(name):
        raise MaskError(f"unknown action or status {name!r}")
    return name, not text.startswith("~")
