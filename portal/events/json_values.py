import json
from typing import Any, Self

_LARGEST = 2**63


def _whole_number(digits: str) -> int | float:
    number = int(digits)
    return number if -_LARGEST <= number < _LARGEST else float(number)


class JsonDecoder(json.JSONDecoder):
    """PostgreSQL gives 1e300 back as 301 digits; no answer could hold them as a whole number."""

    # Django asks for a decoder for every value it reads, and making one takes longer than reading.
    _shared: "JsonDecoder | None" = None

    def __new__(cls, **options: Any) -> Self:
        if options or cls._shared is None or type(cls._shared) is not cls:
            made = super().__new__(cls)
            super(JsonDecoder, made).__init__(**{**options, "parse_int": _whole_number})
            if options:
                return made
            cls._shared = made
        return cls._shared

    def __init__(self, **options: Any) -> None:
        """Everything has been done when it was made."""
