"""Who may do what: a table of roles for each action, read by views, pages, docs and tests alike."""

import enum
from typing import Any


class Role(enum.StrEnum):
    ADMIN = "ROLE_ADMIN"
    SUPERVISOR = "ROLE_SUPERVISOR"
    AGENT = "ROLE_AGENT"
    # No role that users can be given: whoever stands above all contact centers (a superuser).
    CLOUD_ADMIN = "cloud admin"


class Action(enum.StrEnum):
    """`LIST` falls back to `READ` where a table does not name it."""

    LIST = "list"
    READ = "read"
    CREATE = "create"
    UPDATE = "update"
    DELETE = "delete"


Roles = frozenset[Role]

EVERYONE: Roles = frozenset(Role)
SUPERVISORS: Roles = frozenset({Role.SUPERVISOR, Role.ADMIN})
ADMINS: Roles = frozenset({Role.ADMIN})
CLOUD_ADMINS: Roles = frozenset({Role.CLOUD_ADMIN})
NOBODY: Roles = frozenset()


def has_role(user: Any, roles: Roles) -> bool:
    """Whether the user has one of the roles; the cloud admin (a superuser) has all of them."""
    if not user.is_authenticated:
        return False
    return bool(user.is_superuser and roles) or not roles.isdisjoint(user.roles)
