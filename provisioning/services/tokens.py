"""Tokens for programs. The text is shown once, to whoever makes it; only its hash is stored."""

import hashlib
import secrets
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from portal.api.status import ApiError, StatusCode, not_found, out_of_range
from provisioning.change import Change
from provisioning.events import ProvisioningChanged
from provisioning.models import ApiToken, User
from provisioning.services.recording import Facts, changed, facts, record
from provisioning.services.users import lock_user

# By this, people and scanners of repositories recognise a token that lies around.
PREFIX = "ccportal_"
_RANDOM_BYTES = 32
_USE_IS_NOTED_EVERY = timedelta(minutes=1)
_NOT_TOLD = frozenset({"token_hash", "last_used_at"})


@dataclass(frozen=True, slots=True)
class NewToken:
    token: ApiToken
    text: str


@transaction.atomic
def create_token(
    *,
    change: Change,
    user: User,
    name: str,
    roles: Collection[str] | None = None,
    valid_until: datetime | None = None,
) -> NewToken:
    """A token that acts as the user; without `roles` with all that the user has now.

    Raises ApiError 3 for a cloud admin, whose rights are not roles and cannot be limited, 10 for
    roles that the user has not and for a time that is over or too far away, 6 where the user has
    gone.
    """
    limit = user.roles_limit
    user = lock_user(user)
    if user.is_superuser or limit is not None:
        raise ApiError(StatusCode.FORBIDDEN, "Cloud admins and tokens cannot make tokens")
    wanted = user.roles if roles is None else roles
    if not wanted or not set(wanted).issubset(user.roles):
        raise out_of_range("roles must be some of the user's own")
    text = PREFIX + secrets.token_urlsafe(_RANDOM_BYTES)
    token = ApiToken(
        user=user,
        name=name,
        token_hash=_hash(text),
        valid_until=_end(valid_until),
        **{column: role in wanted for role, column in User.ROLE_COLUMNS.items()},
    )
    token.save(force_insert=True)
    record(_token_changed(change, token, before=None, after=_facts(token)))
    return NewToken(token, text)


@transaction.atomic
def revoke_token(*, change: Change, token: ApiToken) -> None:
    """The token works no more. Raises ApiError 6 where it has gone already."""
    locked: ApiToken | None = (
        ApiToken.objects.select_for_update(of=("self",))
        .select_related("user")
        .filter(pk=token.pk)
        .first()
    )
    if locked is None:
        raise not_found("token")
    event = _token_changed(change, locked, before=_facts(locked), after=None)
    locked.delete()
    record(event)


def holder_of(text: str) -> tuple[User, ApiToken] | None:
    """Whom a request with this token acts as, limited to its roles; None where it does not work.

    It is found by its hash: how long that takes tells nothing of the text.
    """
    if not text.startswith(PREFIX):
        return None
    now = timezone.now()
    token: ApiToken | None = (
        ApiToken.objects.select_related("user__contact_center")
        .filter(token_hash=_hash(text), valid_until__gt=now)
        .filter(user__is_active=True, user__is_superuser=False)
        .first()
    )
    if token is None:
        return None
    _note_use(token, now)
    user: Any = token.user
    user.roles_limit = frozenset(token.roles)
    return user, token


def _note_use(token: ApiToken, now: datetime) -> None:
    """Write when the token was last used, but not with each of a thousand requests."""
    earlier = now - _USE_IS_NOTED_EVERY
    if token.last_used_at is None or token.last_used_at <= earlier:
        unnoted = Q(last_used_at=None) | Q(last_used_at__lte=earlier)
        ApiToken.objects.filter(unnoted, pk=token.pk).update(last_used_at=now)


def _end(wanted: datetime | None) -> datetime:
    now = timezone.now()
    latest = now + timedelta(days=settings.API_TOKEN_MAX_DAYS)
    if wanted is None:
        return min(now + timedelta(days=settings.API_TOKEN_DAYS), latest)
    if not now < wanted <= latest:
        raise out_of_range(
            f"validUntil must be in the future, at most {settings.API_TOKEN_MAX_DAYS} days away"
        )
    return wanted


def _hash(text: str) -> str:
    """No salt and no slow hash: nobody can guess 256 random bits."""
    return hashlib.sha256(text.encode()).hexdigest()


def _facts(token: ApiToken) -> Facts:
    return {name: value for name, value in facts(token).items() if name not in _NOT_TOLD}


def _token_changed(
    change: Change, token: ApiToken, *, before: Facts | None, after: Facts | None
) -> ProvisioningChanged:
    return changed(
        change,
        contact_center_id=token.user.contact_center_id,
        resource="tokens",
        object_id=token.pk,
        before=before,
        after=after,
    )
