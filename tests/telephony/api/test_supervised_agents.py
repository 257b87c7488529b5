"""Supervisors see all agents of the contact center, and act on those whom they supervise."""

import pytest

from telephony.models import AgentSession, ContactCenterSession
from tests.factories import (
    DeviceFactory,
    GroupFactory,
    GroupMemberFactory,
    GroupSupervisorFactory,
    UserFactory,
)
from tests.telephony.factories import call_in, go_ready, make_queue

DONE = {"statusCode": 0}
NO_PERMISSION = (403, 5)


@pytest.fixture
def bob(world):
    go_ready(world.bob)
    return world.bob


@pytest.fixture
def sue(api, world):
    return api.by(world.sue)


def ask(client, user, operation, tail=""):
    return client.post(f"/api/v2/users/{user.pk.hex}{tail}", {"operationName": operation})


def refusal(answer):
    return answer.status_code, answer.body["statusCode"]


def state_of(user):
    return AgentSession.objects.get(user=user).display_name


def supervise(supervisor, *users):
    group = GroupFactory.create(contact_center=supervisor.contact_center, contains="users")
    GroupSupervisorFactory.create(group=group, user=supervisor)
    for user in users:
        GroupMemberFactory.create(group=group, user=user)
    return group


@pytest.mark.parametrize("tail", ["", "/channels/voice"])
@pytest.mark.parametrize(
    ("operation", "shown"), [("NotReady", "Not Ready"), ("AuxWork", "AuxWork")]
)
def test_a_supervisor_sets_an_agents_state(sue, bob, world, told, tail, operation, shown):
    told()
    answer = ask(sue, bob, operation, tail)

    assert answer.body == (DONE | {"status": "ok"} if tail else DONE)
    # The agent's own notifications are made from this event.
    [event] = told()
    assert (event.kind, event.user_id) == ("agent.notready", str(bob.pk))
    assert event.device["userState"]["displayName"] == shown
    assert event.device["id"] == str(world.bobs_phone.pk)


def test_a_supervisor_makes_an_agent_ready_and_the_waiting_call_rings(sue, world, bob, told):
    ask(sue, bob, "NotReady")
    call_in(make_queue(world.red))
    told()
    assert ask(sue, bob, "Ready").body == DONE
    assert [one.kind for one in told()] == ["agent.ready", "call.distributed", "call.ringing"]


@pytest.mark.parametrize(
    ("operation", "presence"), [("Offline", "LoggedOut"), ("EndContactCenterSession", "Inactive")]
)
def test_a_supervisor_logs_an_agent_out(sue, world, bob, told, operation, presence):
    call_in(make_queue(world.red))
    told()

    assert ask(sue, bob, operation).body == DONE

    assert [one.kind for one in told()] == ["call.ring_cancelled", "call.queued", "agent.logout"]
    assert AgentSession.objects.get(user=bob).presence == presence
    assert ContactCenterSession.objects.filter(user=bob).exists() == (presence == "LoggedOut")


def test_the_supervisors_own_sign_in_stays(world, bob, client):
    """It is his HTTP session that he asks with, and the agent's session that ends."""
    import base64

    credentials = base64.b64encode(b"sue@red.example:password").decode()
    first = client.get("/api/v2/me", headers={"Authorization": f"Basic {credentials}"})
    answer = client.post(
        f"/api/v2/users/{bob.pk.hex}",
        {"operationName": "EndContactCenterSession"},
        content_type="application/json",
        headers={"X-CSRF-TOKEN": first.headers["X-CSRF-TOKEN"]},
    )
    assert answer.json() == DONE
    assert client.get("/api/v2/me").status_code == 200


def test_do_not_disturb_of_an_agent(sue, bob):
    assert ask(sue, bob, "DoNotDisturbOn").body == DONE
    assert AgentSession.objects.get(user=bob).is_do_not_disturb
    assert ask(sue, bob, "DoNotDisturbOff", "/channels/voice").body["status"] == "ok"
    assert not AgentSession.objects.get(user=bob).is_do_not_disturb


class TestWhomTheySupervise:
    def test_the_users_of_his_groups(self, sue, world, bob):
        supervise(world.sue, bob)
        assert ask(sue, bob, "NotReady").body == DONE
        assert state_of(bob) == "Not Ready"

    def test_the_users_of_groups_below(self, sue, world, bob):
        top = supervise(world.sue)
        below = GroupFactory.create(contact_center=world.red, contains="users", parent=top)
        GroupMemberFactory.create(group=below, user=bob)
        assert ask(sue, bob, "NotReady").body == DONE

    @pytest.mark.parametrize("operation", ["NotReady", "Offline", "EndContactCenterSession"])
    @pytest.mark.parametrize("tail", ["", "/channels/voice"])
    def test_not_on_those_of_others(self, sue, world, bob, told, operation, tail):
        supervise(world.sue, UserFactory.create(contact_center=world.red))
        told()
        assert refusal(ask(sue, bob, operation, tail)) == NO_PERMISSION
        assert told() == []
        assert state_of(bob) == "Ready"

    def test_nor_at_their_devices(self, sue, world, bob, told):
        supervise(world.sue, UserFactory.create(contact_center=world.red))
        told()
        for operation in ("NotReady", "DoNotDisturbOn"):
            path = f"/api/v2/devices/{world.bobs_phone.pk}"
            assert refusal(sue.post(path, {"operationName": operation})) == NO_PERMISSION
        assert told() == []

    def test_whom_he_may_not_act_on_he_sees_all_the_same(self, sue, world, bob):
        supervise(world.sue, UserFactory.create(contact_center=world.red))
        shown = sue.get(f"/api/v2/users/{bob.pk.hex}/channels/voice").body["channel"]
        assert shown["userState"]["state"] == "Ready"
        assert (
            sue.get(f"/api/v2/users/{bob.pk.hex}?subresources=statistics").body["user"][
                "statistics"
            ]["channels"]["voice"]["state"]
            == "Ready"
        )

    def test_on_himself_always(self, sue, world):
        DeviceFactory.create(contact_center=world.red, user=world.sue)
        supervise(world.sue)
        go_ready(world.sue)
        assert ask(sue, world.sue, "NotReady").body == DONE
        assert state_of(world.sue) == "Not Ready"

    def test_admins_act_on_all(self, api, world, bob):
        supervise(world.sue)
        assert ask(api.by(world.ann), bob, "NotReady").body == DONE


class TestWalls:
    def test_agents_act_on_themselves_below_me_only(self, api, world, bob, told):
        told()
        colleague = api.by(UserFactory.create(contact_center=world.red))
        for client in (colleague, api.by(bob)):
            assert refusal(ask(client, bob, "NotReady")) == NO_PERMISSION
        assert told() == []

    @pytest.mark.parametrize("tail", ["", "/channels/voice"])
    def test_another_contact_centers_agent_is_not_there(self, api, world, bob, told, tail):
        told()
        for operation in ("NotReady", "EndContactCenterSession", "DoNotDisturbOn"):
            assert refusal(ask(api.by(world.eve), bob, operation, tail)) == (404, 6)
        assert told() == []

    def test_a_state_of_another_contact_center(self, sue, bob, world):
        assert ask(sue, bob, "Fly").body["statusCode"] == 2
        assert state_of(bob) == "Ready"

    def test_an_agent_without_a_session(self, sue, world):
        answer = ask(sue, world.bob, "Ready")
        assert refusal(answer) == (400, 2)
        assert answer.body["statusMessage"] == f"Device '{world.bobs_phone}' is not registered."
        assert not AgentSession.objects.exists()

    def test_sessions_are_started_by_agents_themselves(self, sue, world):
        assert ask(sue, world.bob, "StartContactCenterSession").body["statusCode"] == 2
        assert not AgentSession.objects.exists()

    def test_channels_are_shown_to_supervisors(self, api, sue, world, bob):
        path = f"/api/v2/users/{bob.pk.hex}/channels"
        assert sue.get(path).body["paths"] == [f"/users/{bob.pk.hex}/channels/voice"]
        [channel] = sue.get(f"{path}?fields=*").body["channels"]
        assert (channel["channel"], channel["path"]) == (
            "voice",
            f"/users/{bob.pk.hex}/channels/voice",
        )
        assert refusal(api.by(bob).get(path)) == NO_PERMISSION
        assert refusal(api.by(world.eve).get(path)) == (404, 6)
