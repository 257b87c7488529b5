"""What state services are in now: as recorded, unless the real thing says it is down.

The runtime records changes of state, and tells of them; while no runtime leads, nobody does. A room
that can tell at once adds its check here.
"""

from collections.abc import Callable, Iterable
from typing import Any

from provisioning.models import Service

_checks: dict[str, Callable[[], bool]] = {}


def check_with(service_type: str, is_up: Callable[[], bool]) -> None:
    """Ask `is_up` for every service of this type; called while a room is loaded."""
    _checks[service_type] = is_up


def current_states(services: Iterable[Service], reading: Any = None) -> dict[Any, str]:
    """Each service's state now, by its id."""
    services = list(services)
    down = {
        kind for kind in {one.type for one in services} if kind in _checks and not _checks[kind]()
    }
    return {one.pk: "Inactive" if one.type in down else one.state for one in services}
