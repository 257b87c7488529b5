from collections.abc import Iterable
from typing import Any

from django.core.checks import CheckMessage, Error
from django.db import DatabaseError

from supervision.definitions import load_file
from supervision.statistics.definitions import DefinitionError


def check_definitions(**_: Any) -> Iterable[CheckMessage]:
    """Contract §7: a bad entry stops the start with file, entry and reason."""
    try:
        load_file()
    except DefinitionError as error:
        return [Error(str(error), id="supervision.E001")]
    except DatabaseError:
        return []  # Before the first migration; the leader looks again when it starts.
    return []
