import json
from typing import Any

_LARGEST = 2**63


def _whole_number(digits: str) -> int | float:
    number = int(digits)
    return number if -_LARGEST <= number < _LARGEST else float(number)


class JsonDecoder(json.JSONDecoder):
    """PostgreSQL gives 1e300 back as 301 digits; no answer could hold them as a whole number."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**{**options, "parse_int": _whole_number})
