"""Every request of every role, about own things and another contact center's: docs/permissions.md.

An address that is new fails here until its declaration says who may use it, and `scene.py` has
an example of what stands at it.
"""

import orjson
import pytest
from django.db import transaction

from portal.api.permissions import (
    METHODS,
    Permission,
    api_addresses,
    as_markdown,
    methods_at,
    permissions,
)
from portal.api.roles import Role
from provisioning.models import User
from tests.conftest import ApiClient
from tests.contracts.scene import Scene, Things, build_scene
from tests.processes import ROOT

GRANTED, NO_PERMISSION, NOT_FOUND, NOT_AUTHENTICATED = "granted", 5, 6, 20
ROLES = (Role.AGENT, Role.SUPERVISOR, Role.ADMIN)
# Named the same in every contact center: there is no wall around a name.
NAMES = ("/features/", "/settings/{", "/channels/", "/system/")

# Agents see their own plans only, and what stands in the scene is a colleague's.
COLLEAGUES_PLANS = "/users/{parent_id}/planned-skills/"


@pytest.fixture
def scene(db: None) -> Scene:
    return build_scene()


def in_role(user: User, role: Role) -> User:
    for one, column in User.ROLE_COLUMNS.items():
        setattr(user, column, one == role)
    user.save()
    return user


def answer_to(client: ApiClient, permission: Permission, things: Things) -> object:
    """The statusCode of a refusal that is about permission, "granted" for any other answer."""
    address = things.at(permission.address)
    if permission.value:
        address = f"{address.rpartition('/')[0]}/{permission.value}"
    body = {"operationName": permission.operation} if permission.operation else None
    with transaction.atomic():
        answer = client.generic(
            permission.method,
            address,
            orjson.dumps(body) if body else b"",
            content_type="application/json",
        )
        transaction.set_rollback(True)
    if answer.body is None:
        assert answer.status_code == 200, address
        return GRANTED
    code = answer.body["statusCode"]
    assert answer.status_code not in {405, 500}, (permission, answer.body)
    return code if code in {NO_PERMISSION, NOT_FOUND, NOT_AUTHENTICATED} else GRANTED


def names_an_object(permission: Permission) -> bool:
    return "{" in permission.address and not any(name in permission.address for name in NAMES)


def test_nobody_in_particular(scene, api):
    for permission in permissions():
        expected = GRANTED if permission.is_open else NOT_AUTHENTICATED

        assert answer_to(api, permission, scene.red) == expected, permission


@pytest.mark.parametrize("role", ROLES)
def test_what_is_ones_own_contact_centers(scene, api, role):
    client = api.by(in_role(scene.red.owner, role))

    for permission in permissions():
        allowed = {GRANTED if role in permission.roles else NO_PERMISSION}
        is_below_me = permission.address.startswith("/api/v2/me/")
        is_owners = permission.operation or not permission.roles or is_below_me
        if permission.oneself and is_owners and role not in permission.roles:
            # The owner's is his; of the colleague's, agents do not even know.
            is_own = "/users/" not in permission.address
            allowed = {GRANTED} if is_own else {NO_PERMISSION, NOT_FOUND}
        if role == Role.AGENT and COLLEAGUES_PLANS in permission.address:
            allowed.add(NOT_FOUND)

        assert answer_to(client, permission, scene.red) in allowed, permission


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("side", ["red", "blue"])
def test_what_is_another_contact_centers(scene, api, role, side):
    theirs, own = (scene.red, scene.blue) if side == "red" else (scene.blue, scene.red)
    client = api.by(in_role(own.owner, role))

    for permission in filter(names_an_object, permissions()):
        allowed = {NOT_FOUND} if role in permission.roles else {NO_PERMISSION}
        if permission.oneself:
            # To know whether it is oneself, it is looked for, and not there.
            allowed.add(NOT_FOUND)

        assert answer_to(client, permission, theirs) in allowed, permission


def test_the_cloud_admin(scene, api):
    client = api.by(scene.cloud_admin)

    for permission in permissions():
        if not permission.roles and not permission.oneself:
            allowed = {NO_PERMISSION}
        elif names_an_object(permission):
            allowed = {NOT_FOUND}
        else:
            # Lists are empty; what a contact center must be there for is refused with 2 or 6.
            allowed = {GRANTED, NOT_FOUND}

        assert answer_to(client, permission, scene.red) in allowed, permission


@pytest.mark.parametrize("role", ROLES)
def test_oneself(scene, api, role):
    things = scene.red
    client = api.by(in_role(things.owner, role))
    own = Things(
        things.owner,
        things.common | {"users": things.owner.pk.hex, "stats": things.owner.pk.hex},
        things.owners | {things.owner.pk.hex: "CurrentAgentState"},
        things.colleagues,
    )

    for permission in permissions():
        if permission.oneself:
            assert answer_to(client, permission, own) in {GRANTED, NOT_FOUND}, permission


def test_what_does_not_stand_in_the_table_is_not_there(scene, api):
    granted = {(one.address, one.method) for one in permissions()}
    clients = [api.by(in_role(scene.red.owner, Role.ADMIN)), api.by(scene.cloud_admin)]

    for address, view in api_addresses():
        offered = methods_at(view)
        assert {(address, method) for method in offered} <= granted, (
            f"{address}: declare who may use it (`roles`, or the resource's `permissions`)."
        )
        for method in {*METHODS, "PATCH"} - {one for at, one in granted if at == address}:
            for client in clients:
                answer = client.generic(method, scene.red.at(address))
                assert answer.status_code == 405, (address, method)


def test_the_document_is_up_to_date():
    document = (ROOT / "docs" / "permissions.md").read_text()

    assert document == as_markdown(permissions()), "manage.py permissions > docs/permissions.md"
