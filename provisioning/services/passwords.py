"""Changing and resetting passwords. The outcome is announced, a refusal too.

Source: seed 003 "Change Password", "Reset Password"; seed 004 "User".
"""

import contextlib
import enum
from collections.abc import Iterator

from django.db import transaction

from portal.api.status import ApiError, StatusCode
from portal.events.log import publish
from provisioning.change import Change
from provisioning.events import PasswordChanged
from provisioning.models import User
from provisioning.services.recording import assign_fields, facts, record
from provisioning.services.users import lock_user, protect_staff, set_password, user_changed

SUCCESS, ERROR = "PasswordChangeSuccessful", "PasswordChangeError"


class Reason(enum.IntEnum):
    """Why a password was not changed; the numbers are seed 004's."""

    AGAINST_THE_RULES = 1
    WRONG_OLD_PASSWORD = 2
    INTERNAL_ERROR = 3


class PasswordRefusedError(ApiError):
    """A refusal that the user is told of."""

    def __init__(self, reason: Reason, message: str) -> None:
        super().__init__(StatusCode.OUT_OF_RANGE, message)
        self.reason = reason


def change_password(*, change: Change, user: User, old_password: str, new_password: str) -> None:
    """A new password for whoever knows the old one; nothing demands another change after it.

    Sessions of the user stay. Raises ApiError 10 where the old password is wrong or the new one
    breaks the rules, 6 where the user has gone.
    """
    with _announcing_refusal(change, user), transaction.atomic():
        locked = lock_user(user)
        if not locked.check_password(old_password):
            raise wrong_old_password()
        _replace(change, locked, new_password, demands_change=False)


def reset_password(
    *, change: Change, user: User, new_password: str, demands_change: bool | None = None
) -> None:
    """A new password without the old one. `demands_change` is left as it is where None.

    Raises ApiError 10 where the password breaks the rules, 6 where the user has gone, 3 where the
    user may use django-admin and the actor is no cloud admin.
    """
    with _announcing_refusal(change, user), transaction.atomic():
        locked = lock_user(user)
        protect_staff(change, locked)
        _replace(change, locked, new_password, demands_change=demands_change)


def refuse_old_password(*, change: Change, user: User) -> None:
    """Refuse and announce a wrong old password that was found out elsewhere."""
    with _announcing_refusal(change, user):
        raise wrong_old_password()


def wrong_old_password() -> PasswordRefusedError:
    return PasswordRefusedError(Reason.WRONG_OLD_PASSWORD, "The old password is not correct")


def _replace(change: Change, user: User, password: str, *, demands_change: bool | None) -> None:
    before = facts(user)
    try:
        set_password(user, password)
    except ApiError as error:
        raise PasswordRefusedError(Reason.AGAINST_THE_RULES, error.message) from error
    if demands_change is not None:
        user.change_password_on_first_login = demands_change
    assign_fields(user, {})
    user.save()
    record(user_changed(change, user, before=before, after=facts(user)))
    publish(_outcome(change, user, SUCCESS))


@contextlib.contextmanager
def _announcing_refusal(change: Change, user: User) -> Iterator[None]:
    """Announce what fails, in a transaction of its own: nothing else of the attempt stays."""
    try:
        yield
    except PasswordRefusedError as refusal:
        _announce(_outcome(change, user, ERROR, refusal.reason, refusal.message))
        raise
    except ApiError:
        raise
    except Exception:
        _announce(_outcome(change, user, ERROR, Reason.INTERNAL_ERROR, "Internal server error"))
        raise


@transaction.atomic
def _announce(outcome: PasswordChanged) -> None:
    publish(outcome)


def _outcome(
    change: Change, user: User, outcome: str, reason: Reason | None = None, message: str = ""
) -> PasswordChanged:
    return PasswordChanged(
        contact_center_id=str(user.contact_center_id) if user.contact_center_id else None,
        user_id=str(user.pk),
        actor_id=str(change.actor.pk) if change.actor else None,
        outcome=outcome,
        error_code=None if reason is None else int(reason),
        error_message=message,
    )
