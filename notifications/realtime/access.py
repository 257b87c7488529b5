"""Whose own state a socket shows: asked when it connects, and again and again while it is open."""

from typing import Any
from uuid import UUID

from channels.db import database_sync_to_async

from portal.api.features import features_of

FEATURE = "api-voice"


@database_sync_to_async  # type: ignore[untyped-decorator]
def watched_self(user: Any) -> tuple[UUID, UUID] | None:
    """The user's and the contact center's id, or None where there is nothing to show."""
    if not user.is_authenticated or user.contact_center_id is None:
        return None
    if user.change_password_on_first_login or FEATURE not in features_of(user):
        return None
    return user.pk, user.contact_center_id
