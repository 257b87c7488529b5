"""Who changes something, and in which request: what every provisioning service is given."""

import uuid
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from provisioning.models import User


@dataclass(frozen=True, slots=True)
class Change:
    """One request, of one actor, by API, page, import, admin or the system itself.

    All writes of a bulk request share one `request_id`.
    """

    actor: "User | None"
    origin: str
    reason: str = ""
    request_id: str = field(default_factory=lambda: str(uuid.uuid4()))
