"""Who may open a page: grants that pages and navigation declare, and one reader of them."""

from dataclasses import dataclass
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404

from portal.api.features import features_of
from portal.api.roles import Roles, has_role


@dataclass(frozen=True, slots=True)
class Grant:
    """Roles that may open a page where the contact center has the feature; None is always there."""

    roles: Roles
    feature: str | None = None


Grants = tuple[Grant, ...]


def may_open(user: Any, grants: Grants) -> bool:
    features = features_of(user)
    return any(
        has_role(user, grant.roles) and (grant.feature is None or grant.feature in features)
        for grant in grants
    )


def require_access(user: Any, grants: Grants) -> None:
    """Refuse as the API does: 403 for the wrong role, 404 for a feature that is not there."""
    if may_open(user, grants):
        return
    if any(has_role(user, grant.roles) for grant in grants):
        raise Http404
    raise PermissionDenied
