"""`/settings/agent-states`. Source: seed 001 "Agent State Operations"; seed 003 "Agent States"."""

import re

import pytest

from provisioning.models import AgentState, ChangeLogEntry
from tests.factories import AgentStateFactory

pytestmark = pytest.mark.django_db

PATH = "/api/v2/settings/agent-states"
DONE = {"statusCode": 0}
TRAINING = {
    "operationName": "Training",
    "displayName": "Training",
    "state": "NotReady",
    "workMode": "AuxWork",
    "reason": "Training",
}
SYSTEM = [
    {
        "id": "D3663509-3D82-4DD3-A82E-2EA8EFA02AEF",
        "operationName": "AfterCallWork",
        "displayName": "AfterCallWork",
        "state": "NotReady",
        "workMode": "AfterCallWork",
    },
    {
        "id": "2B36138D-C564-4562-A8CB-3C32D564F296",
        "operationName": "AuxWork",
        "displayName": "AuxWork",
        "state": "NotReady",
        "workMode": "AuxWork",
    },
    {
        "id": "900D55CC-2BB0-431F-8BF9-D3525B383BE6",
        "operationName": "NotReady",
        "displayName": "Not Ready",
        "state": "NotReady",
    },
    {
        "id": "0F7F5003-EF26-4D13-A6Ef-D0C7EC819BEB",
        "operationName": "Offline",
        "displayName": "Offline",
        "state": "Logout",
    },
    {
        "id": "9430250E-0A1B-421F-B372-F29E69366DED",
        "operationName": "Ready",
        "displayName": "Ready",
        "state": "Ready",
    },
]


def refusal(answer) -> tuple[int, int]:
    return answer.status_code, answer.body["statusCode"]


def own() -> list[AgentState]:
    return list(AgentState.objects.filter(is_system=False))


@pytest.fixture
def admin(api, world):
    return api.by(world.ann)


def test_the_seeds_examples_of_creating_and_reading(admin, api, world):
    assert admin.post(PATH, TRAINING).body == DONE

    for path in (PATH, "/api/v2/me/settings/agent-states"):
        answer = api.by(world.bob).get(path)
        identity = answer.body["settings"][-1].pop("id")
        assert answer.body == {
            "statusCode": 0,
            "settings": [*SYSTEM, TRAINING],
            "key": "operationName",
        }
        assert re.fullmatch(
            r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-.{12}", identity
        )


def test_the_seeds_examples_of_changing(admin):
    """Seed 003: a state without a work mode, renamed, then deleted."""
    lunch = {
        "operationName": "OutToLunch",
        "displayName": "Not Ready - Out to lunch",
        "state": "NotReady",
        "reason": "OutToLunch",
    }
    assert admin.post(PATH, {"settings": lunch}).body == DONE
    new_name = {"operationName": "OutToLunch", "displayName": "Not Ready - Lunch!"}
    assert admin.put(PATH, new_name).body == DONE
    [shown] = [one for one in admin.get(PATH).body["settings"] if one not in SYSTEM]
    assert {name: value for name, value in shown.items() if name != "id"} == {**lunch, **new_name}
    assert admin.delete(PATH, {"operationName": "OutToLunch"}).body == DONE
    assert admin.get(PATH).body["settings"] == SYSTEM
    entries = ChangeLogEntry.objects.filter(resource="agent-states").order_by("id")
    assert [entry.action for entry in entries] == ["created", "updated", "deleted"]


@pytest.mark.parametrize("name", [one["operationName"] for one in SYSTEM])
def test_the_systems_states_are_read_only(admin, name):
    assert refusal(admin.put(PATH, {"operationName": name, "displayName": "x"})) == (403, 3)
    assert refusal(admin.delete(PATH, {"operationName": name})) == (403, 3)
    assert refusal(admin.post(PATH, {**TRAINING, "operationName": name})) == (409, 18)
    assert admin.get(PATH).body["settings"] == SYSTEM


@pytest.mark.parametrize(
    ("sent", "code"),
    [
        ({"operationName": None}, 10),
        ({"operationName": ""}, 10),
        ({"operationName": "x" * 65}, 10),
        ({"displayName": 5}, 10),
        ({"state": "Logout"}, 10),
        ({"state": "Asleep"}, 10),
        ({"state": ["NotReady"]}, 10),
        ({"workMode": "ManualIn"}, 10),
        ({"workMode": "Nothing"}, 10),
        ({"state": "Ready"}, 10),
        ({"id": "9430250E-0A1B-421F-B372-F29E69366DED"}, 11),
        ({"colour": "red"}, 10),
    ],
)
def test_a_state_that_cannot_be(admin, sent, code):
    assert admin.post(PATH, {**TRAINING, **sent}).body["statusCode"] == code
    assert own() == []


@pytest.mark.parametrize("name", ["operationName", "displayName", "state"])
def test_what_a_state_needs(admin, name):
    sent = {key: value for key, value in TRAINING.items() if key != name}

    assert refusal(admin.post(PATH, sent)) == (400, 1)
    assert own() == []


@pytest.mark.parametrize(
    ("state", "work_modes"),
    [
        ("Ready", ["ManualIn", "AutoIn", "ReturnBack"]),
        ("NotReady", ["AfterCallWork", "AuxWork", "LegalGuard", "NoCallDisconnect", "WalkAway"]),
    ],
)
def test_the_work_modes_that_fit(admin, state, work_modes):
    for mode in work_modes:
        sent = {"operationName": mode + "2", "displayName": mode, "state": state, "workMode": mode}
        assert admin.post(PATH, sent).body == DONE
    assert len(own()) == len(work_modes)


def test_reasons_are_unique_and_absent_ones_are_none(admin):
    admin.post(PATH, TRAINING)
    for name in ("Lunch", "Dinner"):
        sent = {"operationName": name, "displayName": name, "state": "NotReady"}
        assert admin.post(PATH, sent).body == DONE

    again = {"operationName": "Lunch", "reason": "Training"}
    assert refusal(admin.put(PATH, again)) == (409, 18)
    assert refusal(admin.post(PATH, {**TRAINING, "operationName": "Course"})) == (409, 18)

    assert AgentState.objects.get(operation_name="Lunch").reason == ""
    assert len(own()) == 3


def test_a_change_must_leave_state_and_work_mode_fitting(admin):
    admin.post(PATH, TRAINING)

    assert refusal(admin.put(PATH, {"operationName": "Training", "state": "Ready"})) == (400, 10)
    assert [(one.state, one.work_mode) for one in own()] == [("NotReady", "AuxWork")]
    ready = {"operationName": "Training", "state": "Ready", "workMode": "", "reason": ""}
    assert admin.put(PATH, ready).body == DONE
    assert admin.get(PATH).body["settings"][-1]["state"] == "Ready"
    assert "workMode" not in admin.get(PATH).body["settings"][-1]


@pytest.mark.parametrize("method", ["put", "delete"])
@pytest.mark.parametrize(("sent", "code"), [({}, 1), ({"operationName": "Nothing"}, 6)])
def test_a_state_that_is_not_there(admin, method, sent, code):
    body = {"displayName": "x", **sent}

    assert getattr(admin, method)(PATH, body).body["statusCode"] == code


def test_an_agent_state_is_asked_for_by_its_operation_name(admin, api, world):
    admin.post(PATH, TRAINING)
    client = api.by(world.bob)
    client.post("/api/v2/me", {"operationName": "StartContactCenterSession"})

    answer = client.post("/api/v2/me/channels/voice", {"operationName": "Training"})

    assert answer.body["statusCode"] == 0


def test_agents_and_strangers_change_nothing(api, world):
    state = AgentStateFactory.create(contact_center=world.red)
    named = {"operationName": state.operation_name}

    for user in (world.bob, world.sue):
        client = api.by(user)
        for answer in (
            client.post(PATH, TRAINING),
            client.put(PATH, {**named, "displayName": "x"}),
            client.delete(PATH, named),
        ):
            assert refusal(answer) == (403, 5)
    eve = api.by(world.eve)
    assert refusal(eve.put(PATH, {**named, "displayName": "x"})) == (404, 6)
    assert refusal(eve.delete(PATH, named)) == (404, 6)
    assert eve.get(PATH).body["settings"] == SYSTEM
    assert own() == [state]


def test_the_number_of_queries_does_not_grow(admin, world, assert_constant_queries):
    assert_constant_queries(
        lambda: admin.get(PATH),
        add_rows=lambda: AgentStateFactory.create_batch(5, contact_center=world.red),
    )
