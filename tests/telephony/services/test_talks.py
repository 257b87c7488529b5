"""Several parties and several calls: what each of them is told, and what remains."""

import pytest

from portal.api.status import ApiError
from provisioning.models import CallRecording, Setting, UserSetting
from supervision.feed import fact_of, switch_events
from supervision.statistics.definitions import load_definitions
from supervision.statistics.engine import Engine
from telephony import runtime
from telephony.history import forget_old_calls
from telephony.models import AgentSession, Call, CallPartRecord, CallRecord, Leg, Timer
from telephony.recovery import recover
from telephony.services.calls import abandon, call_number, pick_up
from telephony.services.outside_parties import set_outside_party
from tests.telephony.desk import Desk
from tests.telephony.factories import CALLER, call_in, set_wrap_up

OUTSIDE = "5551212"


@pytest.fixture
def desk(center, api):
    return Desk(center, api.by)


def kinds(desk):
    return [event.kind for event in desk.events()]


def refusals(desk):
    return [event.message for event in desk.events() if event.kind == "request.refused"]


def states(desk, *numbers):
    return [
        {(call["state"], *call["participants"]) for call in desk.calls(number).values()}
        for number in numbers
    ]


def time_comes():
    """Whatever is due some time is due now."""
    Timer.objects.update(due_at_ms=1)
    return runtime.fire_due_timers()


# --- dialling ---


@pytest.mark.parametrize("number", ["5001", "12", "abc", "0"])
def test_a_number_that_leads_nowhere_is_refused(desk, number):
    """5001 is the agent's own, 12 nobody's."""
    desk.agent("5001")
    assert desk.dials("5001", number) == ""
    [refused] = desk.events()
    assert (refused.kind, refused.message) == ("request.refused", "Invalid Called Dn")
    assert (refused.call_id, refused.device_id) == (None, str(desk.phone("5001").pk))
    assert not Call.objects.exists()


def test_who_wants_quiet_is_busy(desk):
    desk.ready("5002")
    desk.asks("5002", "/me", "DoNotDisturbOn")
    desk.events()

    desk.dials("5001", "5002")

    assert kinds(desk) == ["call.dialing", "call.released"]
    assert [message["state"] for message in desk.hears("5001")] == ["Dialing", "Released"]
    assert not Call.objects.exists()
    assert CallRecord.objects.get().answered_ms is None


def test_somebody_outside_answers_after_his_time_and_hangs_up_after_another(desk):
    Setting.objects.create(
        contact_center=desk.center,
        group="voice",
        key="outboundCallerId",
        value={"value": "18883695555"},
    )
    set_outside_party(
        contact_center=desk.center, number=OUTSIDE, answers_after_ms=2_000, hangs_up_after_ms=900
    )
    desk.dials("5001", OUTSIDE)
    [dialing] = desk.events()
    assert (dialing.call_type, dialing.ani, dialing.dnis) == ("Outbound", "18883695555", OUTSIDE)
    due = Timer.objects.get().due_at_ms - dialing.occurred_at_ms
    assert due == 2_000

    assert runtime.fire_due_timers() == 0
    assert time_comes() == 1
    assert kinds(desk) == ["call.answered"]
    assert states(desk, "5001") == [{("Established", OUTSIDE)}]
    assert Timer.objects.get().kind == "outside-hangs-up"

    assert time_comes() == 1
    assert kinds(desk) == ["call.released"]
    assert not Timer.objects.exists()
    record = CallRecord.objects.get()
    assert (record.type, record.ani) == ("Outbound", "18883695555")
    assert record.answered_ms is not None


def test_somebody_outside_is_busy_or_never_answers(desk):
    set_outside_party(contact_center=desk.center, number=OUTSIDE, is_busy=True)
    desk.dials("5001", OUTSIDE)
    assert kinds(desk) == ["call.dialing", "call.released"]

    set_outside_party(contact_center=desk.center, number=OUTSIDE, answers_after_ms=None)
    desk.dials("5001", OUTSIDE)
    assert not Timer.objects.exists()
    assert states(desk, "5001") == [{("Dialing", OUTSIDE)}]
    desk.does("5001", "Hangup")
    assert not Leg.objects.exists()


def test_default_user_data_of_dial_are_the_users_over_the_contact_centers(desk):
    user = desk.agent("5001")
    desk.agent("5002")
    shared = {"userData": {"subscriberId": "1", "region": "US", "channel": "web"}}
    Setting.objects.create(
        contact_center=desk.center, group="voice-operations", key="Dial", value=shared
    )
    desk.dials("5001", "5002", userData={"region": "EU"})
    [message, *_] = desk.hears("5001")
    assert message["userData"] == {"subscriberId": "1", "region": "EU", "channel": "web"}

    UserSetting.objects.create(
        contact_center=desk.center,
        user=user,
        group="voice-operations",
        key="Dial",
        value={"userData": {"mine": "2"}},
    )
    desk.does("5001", "Hangup")
    desk.dials("5001", "5002")
    assert desk.hears("5001")[-1]["userData"] == {"mine": "2"}


def test_what_the_phone_speaks_on_is_held_when_another_call_is_made_or_taken(desk):
    first = desk.talk("5001", "5002")
    second = desk.dials("5001", "5003") if desk.agent("5003") else ""
    assert states(desk, "5001") == [{("Held", "5002"), ("Dialing", "5003")}]
    desk.does("5003", "Answer")
    third = desk.dials("5004", "5001")
    desk.events()

    desk.does("5001", "Answer", third)

    assert kinds(desk) == ["call.held", "call.answered", "call.answered"]
    assert {call_id: call["state"] for call_id, call in desk.calls("5001").items()} == {
        first: "Held",
        second: "Held",
        third: "Established",
    }
    desk.does("5001", "Retrieve", first)
    assert desk.calls("5001")[third]["state"] == "Held"
    assert states(desk, "5002", "5003", "5004") == [{("Established", "5001")}] * 3


def test_a_call_held_before_it_is_answered_dials_again_when_it_is_retrieved(desk):
    first = desk.talk("5001", "5002")
    desk.agent("5003")
    second = desk.dials("5001", "5003")
    desk.does("5001", "SwapCalls", second, otherCallUri=f"/me/calls/{first}")
    assert desk.calls("5001")[second]["state"] == "Held"
    desk.does("5001", "Retrieve", second)
    assert desk.calls("5001")[second]["state"] == "Dialing"
    desk.does("5003", "Answer")
    assert desk.calls("5001")[second]["state"] == "Established"


def test_a_public_phone_is_answered_by_hand(desk):
    desk.agent("5002", telephony_network="Public")
    call_id = desk.dials("5001", "5002")
    assert "Answer" not in desk.calls("5002")[call_id]["capabilities"]
    desk.does("5002", "Answer")
    assert refusals(desk) == ["Incorrect object state"]

    assert pick_up(user=desk.agent("5002"), call_id=call_id)

    assert states(desk, "5001", "5002") == [{("Established", "5002")}, {("Established", "5001")}]


def test_a_call_from_outside_for_a_device(desk):
    desk.agent("5001")
    call_id = call_number(contact_center=desk.center, number="5001", ani=CALLER)
    [ringing] = desk.events()
    assert (ringing.kind, ringing.call_type, ringing.queue_id) == ("call.ringing", "Inbound", None)
    recover()
    assert not Timer.objects.exists(), "what somebody dialled rings as long as he waits"
    desk.does("5001", "Answer")
    assert abandon(call_id=call_id)
    assert kinds(desk) == ["call.answered", "call.released"]
    assert call_number(contact_center=desk.center, number="77", ani=CALLER) is None


# --- forwarding ---


def test_calls_of_a_forwarded_device_ring_at_the_other(desk):
    device = desk.phone("5001")
    desk.agent("5002")
    path = f"/me/devices/{device.pk}"
    assert desk.asks("5001", path, "ForwardCallsOn", destination="5002").body == {"statusCode": 0}

    [changed] = desk.events()
    assert changed.kind == "device.changed"
    assert changed.device["forwardTo"] == "5002"
    assert changed.device["capabilities"][0] == "ForwardCallsOff"
    desk.dials("5003", "5001")
    assert states(desk, "5002", "5001") == [{("Ringing", "5003")}, set()]
    desk.does("5003", "Hangup")
    desk.events()

    desk.asks("5001", path, "ForwardCallsOn", destination="5003")
    assert refusals(desk) == ["Incorrect object state"]
    desk.asks("5001", path, "ForwardCallsOff")
    [changed] = desk.events()
    assert "forwardTo" not in changed.device
    desk.dials("5003", "5001")
    assert states(desk, "5001") == [{("Ringing", "5003")}]


def test_forwarding_in_a_circle_is_refused(desk):
    for number, other in (("5001", "5002"), ("5002", "5001"), ("5001", "5001")):
        desk.agent("5002")
        desk.asks(
            number, f"/me/devices/{desk.phone(number).pk}", "ForwardCallsOn", destination=other
        )
    assert refusals(desk) == ["Invalid Called Dn", "Invalid Called Dn"]


# --- conferences and transfers ---


def test_a_conference_of_four_tells_everybody_and_shrinks_to_a_talk(desk):
    desk.talk("5001", "5002")
    for number in ("5003", "5004"):
        desk.agent(number)
        desk.does("5002", "SingleStepConference", destination=number)
        desk.does(number, "Answer")
    assert states(desk, "5001", "5004") == [
        {("Established", "5002", "5003", "5004")},
        {("Established", "5001", "5002", "5003")},
    ]
    owner, guest = desk.calls("5002").popitem()[1], desk.calls("5001").popitem()[1]
    assert "RemoveParticipantFromConference" in owner["capabilities"]
    assert "RemoveParticipantFromConference" not in guest["capabilities"]
    assert "MuteCall" in guest["capabilities"]
    desk.does("5001", "RemoveParticipantFromConference", participant="5003")
    assert refusals(desk) == ["Incorrect object state"]

    desk.does("5001", "MuteCall")
    assert desk.calls("5001").popitem()[1]["mute"] == "On"
    desk.does("5001", "UnmuteCall")
    desk.hears("5001")
    desk.does("5003", "Hangup")
    desk.does("5004", "Hangup")

    told = [
        (message["notificationType"], message["participants"]) for message in desk.hears("5001")
    ]
    assert told == [
        ("ParticipantsUpdated", ["5002", "5004"]),
        ("ParticipantsUpdated", ["5002"]),
    ]
    call = desk.calls("5001").popitem()[1]
    assert "userData" not in call
    assert "MuteCall" not in call["capabilities"]


def test_who_is_asked_and_does_not_want_leaves_the_others_talking(desk):
    desk.talk("5001", "5002")
    desk.agent("5003")
    desk.does("5002", "SingleStepConference", destination="5003")
    desk.does("5002", "RemoveParticipantFromConference", participant="5003")
    assert desk.calls("5003") == {}
    assert states(desk, "5001", "5002") == [{("Established", "5002")}, {("Established", "5001")}]


@pytest.mark.parametrize(
    ("operation", "destination", "message"),
    [
        ("SingleStepConference", "5001", "Invalid Called Dn"),
        ("SingleStepConference", "9000", "Invalid Called Dn"),
        ("SingleStepTransfer", "5002", "Invalid Called Dn"),
        ("InitiateTransfer", "5002", "Invalid Called Dn"),
        ("InitiateConference", "nobody", "Invalid Called Dn"),
        ("SingleStepTransfer", "5009", "Destination busy"),
        ("CompleteTransfer", None, "Incorrect object state"),
        ("CompleteConference", None, "Incorrect object state"),
        ("Retrieve", None, "Incorrect object state"),
        ("MuteCall", None, "Incorrect object state"),
    ],
)
def test_what_is_refused_changes_nothing(desk, operation, destination, message):
    desk.queue("9000")
    desk.ready("5009")
    desk.asks("5009", "/me", "DoNotDisturbOn")
    desk.talk("5001", "5002")
    before = states(desk, "5001", "5002")
    desk.events()

    desk.does("5002", operation, **({"destination": destination} if destination else {}))

    [refused] = desk.events()
    assert (refused.kind, refused.message) == ("request.refused", message)
    assert refused.operation == operation
    assert states(desk, "5001", "5002") == before
    assert Call.objects.count() == 1


def test_a_transfer_to_a_queue_waits_there_for_an_agent(desk):
    queue = desk.queue("9000")
    call_id = call_number(contact_center=desk.center, number="5001", ani=CALLER) or ""
    desk.agent("5001")
    call_id = call_number(contact_center=desk.center, number="5001", ani=CALLER)
    desk.does("5001", "Answer")
    desk.events()

    desk.does("5001", "SingleStepTransfer", destination="9000", userData={"Why": "Billing"})

    assert kinds(desk) == ["call.data", "call.released", "call.queued"]
    assert Call.objects.get().queue_id == queue.pk
    desk.ready("5002")
    assert states(desk, "5002") == [{("Ringing", CALLER)}]
    desk.does("5002", "Answer")
    assert desk.calls("5002")[call_id]["userData"] == {"Why": "Billing"}


def test_a_transfer_to_a_queue_before_it_is_answered_keeps_the_place_in_it(desk):
    queue = desk.queue("9000")
    desk.talk("5001", "5002")
    desk.does("5002", "InitiateTransfer", destination="9000")
    [consult] = [one for one, call in desk.calls("5002").items() if call["callType"] == "Consult"]
    queued_at_ms = Call.objects.get(pk=consult).queued_at_ms

    desk.does("5002", "CompleteTransfer", consult)

    [call] = Call.objects.all()
    assert (call.pk, call.is_waiting, call.queued_at_ms) == (consult, True, queued_at_ms)
    assert (call.queue_id, call.type) == (queue.pk, "Internal")
    desk.ready("5003")
    desk.does("5003", "Answer")
    assert states(desk, "5001", "5002", "5003") == [
        {("Established", "5003")},
        set(),
        {("Established", "5001")},
    ]


def test_a_transfer_outside_leaves_two_outside_parties_with_each_other(desk):
    desk.agent("5001")
    call_id = call_number(contact_center=desk.center, number="5001", ani=CALLER)
    desk.does("5001", "Answer")
    set_outside_party(
        contact_center=desk.center, number=OUTSIDE, answers_after_ms=5, hangs_up_after_ms=5
    )
    desk.does("5001", "InitiateTransfer", destination=OUTSIDE)
    [consult] = set(desk.calls("5001")) - {call_id}
    desk.does("5001", "CompleteTransfer", consult)
    assert Timer.objects.get().kind == "outside-answers", "his time goes on in the other call"

    assert time_comes() == 1
    assert set(Leg.objects.values_list("call_id", "state")) == {(call_id, "Established")}
    recover()
    assert Call.objects.count() == 1
    assert time_comes() == 1
    assert not Call.objects.exists()
    assert CallRecord.objects.get(call_id=consult).continued_in == (
        CallRecord.objects.get(call_id=call_id).call_uuid
    )


def test_the_data_of_a_consultation_come_along(desk):
    first = desk.talk("5001", "5002", userData={"Customer": "Ann", "Topic": "Bill"})
    desk.agent("5003")
    desk.does("5002", "InitiateTransfer", destination="5003", userData={"Topic": "Refund"})
    [consult] = set(desk.calls("5002")) - {first}
    assert desk.calls("5003")[consult]["userData"] == {"Topic": "Refund"}
    desk.does("5003", "Answer")
    desk.does("5002", "CompleteTransfer", first)
    assert desk.calls("5001")[first]["userData"] == {"Customer": "Ann", "Topic": "Refund"}


def test_merging_two_calls(desk):
    first = desk.talk("5001", "5002")
    second = desk.talk("5002", "5003")
    desk.does("5002", "MergeWithOtherCall", first, otherCallUri=f"/me/calls/{second}")
    assert states(desk, "5001", "5002", "5003") == [
        {("Established", "5002", "5003")},
        {("Established", "5001", "5003")},
        {("Established", "5001", "5002")},
    ]
    assert set(desk.calls("5003")) == {first}


def test_who_had_the_agent_twice_is_left_with_nobody(desk):
    """Both calls are with the same phone: joined they are none."""
    first = desk.talk("5001", "5002")
    desk.does("5002", "Hold")
    second = desk.dials("5002", "5001")
    desk.does("5001", "Answer", second)
    desk.does("5002", "CompleteTransfer", first)
    assert not Call.objects.exists()
    assert CallRecord.objects.count() == 2


def test_wrap_up_follows_for_whom_the_queue_chose(desk):
    set_wrap_up(desk.center, 30)
    queue = desk.queue("9000")
    desk.ready("5001")
    call_in(queue)
    desk.does("5001", "Answer")
    desk.ready("5002")
    desk.does("5001", "SingleStepTransfer", destination="5002")
    desk.does("5002", "Answer")
    desk.does("5002", "Hangup")
    sessions = {session.user_id: session.display_name for session in AgentSession.objects.all()}
    assert sessions[desk.agent("5001").pk] == "AfterCallWork"
    assert sessions[desk.agent("5002").pk] == "Ready"
    assert set(AgentSession.objects.values_list("leg_count", flat=True)) == {0}


# --- data ---


def test_attaching_twice_keeps_both_and_deleting_tells_what_is_gone(desk):
    desk.talk("5001", "5002")
    for colour in ("Blue", "Red", "Green"):
        desk.does("5002", "AttachUserData", userData={"Colors": colour})
    call = desk.calls("5001").popitem()[1]
    assert call["userData"] == {"Colors": ["Blue", "Red", "Green"]}
    desk.does("5001", "UpdateUserData", userData={"Colors": "None", "x": 1})
    desk.events()

    desk.does("5001", "DeleteUserDataPair", key="Colors")
    desk.does("5001", "DeleteUserData")

    pair, everything = desk.events()
    assert (pair.data, pair.removed) == ({"x": 1}, ["Colors"])
    assert (everything.data, everything.removed) == ({}, ["x"])
    [attached] = [event.data for event in switch_events(fact_of(pair))]
    assert attached == {"x": 1, "Colors": None}


def test_a_disposition_can_be_set_of_a_call_that_is_over(desk):
    call_id = desk.talk("5001", "5002")
    uuid = desk.calls("5001")[call_id]["callUuid"]
    Setting.objects.create(
        contact_center=desk.center, group="voice", key="dispositionKey", value={"value": "Outcome"}
    )
    body = {"callUuid": uuid, "disposition": "IssueResolved"}
    desk.does("5001", "SetCallDisposition", **body)
    assert desk.calls("5002")[call_id]["userData"] == {"Outcome": "IssueResolved"}
    desk.does("5001", "Hangup")
    desk.events()

    late = {**body, "disposition": "Reopened", "dispositionKey": "Late"}
    at_call = desk.asks("5002", f"/me/calls/{call_id}", "SetCallDisposition", **late)
    at_device = desk.asks(
        "5001", f"/me/devices/{desk.phone('5001').pk}", "SetCallDisposition", **body
    )

    assert (at_call.body, at_device.body) == ({"statusCode": 0}, {"statusCode": 0})
    record = CallRecord.objects.get()
    assert record.user_data == {"Outcome": "IssueResolved"}
    assert record.dispositions == {"Late": "Reopened", "Outcome": "IssueResolved"}
    first, _ = desk.events()
    assert first.kind == "call.disposition"
    assert (first.disposition_key, first.disposition) == ("Late", "Reopened")
    stranger = desk.asks("5003", f"/me/calls/{call_id}", "SetCallDisposition", **late)
    assert (stranger.status_code, stranger.body["statusCode"]) == (404, 6)


# --- recording ---


def test_recording_is_controlled_and_told_to_all(desk):
    desk.talk("5001", "5002")
    desk.hears("5002")
    seen = []
    for operation in ("Start", "Pause", "Resume", "Stop"):
        desk.does("5001", f"{operation}CallRecording")
        [message] = desk.hears("5002")
        assert message["notificationType"] == "CallRecordingStateChange"
        offered = {name for name in message["capabilities"] if name.endswith("CallRecording")}
        seen.append((message["recordingState"], message["userData"]["GSIP_RECORD"], offered))
    stop, start = "StopCallRecording", "StartCallRecording"
    assert seen == [
        ("Recording", "ON", {"PauseCallRecording", stop}),
        ("Paused", "PAUSED", {"ResumeCallRecording", stop}),
        ("Recording", "ON", {"PauseCallRecording", stop}),
        ("Stopped", "OFF", {start}),
    ]
    desk.does("5001", "Hangup")
    assert CallRecord.objects.get().is_recorded


def test_without_the_feature_nothing_is_recorded(desk):
    desk.center.features.filter(feature_id="api-voice-recording").delete()
    call_id = desk.talk("5001", "5002")
    assert "StartCallRecording" not in desk.calls("5001")[call_id]["capabilities"]
    answer = desk.asks("5001", f"/me/calls/{call_id}", "StartCallRecording")
    assert (answer.status_code, answer.body["statusCode"]) == (400, 2)


@pytest.mark.parametrize(("percentage", "is_recorded"), [(100, True), (0, False)])
def test_a_queue_says_which_share_is_recorded(desk, percentage, is_recorded):
    queue = desk.queue("9000")
    CallRecording.objects.create(contact_center=desk.center, queue=queue, percentage=percentage)
    desk.ready("5001")
    call_in(queue)
    desk.does("5001", "Answer")
    [call] = desk.calls("5001").values()
    assert call.get("recordingState") == ("Recording" if is_recorded else None)


# --- history ---


def test_the_history_of_a_call(desk, settings):
    queue = desk.queue("9000")
    agent = desk.ready("5001")
    call_in(queue, user_data={"Product": "Guitars"})
    desk.does("5001", "Answer")
    desk.does("5001", "Hangup")

    record = CallRecord.objects.get()
    assert (record.queue_id, record.ani, record.user_data) == (
        queue.pk,
        CALLER,
        {"Product": "Guitars"},
    )
    assert record.began_ms <= record.queued_at_ms <= record.answered_ms <= record.ended_ms
    parts = CallPartRecord.objects.filter(call_uuid=record.call_uuid).order_by("began_ms", "pk")
    assert {(part.number, part.user_id, part.queue_id) for part in parts} == {
        (CALLER, None, None),
        ("5001", agent.pk, queue.pk),
    }
    assert all(part.answered_ms is not None for part in parts)
    assert CallRecord.objects.visible_to(agent).count() == 1
    assert not CallRecord.objects.visible_to(desk.agent("5002")).exists()

    forget_old_calls()
    assert CallRecord.objects.count() == 1
    CallRecord.objects.update(ended_ms=1)
    CallPartRecord.objects.update(ended_ms=1)
    forget_old_calls()
    assert not CallRecord.objects.exists()
    assert not CallPartRecord.objects.exists()


# --- statistics ---


def test_the_statistics_engine_understands_all_of_it(desk):
    """Nothing of conferences and transfers is impossible to it."""
    queue = desk.queue("9000")
    desk.ready("5001")
    for number in ("5002", "5003"):
        desk.agent(number)
    call_in(queue)
    desk.does("5001", "Answer")
    first = desk.call("5001")
    desk.does("5001", "InitiateConference", destination="5002")
    desk.does("5002", "Answer")
    desk.does("5001", "CompleteConference", first)
    desk.does("5001", "Hold")
    desk.does("5001", "Retrieve")
    desk.does("5002", "SingleStepTransfer", destination="5003")
    desk.does("5003", "Answer")
    desk.does("5001", "InitiateTransfer", destination="5002")
    desk.does("5002", "Answer")
    desk.does("5001", "CompleteTransfer", first)
    abandon(call_id=first)
    desk.does("5002", "Hangup")
    assert not Call.objects.exists()

    events = [event for event in desk.events() if event.kind.startswith("call.")]
    engine = Engine(
        load_definitions("supervision/statistics.yaml"),
        zone="UTC",
        opening=events[0].occurred_at_ms - 1,
    )
    engine.add_queue(str(queue.pk), zone="UTC", at_ms=events[0].occurred_at_ms)
    refused = [
        event.kind
        for event in events
        for word in switch_events(fact_of(event))
        if not engine.apply(word)
    ]
    assert refused == []


def test_an_unknown_call_is_not_there(desk):
    desk.agent("5001")
    with pytest.raises(ApiError):
        pick_up(user=desk.agent("5001"), call_id="0" * 16)
