from dataclasses import dataclass
from typing import Any

from portal.events.log import Event


@dataclass(frozen=True, kw_only=True, slots=True)
class ProvisioningChanged(Event, kind="provisioning.changed"):
    """Something a contact center is made of was created, updated, deleted, assigned or unassigned.

    `resource` is the collection's name, or two of them for what connects their objects: users,
    user-skills. `before` and `after` map the model's attributes to JSON values; None where the
    object did not or does not exist.
    """

    resource: str
    object_id: str
    action: str
    before: dict[str, Any] | None
    after: dict[str, Any] | None
    actor_id: str | None
    actor_name: str
    origin: str
    request_id: str
    reason: str


@dataclass(frozen=True, kw_only=True, slots=True)
class ServiceStateChanged(Event, kind="service.state_changed"):
    """A service became Active, Inactive or ReadOnly."""

    service_id: str
    name: str
    type: str
    state: str


@dataclass(frozen=True, kw_only=True, slots=True)
class PasswordChanged(Event, kind="user.password_changed"):
    """A password was changed or reset, or the attempt was refused.

    `outcome` is PasswordChangeSuccessful or PasswordChangeError; then `error_code` is 1 (against
    the rules), 2 (wrong old password) or 3 (internal error). Source: seed 004 "User".
    """

    user_id: str
    actor_id: str | None
    outcome: str
    error_code: int | None
    error_message: str
