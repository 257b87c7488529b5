"""The dynamicFilter language (statistics-spec.md section 10).

``PairExists("key","value")`` over the attached data (``*`` = any value), ``Attribute=value``,
``~`` not, ``&`` and, ``|`` or, parentheses; ``~`` binds closest, then ``&``.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

ATTRIBUTES = frozenset(
    {
        *("DNIS", "ANI", "CustomerID", "MediaType", "ThisQueue", "TreatmentType"),
        *("ExtensionReasonCode", "Reasons"),
    }
)
Attached = Mapping[str, object]

_TOKEN = re.compile(
    r"""\s*(?:(?P<quoted>"[^"]*"|'[^']*')|(?P<sign>[~&|(),=])|(?P<word>[^\s~&|(),="']+))"""
)


_SIGNS = frozenset("~&|(),=")


class FilterError(ValueError):
    """A filter that cannot be read."""


class Condition(Protocol):
    """Something that holds or not for the data attached to a call or mode."""

    def holds(self, attached: Attached) -> bool: ...


@dataclass(frozen=True, slots=True)
class Pair:
    """The key is attached, with this value unless the value is ``*``."""

    key: str
    value: str

    def holds(self, attached: Attached) -> bool:
        found = attached.get(self.key)
        return found is not None and (self.value == "*" or str(found) == self.value)


@dataclass(frozen=True, slots=True)
class Not:
    inner: Condition

    def holds(self, attached: Attached) -> bool:
        return not self.inner.holds(attached)


@dataclass(frozen=True, slots=True)
class All:
    parts: tuple[Condition, ...]

    def holds(self, attached: Attached) -> bool:
        return all(part.holds(attached) for part in self.parts)


@dataclass(frozen=True, slots=True)
class AnyOf:
    parts: tuple[Condition, ...]

    def holds(self, attached: Attached) -> bool:
        return any(part.holds(attached) for part in self.parts)


def parse_filter(text: str) -> Condition:
    """The condition a filter text stands for; FilterError says what cannot be read."""
    tokens = _Tokens(text)
    condition = _alternatives(tokens)
    if tokens.peek:
        raise FilterError(f"{tokens.peek!r} is not expected here")
    return condition


class _Tokens:
    def __init__(self, text: str) -> None:
        self._tokens = _tokenise(text)
        self._position = 0

    @property
    def peek(self) -> str:
        return self._tokens[self._position]

    def take(self) -> str:
        token = self.peek
        if not token:
            raise FilterError("ends too early")
        self._position += 1
        return token

    def skip(self, sign: str) -> bool:
        if self.peek != sign:
            return False
        self._position += 1
        return True

    def expect(self, sign: str) -> None:
        if not self.skip(sign):
            raise FilterError(f"{sign!r} expected, {self.peek or 'the end'!r} found")


def _tokenise(text: str) -> list[str]:
    tokens: list[str] = []
    position, end = 0, len(text.rstrip())
    while position < end:
        match = _TOKEN.match(text, position)
        if match is None:
            raise FilterError(f"cannot read {text[position:].strip()!r}")
        tokens.append(match.group(match.lastgroup or 0))
        position = match.end()
    return [*tokens, ""]


def _alternatives(tokens: _Tokens) -> Condition:
    parts = [_conjunction(tokens)]
    while tokens.skip("|"):
        parts.append(_conjunction(tokens))
    return parts[0] if len(parts) == 1 else AnyOf(tuple(parts))


def _conjunction(tokens: _Tokens) -> Condition:
    parts = [_negation(tokens)]
    while tokens.skip("&"):
        parts.append(_negation(tokens))
    return parts[0] if len(parts) == 1 else All(tuple(parts))


def _negation(tokens: _Tokens) -> Condition:
    if tokens.skip("~"):
        return Not(_negation(tokens))
    if tokens.skip("("):
        inner = _alternatives(tokens)
        tokens.expect(")")
        return inner
    return _comparison(tokens)


def _comparison(tokens: _Tokens) -> Condition:
    word = tokens.take()
    if word == "PairExists":
        return _pair(tokens)
    if word not in ATTRIBUTES:
        raise FilterError(f"{word!r} is neither PairExists nor an attribute")
    tokens.expect("=")
    return Pair(word, _value(tokens))


def _pair(tokens: _Tokens) -> Condition:
    tokens.expect("(")
    key = _value(tokens)
    tokens.expect(",")
    value = _value(tokens)
    tokens.expect(")")
    return Pair(key, value)


def _value(tokens: _Tokens) -> str:
    token = tokens.take()
    if token[0] in "\"'":
        return token[1:-1]
    if token in _SIGNS:
        raise FilterError(f"a value expected, {token!r} found")
    return token
