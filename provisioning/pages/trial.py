"""What a write would change and cause, before anybody decides: the API's dry run for pages."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from django.db import transaction

from portal.api.status import ApiError
from portal.events.log import capture
from provisioning.api.foresight import ProvisioningForesight


@dataclass(frozen=True, slots=True)
class Trial:
    """`changes` and `consequences` as a dry run answers them; `refusal` is why it would fail."""

    changes: list[dict[str, Any]] = field(default_factory=list)
    consequences: list[str] = field(default_factory=list)
    refusal: str = ""


def try_out(user: Any, act: Callable[[], object]) -> Trial:
    """Do it in a transaction that is taken back."""
    foresight = ProvisioningForesight()
    try:
        with transaction.atomic(), capture() as events:
            watched = foresight.watch(user)
            act()
            foreseen = foresight.tell(watched, events, user)
            transaction.set_rollback(True)
    except ApiError as refusal:
        return Trial(refusal=refusal.message)
    return Trial(changes=foreseen["changes"], consequences=foreseen["consequences"])
