"""Who may send what to which address: read from the declarations, written as one table.

`manage.py permissions` writes docs/permissions.md; tests/contracts/test_permissions.py asks every
address as every role and compares. An address that declares nothing is left out, and so refused
by the test.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from django.urls import URLPattern, URLResolver, get_resolver

from portal.api.collections import ListingView, RelationView
from portal.api.resources import Operation, Permissions, Resource
from portal.api.roles import EVERYONE, NOBODY, Action, Role, Roles
from portal.api.views import ApiView, ResourceView, SingleView

METHODS = ("GET", "POST", "PUT", "DELETE")
OWN = "/api/v2/me/"
_COLUMNS = (Role.AGENT, Role.SUPERVISOR, Role.ADMIN, Role.CLOUD_ADMIN)
_ACTIONS = {"POST": Action.CREATE, "PUT": Action.UPDATE, "DELETE": Action.DELETE}


@dataclass(frozen=True, slots=True, kw_only=True)
class Permission:
    """One kind of request, and the roles that it is granted to.

    `oneself`: whoever lacks the roles may send it about himself. `operation`: what the body's
    operationName says. `value`: the one value of the address's last parameter that this is about.
    """

    address: str
    method: str
    roles: Roles
    operation: str = ""
    oneself: bool = False
    is_open: bool = False
    value: str = ""


def permissions() -> list[Permission]:
    """Everything that is granted, in the order of the addresses."""
    found = [
        permission
        for address, view in api_addresses()
        for permission in _permissions_at(address, view)
    ]
    return sorted(found, key=lambda one: (one.address, METHODS.index(one.method), one.operation))


def api_addresses() -> Iterator[tuple[str, Any]]:
    """Every address below /api/ with its view, made as for a request."""
    for route, callback in _routes(get_resolver().url_patterns, ""):
        if route.startswith("api/"):
            address = "/" + re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", route)
            options = getattr(callback, "view_initkwargs", None) or {}
            yield address, callback.view_class(**options)


def _routes(patterns: Iterable[Any], prefix: str) -> Iterator[tuple[str, Any]]:
    for pattern in patterns:
        route = prefix + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from _routes(pattern.url_patterns, route)
        elif isinstance(pattern, URLPattern):
            yield route, pattern.callback


def methods_at(view: Any) -> list[str]:
    return [
        method
        for method in METHODS
        if method.lower() in view.http_method_names and hasattr(view, method.lower())
    ]


def _permissions_at(address: str, view: Any) -> Iterator[Permission]:
    if not isinstance(view, ApiView):
        yield Permission(address=address, method="GET", roles=EVERYONE, is_open=True)
        return
    for method in methods_at(view):
        if isinstance(view, ResourceView):
            yield from _of_resource(address, method, view)
        elif (declared := view.roles.get(method)) is not None:
            yield Permission(
                address=address,
                method=method,
                roles=declared,
                oneself=method in view.granted_to_oneself,
                is_open=not view.permission_classes,
            )
            for value, narrower in view.narrower_roles.items():
                if declared & narrower != declared:
                    yield Permission(
                        address=address, method=method, roles=declared & narrower, value=value
                    )


def _of_resource(address: str, method: str, view: Any) -> Iterator[Permission]:
    resource: type[Resource] = view.resource
    if isinstance(view, RelationView) and method == "POST" and "{object_id}" in address:
        yield from _operations(address, _offered(view.relation.resource))
        return
    if isinstance(view, SingleView) and method == "POST":
        yield from _operations(address, _offered(resource))
        if not resource.post_updates:
            return
    yield Permission(
        address=address,
        method=method,
        roles=_granted(address, method, view),
        oneself=_is_update(method, view) and bool(resource.own_fields),
    )


def _offered(resource: type[Resource]) -> list[Operation]:
    fallback = [resource.fallback_operation] if resource.fallback_operation else []
    return [*resource.operations, *fallback]


def _operations(address: str, operations: Iterable[Operation]) -> Iterator[Permission]:
    for one in operations:
        yield Permission(
            address=address,
            method="POST",
            roles=one.others if one.is_for_owner else one.roles,
            operation=one.name,
            oneself=one.is_for_owner,
        )


def _is_update(method: str, view: Any) -> bool:
    return isinstance(view, SingleView) and method in {"POST", "PUT"}


def _granted(address: str, method: str, view: Any) -> Roles:
    action = _ACTIONS.get(method, Action.READ)
    if isinstance(view, RelationView):
        is_own = action is Action.READ and address.startswith(OWN)
        granted: Permissions = view.relation.permissions
        return EVERYONE if is_own else granted.get(action, NOBODY)
    table: Permissions = view.resource.permissions
    if _is_update(method, view):
        return table.get(Action.UPDATE, NOBODY)
    if method == "GET" and isinstance(view, ListingView) and Action.LIST in table:
        return table[Action.LIST]
    return table.get(action, NOBODY)


# --- the table ---

_HEAD = """# Who may do what

Made by `manage.py permissions > docs/permissions.md` from the declarations in the code. A test
compares it with them; another sends every request as every role.

- **yes**: served, as far as the request itself is in order. **oneself**: about the own user, or
  the own device, only (of the user, names and password can be written). A number is the
  `statusCode` of the refusal; 5: no permission (HTTP 403).
- Nobody in particular gets 20 (HTTP 401) everywhere but at the addresses that are **open**.
- What is another contact center's is 6 (HTTP 404) to whoever would be served for what is his own,
  and to the cloud admin, who is in none. Whoever lacks the role gets 5 for any id.
- A method that does not stand here is 405. What a contact center has no feature for is 6.
- Below `/me` stands what is one's own. Of devices, places and tokens, agents see their own
  only; all else is 6 to them.

| address | request | agent | supervisor | admin | cloud admin |
|---|---|---|---|---|---|
"""


def as_markdown(found: Iterable[Permission]) -> str:
    return _HEAD + "".join(f"| {' | '.join(_cells(one))} |\n" for one in found)


def _cells(one: Permission) -> list[str]:
    address = one.address
    if one.value:
        address = re.sub(r"\{\w+\}$", one.value, address)
    request = f"{one.method} {one.operation}".strip()
    if one.is_open:
        return [f"`{address}`", request, *["open"] * 4]
    cells = [_cell(one, role) for role in _COLUMNS]
    return [f"`{address}`", request, *cells]


def _cell(one: Permission, role: Role) -> str:
    # The cloud admin has whatever role there is.
    if role in one.roles or (role is Role.CLOUD_ADMIN and one.roles):
        return "yes"
    return "oneself" if one.oneself else "5"
