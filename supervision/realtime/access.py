"""Who may watch: asked when a socket connects, and again and again while it is open."""

from typing import Any
from uuid import UUID

from channels.db import database_sync_to_async

from portal.api.features import features_of
from portal.api.roles import SUPERVISORS, has_role

FEATURE = "ui-wallboard"


@database_sync_to_async  # type: ignore[untyped-decorator]
def watched_center(user: Any) -> UUID | None:
    """The contact center that the user may watch, or None."""
    if not has_role(user, SUPERVISORS) or user.contact_center_id is None:
        return None
    if user.change_password_on_first_login or FEATURE not in features_of(user):
        return None
    center_id: UUID = user.contact_center_id
    return center_id
