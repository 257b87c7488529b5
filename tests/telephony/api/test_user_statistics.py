"""Users by their voice channel: seed 001 "Filtering and sorting users by fields"."""

import time

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from provisioning.models import Device, PhoneNumber, User, VoiceEnvironment
from telephony.api import user_statistics
from telephony.models import AgentSession, Call
from telephony.modes import SYSTEM_MODES, mode_of
from telephony.services.agents import set_agent_state, start_session
from telephony.services.calls import answer
from tests.factories import AgentStateFactory, DeviceFactory, UserFactory
from tests.telephony.factories import call_in, make_agent, make_queue, ready_agent

VOICE = "statistics.channels.voice"
USERS = "/api/v2/users"


@pytest.fixture
def sue(api, world):
    return api.by(world.sue)


def agent(world, name, state=None):
    """An agent of that first name, in a state, or outside a session."""
    user = make_agent(world.red)
    User.objects.filter(pk=user.pk).update(first_name=name, last_name=name)
    if state is not None:
        start_session(user=user)
        set_agent_state(user=user, mode=SYSTEM_MODES[state])
    return user


def found(client, **query):
    parameters = {"fields": "firstName", **query}
    return [one["firstName"] for one in client.get(USERS, parameters).body["users"]]


@pytest.fixture
def people(world):
    """Bob is outside a session; Ann and Sue are no agents."""
    return {
        name: agent(world, name, state)
        for name, state in (
            ("Rita", "Ready"),
            ("Aki", "AuxWork"),
            ("Nils", "NotReady"),
            ("Wanda", "AfterCallWork"),
            ("Olga", "Offline"),
        )
    }


class TestSubresource:
    def test_the_voice_channel(self, sue, world, people):
        users = sue.get(USERS, {"subresources": "statistics", "fields": "firstName,statistics"})
        shown = {one["firstName"]: one["statistics"] for one in users.body["users"]}

        def voice(**values):
            return {"channels": {"voice": values}}

        assert shown == {
            "Rita": voice(state="Ready", displayName="Ready", activity="Idle"),
            "Aki": voice(
                state="NotReady", displayName="AuxWork", workMode="AuxWork", activity="Idle"
            ),
            "Nils": voice(state="NotReady", displayName="Not Ready", activity="Idle"),
            "Wanda": voice(
                state="NotReady",
                displayName="AfterCallWork",
                workMode="AfterCallWork",
                activity="Idle",
            ),
            "Olga": voice(state="LoggedOut", displayName="Offline", activity="Idle"),
            "Bob": voice(state="LoggedOut"),
            "Ann": {"channels": {}},
            "Sue": {"channels": {}},
        }

    def test_one_user_and_oneself(self, api, sue, world, people):
        rita = people["Rita"]
        one = sue.get(f"{USERS}/{rita.pk.hex}?subresources=statistics,channels").body["user"]
        assert one["statistics"]["channels"]["voice"]["state"] == "Ready"
        [channel] = one["channels"]
        assert (channel["channel"], channel["userState"]["state"]) == ("voice", "Ready")
        own = api.by(rita).get("/api/v2/me?subresources=statistics").body["user"]
        assert own["statistics"]["channels"]["voice"]["state"] == "Ready"

    def test_agents_read_their_own_only(self, api, people):
        answer = api.by(people["Rita"]).get(USERS, {"subresources": "statistics,channels"})
        shown = {one["firstName"]: one for one in answer.body["users"]}
        assert shown["Rita"]["statistics"]["channels"]["voice"]["state"] == "Ready"
        assert shown["Rita"]["channels"] != []
        assert "statistics" not in shown["Aki"]
        assert shown["Aki"]["channels"] == []

    def test_without_the_feature_there_is_no_channel(self, api, world, people):
        world.red.features.filter(feature_id="api-voice").delete()
        answer = api.by(world.sue).get(USERS, {"subresources": "statistics,channels"})
        for user in answer.body["users"]:
            assert user["statistics"] == {}
            assert "channels" not in user

    def test_another_room_adds_keys(self, sue, world, people):
        def load(users, reading):
            return {users[0].pk: {"Total_Answered": {"value": 7}}}

        user_statistics.add_keys(load, feature="api-statistics")
        try:
            path = f"{USERS}/{people['Rita'].pk.hex}?subresources=statistics"
            statistics = sue.get(path).body["user"]["statistics"]
            assert statistics["Total_Answered"] == {"value": 7}
            assert statistics["channels"]["voice"]["state"] == "Ready"
            world.red.features.filter(feature_id="api-statistics").delete()
            assert sorted(sue.get(path).body["user"]["statistics"]) == ["channels"]
        finally:
            user_statistics._loaders.pop()


class TestActivity:
    def test_from_the_ringing_phone_to_the_held_call(self, sue, world):
        queue, user = make_queue(world.red), ready_agent(world.red)
        path = f"{USERS}/{user.pk.hex}?subresources=statistics"

        def activity():
            return sue.get(path).body["user"]["statistics"]["channels"]["voice"]["activity"]

        assert activity() == "Idle"
        call_id = call_in(queue)
        assert activity() == "ReceivingCall"
        answer(user=user, call_id=call_id)
        assert activity() == "HandlingInboundCall"
        assert found(sue, **{f"{VOICE}.activity": "handlinginboundcall"}) == [user.first_name]
        user.legs.update(state="Held")
        assert activity() == "CallOnHold"
        user.legs.update(state="Dialing")
        assert activity() == "InitiatingCall"
        assert found(sue, **{f"{VOICE}.activity": "Idle"}) == []

    @pytest.mark.parametrize("kind", ["Inbound", "Internal", "Outbound", "Consult"])
    def test_each_type_of_call(self, sue, world, kind):
        user = ready_agent(world.red)
        answer(user=user, call_id=call_in(make_queue(world.red)))
        Call.objects.update(type=kind)
        assert found(sue, **{f"{VOICE}.activity": f"Handling{kind}Call"}) == [user.first_name]

    def test_the_leg_that_is_furthest_counts(self, sue, world):
        user = ready_agent(world.red)
        answer(user=user, call_id=call_in(make_queue(world.red)))
        leg = user.legs.get()
        leg.pk, leg.call_id, leg.state = None, call_in(make_queue(world.red)), "Ringing"
        leg.save(force_insert=True)
        assert found(sue, **{f"{VOICE}.activity": "HandlingInboundCall"}) == [user.first_name]
        assert found(sue, **{f"{VOICE}.activity": "ReceivingCall"}) == []


class TestFilters:
    @pytest.mark.parametrize(
        ("query", "names"),
        [
            ({"state": "Ready"}, {"Rita"}),
            ({"state": "ready,LoggedOut"}, {"Rita", "Olga", "Bob"}),
            ({"state": "NotReady"}, {"Aki", "Nils", "Wanda"}),
            ({"displayName": "AuxWork"}, {"Aki"}),
            ({"displayName": "auxwork,Ready"}, {"Aki", "Rita"}),
            ({"displayName": "Aux"}, set()),
            ({"displayNameSearch": "work"}, {"Aki", "Wanda"}),
            ({"displayNameSearch": "not,aux"}, {"Nils", "Aki"}),
            ({"workMode": "AfterCallWork"}, {"Wanda"}),
            ({"workMode": "AfterCallWork,AuxWork"}, {"Wanda", "Aki"}),
            ({"activity": "Idle"}, {"Rita", "Aki", "Nils", "Wanda", "Olga"}),
            ({"activity": "CallOnHold"}, set()),
            ({"state": "NotReady", "workMode": "AuxWork"}, {"Aki"}),
        ],
    )
    def test_the_seeds_filters(self, sue, people, query, names):
        assert set(found(sue, **{f"{VOICE}.{key}": value for key, value in query.items()})) == names

    def test_a_reason(self, sue, world, people):
        lunch = AgentStateFactory.create(
            contact_center=world.red, reason="Lunch", display_name="Out to Lunch"
        )
        set_agent_state(user=people["Rita"], mode=mode_of(lunch))
        assert found(sue, **{f"{VOICE}.reason": "lunch"}) == ["Rita"]

    @pytest.mark.parametrize("name", ["state", "activity"])
    def test_a_value_that_there_is_not(self, sue, people, name):
        answer = sue.get(USERS, {f"{VOICE}.{name}": "Flying"})
        assert (answer.status_code, answer.body["statusCode"]) == (400, 10)

    def test_a_misspelt_name(self, sue):
        assert sue.get(USERS, {f"{VOICE}.stat": "Ready"}).body["statusCode"] == 10

    def test_nobody_of_another_contact_center(self, api, world, people):
        assert found(api.by(world.eve), **{f"{VOICE}.state": "Ready"}) == []


class TestSorting:
    def in_order(self, client, keys, order="Ascending"):
        return found(client, sortBy=keys, order=order, limit="100", subresources="statistics")

    def test_the_seeds_example(self, sue, people):
        """By state, and inside the same state by last name; those without a state last."""
        assert self.in_order(sue, f"{VOICE}.state,lastName") == [
            "Bob",  # Agent
            "Olga",
            "Aki",
            "Nils",
            "Wanda",
            "Rita",
            "Ann",  # Admin
            "Sue",
        ]

    def test_descending_keeps_those_without_a_state_last(self, sue, people):
        assert self.in_order(sue, f"{VOICE}.state,lastName", "Descending") == [
            "Rita",
            "Wanda",
            "Nils",
            "Aki",
            "Olga",
            "Bob",
            "Sue",
            "Ann",
        ]

    @pytest.mark.parametrize(
        ("key", "first"),
        [
            ("displayName", ["Wanda", "Aki", "Nils", "Olga", "Rita"]),
            ("workMode", ["Wanda", "Aki"]),
        ],
    )
    @pytest.mark.parametrize("order", ["Ascending", "Descending"])
    def test_other_keys(self, sue, people, key, first, order):
        wanted = first if order == "Ascending" else first[::-1]
        names = self.in_order(sue, f"{VOICE}.{key},lastName", order)
        assert names[: len(first)] == wanted
        assert len(names) == 8

    def test_by_activity(self, sue, world, people):
        call_in(make_queue(world.red))
        names = self.in_order(sue, f"{VOICE}.activity,lastName")
        assert names[:5] == ["Aki", "Nils", "Olga", "Wanda", "Rita"]

    def test_pages_do_not_overlap(self, sue, people):
        keys = {"sortBy": f"{VOICE}.state", "limit": "3"}
        pages = [found(sue, **keys, offset=str(offset)) for offset in (0, 3, 6)]
        assert sorted(name for page in pages for name in page) == sorted(
            ["Ann", "Sue", "Bob", *people]
        )


def test_the_number_of_queries_does_not_grow(sue, world, people, assert_constant_queries):
    def add_rows():
        for _ in range(3):
            user = UserFactory.create(contact_center=world.red)
            DeviceFactory.create(contact_center=world.red, user=user)
            start_session(user=user)

    query = f"subresources=statistics,channels&limit=100&sortBy={VOICE}.state&{VOICE}.activity=Idle"
    assert_constant_queries(lambda: sue.get(f"{USERS}?{query}"), add_rows=add_rows)


@pytest.mark.slow
def test_ten_thousand_users(sue, world):
    many = 10_000
    red = world.red
    users = User.objects.bulk_create(
        User(contact_center=red, user_name=f"many{n}@red.example", last_name=f"{n}", is_agent=True)
        for n in range(many)
    )
    numbers = PhoneNumber.objects.bulk_create(
        PhoneNumber(
            contact_center=red, number=f"7{n:05}", digits=f"7{n:05}", e164_number=f"7{n:05}"
        )
        for n in range(many)
    )
    environment = VoiceEnvironment.objects.get(contact_center=red)
    devices = Device.objects.bulk_create(
        Device(contact_center=red, voice_environment=environment, phone_number=number, user=user)
        for number, user in zip(numbers, users, strict=True)
    )
    AgentSession.objects.bulk_create(
        AgentSession(
            contact_center=red,
            user=user,
            device=device,
            presence=("Ready", "NotReady", "LoggedOut", "Inactive")[number % 4],
            display_name=("Ready", "Lunch", "Offline", "")[number % 4],
        )
        for number, (user, device) in enumerate(zip(users, devices, strict=True))
    )

    def costs(query):
        sue.get(f"{USERS}?{query}")
        began = time.perf_counter()
        with CaptureQueriesContext(connection) as queries:
            body = sue.get(f"{USERS}?{query}").body
        return body, len(queries), time.perf_counter() - began

    plain, plain_queries, plain_seconds = costs("limit=100&sortBy=lastName&fields=*")
    for key in ("state", "displayName", "activity", "workMode"):
        body, queries, seconds = costs(
            f"limit=100&sortBy={VOICE}.{key},lastName&subresources=statistics&{VOICE}.state=Ready"
        )
        assert body["totalCount"] == many / 4
        assert len(body["users"]) == 100
        # As many queries as for three users, and no walk over all: within a page's usual cost.
        assert queries <= plain_queries + 5
        assert seconds < plain_seconds * 20 + 1
    assert plain["totalCount"] == many + 3
