"""The seam behind which the switch stands, tried with one that is slow, refuses and goes away."""

import threading

import pytest
from django.db import connections

from portal.events.log import event_from_record
from portal.events.models import EventRecord
from provisioning.models import VoiceEnvironment
from telephony import backend
from telephony.models import AgentSession, VoiceLink
from telephony.services.calls import answer, hangup
from telephony.services.requests import hand_over
from tests.conftest import ApiClient
from tests.factories import ContactCenterFactory, VoiceEnvironmentFactory
from tests.telephony.factories import call_in, go_ready, make_agent, make_queue, ready_agent
from tests.telephony.slow_switch import SlowSwitch, unwilling

DONE = {"statusCode": 0}
DOWN = {"statusCode": 4, "statusMessage": "Voice service is not available at this time"}


def told(*kinds):
    rows = EventRecord.objects.filter(kind__in=kinds).order_by("id")
    return [event_from_record(row) for row in rows]


class TestEmbedded:
    @pytest.mark.django_db
    def test_it_is_there_where_nobody_says_otherwise(self):
        center = ContactCenterFactory.create()
        assert not VoiceLink.objects.exists()
        user = ready_agent(center)
        assert AgentSession.objects.get(user=user).presence == "Ready"

    @pytest.mark.django_db
    def test_a_backend_that_no_process_offers_is_not_available(self, api, world):
        environment = VoiceEnvironment.objects.get(contact_center=world.red)
        VoiceLink.objects.create(
            voice_environment=environment, contact_center=world.red, backend="elsewhere"
        )
        body = {"operationName": "StartContactCenterSession"}
        sent = api.by(world.bob).post("/api/v2/me", body)
        assert (sent.status_code, sent.body) == (503, DOWN)
        assert not AgentSession.objects.exists()

    @pytest.mark.django_db
    def test_a_request_says_who_asks_for_what_and_where(self, world):
        seen = []

        class Notebook:
            def handle(self, request):
                seen.append(request)
                return True

        environment = VoiceEnvironment.objects.get(contact_center=world.red)
        VoiceLink.objects.create(
            voice_environment=environment, contact_center=world.red, backend="notebook"
        )
        backend.register("notebook", Notebook())
        try:
            assert hand_over(
                "Dial",
                world.bob,
                device_id=world.bobs_phone.pk,
                parameters={"destination": "5002"},
                carry_out=lambda: pytest.fail("it is the other switch's to do"),
            )
        finally:
            backend.unregister("notebook")
        [request] = seen
        assert (request.operation, request.user_id, request.device_id) == (
            "Dial",
            str(world.bob.pk),
            str(world.bobs_phone.pk),
        )
        assert dict(request.parameters) == {"destination": "5002"}
        assert request.contact_center_id == str(world.red.pk)


@pytest.fixture
def switch(world):
    environment = VoiceEnvironment.objects.get(contact_center=world.red)
    VoiceLink.objects.create(
        voice_environment=environment, contact_center=world.red, backend="slow"
    )
    slow = SlowSwitch(environment)
    backend.register("slow", slow)
    yield slow
    backend.unregister("slow")


class TestSlowSwitch:
    """Red's voice environment belongs to a switch that takes its time."""

    @pytest.fixture
    def bob(self, world):
        return ApiClient(world.bob)

    def ask(self, client, operation, path="/api/v2/me"):
        return client.post(path, {"operationName": operation})

    def test_accepted_is_not_done(self, bob, switch):
        assert self.ask(bob, "StartContactCenterSession").body == DONE
        assert not AgentSession.objects.exists()
        assert told("agent.login") == []

        assert switch.work() == 1

        assert len(told("agent.login")) == 1
        assert AgentSession.objects.get().presence == "NotReady"

    def test_requests_are_done_in_their_order(self, bob, switch):
        for operation in ("StartContactCenterSession", "Ready", "AuxWork"):
            assert self.ask(bob, operation).body == DONE
        assert switch.work() == 3
        assert [event.kind for event in told("agent.login", "agent.ready", "agent.notready")] == [
            "agent.login",
            "agent.ready",
            "agent.notready",
        ]

    def test_what_it_refuses_comes_as_an_error_message(self, bob, world, switch):
        self.ask(bob, "StartContactCenterSession")
        switch.work()
        switch.mood = unwilling("Agent is not logged in at this DN")

        assert self.ask(bob, "Ready").body == DONE
        switch.work()

        [event] = told("request.refused")
        assert (event.user_id, event.device_id) == (str(world.bob.pk), str(world.bobs_phone.pk))
        assert (event.operation, event.message) == ("Ready", "Agent is not logged in at this DN")
        assert AgentSession.objects.get().presence == "NotReady"

    def test_a_call_is_answered_when_it_gets_round_to_it(self, world, switch):
        agent = make_agent(world.red)
        go_ready(agent)
        switch.work()
        assert AgentSession.objects.get(user=agent).presence == "Ready"
        call_id = call_in(make_queue(world.red))

        assert answer(user=agent, call_id=call_id)
        assert agent.legs.get().state == "Ringing"
        switch.work()
        assert agent.legs.get().state == "Established"

        switch.mood = unwilling("Incorrect object state")
        assert hangup(user=agent, call_id=call_id)
        switch.work()
        assert agent.legs.get().state == "Established"
        [event] = told("request.refused")
        assert (event.operation, event.call_id) == ("Hangup", call_id)
        assert event.message == "Incorrect object state"

    def test_a_request_that_nobody_takes_in_time(self, bob, switch):
        switch.accepts.clear()
        switch.patience_seconds = 0.05

        sent = self.ask(bob, "StartContactCenterSession")

        assert (sent.status_code, sent.body) == (503, DOWN)
        assert switch.taken == []
        assert not AgentSession.objects.exists()
        switch.accepts.set()
        assert self.ask(bob, "StartContactCenterSession").body == DONE

    def test_the_link_goes_down_and_comes_back(self, bob, world, switch):
        self.ask(bob, "StartContactCenterSession")
        self.ask(bob, "Ready")
        switch.work()
        switch.taken.clear()

        switch.lose_link()

        for operation in ("NotReady", "StartContactCenterSession", "EndContactCenterSession"):
            sent = self.ask(bob, operation)
            assert (sent.status_code, sent.body) == (503, DOWN)
        assert switch.taken == []
        [voice] = bob.get("/api/v2/services?fields=*&type=Voice").body["services"]
        assert voice["state"] == "Inactive"
        call_in(make_queue(world.red))
        assert not world.bob.legs.exists()

        switch.find_link()

        assert self.ask(bob, "NotReady").body == DONE
        switch.work()
        assert AgentSession.objects.get(user=world.bob).presence == "NotReady"
        states = [event.state for event in told("service.state_changed")]
        assert states == ["Inactive", "Active"]
        kinds = [event.kind for event in told("device.unregistered", "device.registered")]
        assert kinds == ["device.unregistered", "device.registered"]

    def test_what_is_known_is_not_told_again(self, switch):
        for _ in range(2):
            switch.lose_link()
        for _ in range(2):
            switch.find_link()
        assert len(told("service.state_changed")) == 2

    def test_the_other_environments_of_the_contact_center_work_on(self, world, switch):
        other = VoiceEnvironmentFactory.create(contact_center=world.red, name="Second")
        switch.lose_link()

        agent = make_agent(world.red, voice_environment=other)
        go_ready(agent)

        assert AgentSession.objects.get(user=agent).presence == "Ready"
        assert switch.taken == []


@pytest.mark.services
@pytest.mark.django_db(transaction=True)
def test_a_slow_request_holds_nobody_else_up(switch, world):
    """It waits before anything is locked: another contact center works on meanwhile."""
    switch.accepts.clear()
    switch.patience_seconds = 60
    body = {"operationName": "StartContactCenterSession"}
    answers = []

    def ask():
        try:
            answers.append(ApiClient(world.bob).post("/api/v2/me", body).body)
        finally:
            connections.close_all()

    asking = threading.Thread(target=ask)
    asking.start()
    try:
        elsewhere = ready_agent(world.blue)
        assert AgentSession.objects.get(user=elsewhere).presence == "Ready"
        assert answers == []
    finally:
        switch.accepts.set()
        asking.join(30)
    assert answers == [DONE]
