"""Settings hold any JSON and give it back; what the system's groups hold is checked."""

import math
from typing import Any

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as configured
from hypothesis import strategies as st

from portal.api.status import ApiError, StatusCode
from portal.events.models import EventRecord
from provisioning.change import Change
from provisioning.models import ChangeLogEntry, Setting, SettingsGroup, UserSetting
from provisioning.models.settings_group import SYSTEM_GROUPS
from provisioning.services import settings, user_settings
from provisioning.services.setting_rules import RULES
from tests.factories import SettingsGroupFactory

pytestmark = pytest.mark.django_db

CHANGE = Change(actor=None, origin="tests")
fuzzed = configured(
    max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)

texts = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=20)
scalars = (
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**63 - 1)
    # PostgreSQL gives larger ones back as whole numbers: the same to JSON, not to Python.
    | st.floats(-1e15, 1e15)
    | texts
)
anything = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(texts, inner, max_size=4),
    max_leaves=15,
)
KNOWN_KEYS = (
    *(key for rules in RULES.values() for key in rules),
    *("Break", "Ready", "IssueResolved"),
)
keys = texts.filter(str.strip)
contents = st.dictionaries(texts.filter(lambda name: name not in {"name", "settings"}), anything)


def count() -> int:
    return Setting.objects.count() + UserSetting.objects.count() + SettingsGroup.objects.count()


@pytest.fixture
def group(world) -> SettingsGroup:
    return SettingsGroupFactory.create(contact_center=world.red, name="any")


@fuzzed
@given(key=keys, content=contents, more=contents)
def test_any_json_is_given_back(api, world, group, key, content, more):
    # Examples share a transaction; what a failed one leaves must not fail the next.
    Setting.objects.all().delete()
    client, path = api.by(world.ann), "/api/v2/settings/any"

    assert client.post(path, {"name": key, **content}).body == {"statusCode": 0}
    assert client.get(path).body["settings"] == [{"name": key, **content}]
    assert client.put(path, {"settings": {"name": key, **more}}).body == {"statusCode": 0}
    assert client.get(path).body["settings"] == [{"name": key, **content, **more}]
    assert client.delete(path, {"name": key}).body == {"statusCode": 0}
    assert client.get(path).body["settings"] == []


@fuzzed
@given(key=keys, content=contents)
def test_any_json_of_a_users_own_is_given_back(api, world, group, key, content):
    UserSetting.objects.all().delete()
    path = f"/api/v2/users/{world.bob.pk}/settings/any"
    client = api.by(world.ann)

    assert client.post(path, {"name": key, **content}).body == {"statusCode": 0}
    mine = api.by(world.bob).get("/api/v2/me/settings/any").body["settings"]
    assert mine == [{"name": key, **content}]
    assert client.delete(path, {"name": key}).body == {"statusCode": 0}


@fuzzed
@given(
    name=st.sampled_from(sorted(SYSTEM_GROUPS)),
    method=st.sampled_from(["post", "put", "delete"]),
    key=st.sampled_from(KNOWN_KEYS) | anything,
    value=anything,
    more=st.dictionaries(texts, anything, max_size=3),
    wraps=st.booleans(),
)
def test_the_systems_groups_take_nonsense_calmly(api, world, name, method, key, value, more, wraps):
    attributes = {"name": key, "operationName": key, "value": value, "userData": value}
    attributes |= {"displayName": value, "state": "NotReady", "percentage": value, **more}
    body = {"settings": attributes} if wraps else attributes
    client = api.by(world.ann)

    for prefix in ("settings", f"users/{world.bob.pk}/settings"):
        answer = getattr(client, method)(f"/api/v2/{prefix}/{name}", body)
        assert answer.status_code in {200, 400, 403, 404, 405, 409}, answer.body
        assert client.get(f"/api/v2/{prefix}/{name}").status_code == 200
    assert client.get("/api/v2/me?subresources=settings").status_code == 200


@fuzzed
@given(body=st.dictionaries(st.sampled_from(["name", "displayName", "key", "x"]), anything))
def test_new_groups_take_nonsense_calmly(api, world, body):
    answer = api.by(world.ann).post("/api/v2/settings", body)

    assert answer.status_code in {200, 400, 409}, answer.body
    assert api.by(world.ann).get("/api/v2/settings").status_code == 200


@pytest.mark.parametrize("number", [1e300, -1e300, 2.0**63, 1e22, 7.066346808915297e16, 5e-324])
def test_large_and_small_numbers_are_given_back(api, world, group, number):
    client, path = api.by(world.ann), "/api/v2/settings/any"

    client.post(path, {"name": "x", "value": number})

    [shown] = client.get(path).body["settings"]
    assert math.isclose(shown["value"], number)


def test_a_refused_write_leaves_neither_row_nor_event(world, group):
    before = (count(), EventRecord.objects.count(), ChangeLogEntry.objects.count())
    voice: dict[str, Any] = {"change": CHANGE, "group": SYSTEM_GROUPS["voice"]}

    for content in ({"name": "dispositionKey", "value": ""}, {"value": "x"}, {"name": "x"}):
        with pytest.raises(ApiError):
            settings.create_setting(contact_center=world.red, content=content, **voice)
        with pytest.raises(ApiError):
            user_settings.create_user_setting(user=world.bob, content=content, **voice)

    after = (count(), EventRecord.objects.count(), ChangeLogEntry.objects.count())
    assert after == before


def test_a_group_that_has_gone_takes_no_more_settings(world, group):
    settings.delete_settings_group(change=CHANGE, group=SettingsGroup.objects.get(pk=group.pk))

    for write in (settings.create_setting, settings.update_setting):
        with pytest.raises(ApiError, check=lambda error: error.code is StatusCode.NOT_FOUND):
            write(change=CHANGE, contact_center=world.red, group=group, content={"name": "x"})
    with pytest.raises(ApiError, check=lambda error: error.code is StatusCode.NOT_FOUND):
        settings.delete_settings_group(change=CHANGE, group=group)
    assert count() == 0


def test_a_user_setting_of_a_user_who_has_gone(world, group):
    gone = type(world.bob)(pk=world.bob.pk, contact_center=world.red)
    world.bob.delete()

    with pytest.raises(ApiError, check=lambda error: error.code is StatusCode.NOT_FOUND):
        user_settings.create_user_setting(
            change=CHANGE, user=gone, group=group, content={"name": "x"}
        )
    assert not UserSetting.objects.exists()
