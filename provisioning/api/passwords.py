"""ChangePassword and ResetPassword: base64 values in, statusCode out; the outcome is an event."""

import base64
import binascii
from collections.abc import Collection
from typing import Any

from portal.api.lockout import is_password_of
from portal.api.resources import Operation
from portal.api.roles import ADMINS, SUPERVISORS
from portal.api.status import ApiError, StatusCode, missing, out_of_range
from provisioning.models import User
from provisioning.requests import change_of_api_request
from provisioning.services import passwords

MAX_PASSWORD_LENGTH = 128


def change_password(request: Any, user: User, body: dict[str, Any]) -> None:
    _refuse_unknown(body, {"oldPassword", "newPassword"})
    if request.query_params.get("firstLogin", "false").lower() not in {"true", "false"}:
        raise out_of_range("firstLogin must be true or false")
    if request.user.change_password_on_first_login and user.pk != request.user.pk:
        raise ApiError(StatusCode.PASSWORD_CHANGE_DEMANDED, "Password change is demanded")
    old_password, new_password = _password(body, "oldPassword"), _password(body, "newPassword")
    change = change_of_api_request(request)
    if not is_password_of(request._request, user, old_password):
        passwords.refuse_old_password(change=change, user=user)
    passwords.change_password(
        change=change, user=user, old_password=old_password, new_password=new_password
    )


def reset_password(request: Any, user: User, body: dict[str, Any]) -> None:
    _refuse_unknown(body, {"newPassword", "changePasswordOnFirstLogin"})
    demands_change = body.get("changePasswordOnFirstLogin")
    if demands_change is not None and not isinstance(demands_change, bool):
        raise out_of_range("changePasswordOnFirstLogin must be true or false")
    passwords.reset_password(
        change=change_of_api_request(request),
        user=user,
        new_password=_password(body, "newPassword"),
        demands_change=demands_change,
    )


def _refuse_unknown(body: dict[str, Any], known: Collection[str]) -> None:
    if unknown := sorted(body.keys() - {"operationName", *known}):
        raise out_of_range(f"Unknown property: {', '.join(unknown)[:300]}")


def _password(body: dict[str, Any], name: str) -> str:
    encoded = body.get(name)
    if encoded is None:
        raise missing(name)
    try:
        password = base64.b64decode(encoded, validate=True).decode()
    except (TypeError, ValueError, binascii.Error) as error:
        raise out_of_range(f"{name} must be encoded as base64") from error
    if not 1 <= len(password) <= MAX_PASSWORD_LENGTH:
        raise out_of_range(f"{name} must have 1 to {MAX_PASSWORD_LENGTH} characters")
    return password


CHANGE_OWN_PASSWORD = Operation(
    name="ChangePassword", run=change_password, help="oldPassword, newPassword: in base64."
)
CHANGE_PASSWORD = Operation(
    name="ChangePassword",
    run=change_password,
    roles=SUPERVISORS,
    help="oldPassword, newPassword: in base64.",
)
RESET_PASSWORD = Operation(
    name="ResetPassword", run=reset_password, roles=ADMINS, help="newPassword: in base64."
)
