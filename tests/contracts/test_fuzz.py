"""Nonsense, sent to every write: refused, never a 5xx; a refusal changes nothing, and nothing
that is sent changes another contact center.
"""

import json
import re
from typing import Any
from urllib.parse import quote

import pytest
from django.apps import apps
from django.db import models, transaction
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from portal.api.permissions import Permission, api_addresses, permissions
from portal.api.views import ResourceView
from portal.events.models import EventRecord
from provisioning.models import User
from tests.conftest import ApiClient
from tests.contracts.scene import Scene, Things, build_scene

WRITES = [one for one in permissions() if one.method != "GET" and not one.value]
ROOMS = ("provisioning", "telephony", "notifications", "supervision", "events")
# What all share, and what statistics make of events.
SHARED = {
    "DefinitionSet",
    "Heartbeat",
    "ReaderPosition",
    "StatisticHistory",
    "StatisticName",
    "StatisticValue",
    "StatisticsCheckpoint",
}
# Keys that bodies may have whatever the resource.
KEYS = (
    *("uris", "paths", "ids", "uri", "path", "id", "settings", "key", "value", "percentage"),
    *("operationName", "oldPassword", "newPassword", "channels", "place", "scope", "callRecording"),
    *("displayName", "state", "workMode", "reason", "allowedOrigins", "country", "timeZone"),
)
DEEP: Any = "bottom"
for level in range(200):
    DEEP = [DEEP] if level % 2 else {"a": DEEP}
TEXTS = st.one_of(
    st.text(st.characters(exclude_categories=["Cs"]), max_size=12),
    st.sampled_from(["", " ", "\0", "a\0b", "%s", "../..", "'; --", "🙂" * 100, "x" * 70_000]),
)
SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(min_value=-(2**63), max_value=2**64 - 1),
    st.floats(allow_nan=False, allow_infinity=False),
    TEXTS,
)
# What Python writes as JSON, and no JSON parser need accept.
NO_JSON = st.sampled_from(["\ud800", "x\udfff", 2**70, -(2**70), float("nan"), float("inf"), DEEP])


# --- Rows -----------------------------------------------------------------------------------------
def tables() -> list[type[models.Model]]:
    return [
        model
        for room in ROOMS
        for model in apps.get_app_config(room).get_models()
        if model._meta.managed
    ]


def path_to_centre(model: type[models.Model]) -> str | None:
    """The lookup from a row to its contact center's id."""
    names = {field.name for field in model._meta.concrete_fields}
    if model.__name__ == "ContactCenter":
        return "pk"
    if "contact_center" in names:
        return "contact_center"
    if "contact_center_id" in names:
        return "contact_center_id"
    for field in model._meta.concrete_fields:
        above = field.related_model
        if above is not None and above is not model and (path := path_to_centre(above)):
            return f"{field.name}__{path}"
    return None


def rows_of(centre_id: Any = None) -> dict[str, list[tuple[Any, ...]]]:
    """Everything that is stored, or all that belongs to a contact center."""
    found = {}
    for model in tables():
        path = path_to_centre(model)
        rows: Any = model._default_manager.order_by("pk")
        if centre_id is not None:
            if path is None:
                continue
            rows = rows.filter(**{path: centre_id})
        if model is EventRecord:
            # That a password could not be changed is told, and changes nothing.
            rows = rows.exclude(kind="user.password_changed")
        found[model.__name__] = list(rows.values_list())
    return found


# --- What is sent ---------------------------------------------------------------------------------
def known_keys(address: str) -> tuple[str, ...]:
    view = next(view for at, view in api_addresses() if at == address)
    if not isinstance(view, ResourceView):
        return KEYS
    relation: Any = getattr(view, "relation", None)
    resource = relation.resource if relation else view.resource
    return (*(field.name for field in resource.fields), resource.plural, *KEYS)


def references(things: Things) -> list[str]:
    known = {**things.common, **things.owners}
    return [
        reference
        for name, one in known.items()
        if not str(name).count(" ")
        for reference in (
            str(one),
            f"/{name}/{one}",
            f"http://testserver/api/v2/{name}/{one}",
        )
    ]


def values(scene: Scene) -> st.SearchStrategy[Any]:
    ids = st.sampled_from(references(scene.blue) + references(scene.red))
    leaves = st.one_of(SCALARS, ids, ids, st.sampled_from(["5", "ROLE_ADMIN", "voice", "On"]))
    return st.recursive(
        leaves,
        lambda inner: st.one_of(
            st.lists(inner, max_size=3),
            st.dictionaries(st.one_of(st.sampled_from(KEYS), TEXTS), inner, max_size=3),
        ),
        max_leaves=6,
    )


def bodies(scene: Scene, permission: Permission) -> st.SearchStrategy[bytes]:
    keys = st.one_of(
        st.sampled_from(known_keys(permission.address)),
        st.sampled_from(known_keys(permission.address)),
        TEXTS,
    )
    operation = {"operationName": permission.operation} if permission.operation else {}
    written = st.dictionaries(keys, values(scene), max_size=6).map(
        lambda body: json.dumps({**body, **operation}).encode()
    )
    odd = st.dictionaries(keys, NO_JSON, min_size=1, max_size=2).map(
        lambda body: json.dumps({**body, **operation}).encode()
    )
    no_object = values(scene).map(lambda value: json.dumps(value).encode())
    return st.one_of(*[written] * 6, odd, no_object, st.binary(max_size=20))


def ids_in_address(scene: Scene) -> st.SearchStrategy[str | None]:
    """What stands where the address has its last parameter; None: the right thing."""
    foreign = st.sampled_from([str(one) for one in scene.blue.common.values()])
    return st.one_of(st.none(), st.none(), foreign, TEXTS.map(lambda text: text[:300]))


def queries() -> st.SearchStrategy[str]:
    return st.sampled_from(
        ["", "", "", "?dryRun=true", "?dryRun=maybe", "?contactCenterId=x", "?firstLogin=true"]
    )


# --- The tests ------------------------------------------------------------------------------------
@pytest.fixture
def scene(db: None) -> Scene:
    scene = build_scene()
    # Every role: what is refused is refused for what is sent.
    for column in User.ROLE_COLUMNS.values():
        setattr(scene.red.owner, column, True)
    scene.red.owner.save()
    return scene


def check(scene: Scene, permission: Permission, *, count: int, is_repeatable: bool) -> None:
    client = ApiClient(scene.red.owner)
    client.get("/api/v2/me")
    everything, others = rows_of(), rows_of(scene.blue.owner.contact_center_id)

    @settings(
        max_examples=count,
        derandomize=is_repeatable,
        database=None,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(bodies(scene, permission), ids_in_address(scene), queries())
    @example(json.dumps({"name": DEEP, "settings": DEEP}).encode(), None, "")
    @example(b'{"name":"\\ud800","uris":["\\ud800"],"operationName":"\\ud800"}', None, "")
    def send(body: bytes, last: str | None, query: str) -> None:
        address = scene.red.at(permission.address)
        if last is not None and permission.address.endswith("}"):
            address = address.rpartition("/")[0] + "/" + quote(last, safe="", errors="replace")
        with transaction.atomic():
            answer = client.generic(
                permission.method, address + query, body, content_type="application/json"
            )
            try:
                assert answer.status_code < 500, answer.body
                assert 0 <= answer.body["statusCode"] <= 20
                if answer.body["statusCode"] not in {0, 7}:
                    assert answer.status_code >= 400
                    assert rows_of() == everything
                else:
                    assert rows_of(scene.blue.owner.contact_center_id) == others
            finally:
                transaction.set_rollback(True)

    send()


def name_of(permission: Permission) -> str:
    return re.sub(r"\s", "-", f"{permission.method}-{permission.address}-{permission.operation}")


@pytest.mark.parametrize("permission", WRITES, ids=name_of)
def test_nonsense_is_refused_and_changes_nothing(scene, permission):
    check(scene, permission, count=8, is_repeatable=True)


@pytest.mark.services
@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.parametrize("permission", WRITES, ids=name_of)
def test_much_nonsense_is_refused_and_changes_nothing(scene, permission):
    check(scene, permission, count=12, is_repeatable=True)


def test_every_row_belongs_to_a_contact_center_or_to_all() -> None:
    """Else a change of another contact center's rows would not be seen here."""
    assert {model.__name__ for model in tables() if path_to_centre(model) is None} == SHARED
