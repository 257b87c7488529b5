"""Every example of a call in seed 001, brought about by the requests that it shows.

`voice_examples.json` holds the examples: section, number within it, and the line of the seed.
"""

import json
from pathlib import Path

import pytest

from provisioning.models import Setting
from tests.telephony.desk import EXAMPLES, Desk, assert_as_in_seed, assert_told

# Those of supervisors who monitor are in test_monitoring_examples.
OF_SUPERVISORS = {
    "SwitchToBargeIn 1",
    "SwitchToListenin 1",
    "MuteMonitoredUser 1",
    "UnmuteMonitoredUser 1",
}


@pytest.fixture
def desk(center, api):
    # The contact center of the seed records nothing.
    center.features.filter(feature_id="api-voice-recording").delete()
    desk = Desk(center, api.by)
    for number in ("5000", "5001", "5005"):
        desk.agent(number)
    return desk


def test_what_are_capabilities(desk):
    desk.dials("5001", "5000")
    assert_told(desk.hears("5000"), "What Are Capabilities? 1")
    desk.does("5000", "Answer")
    assert_told(desk.hears("5000"), "What Are Capabilities? 2")


def test_asynchronous_events(desk):
    call_id = desk.talk("5005", "5000")
    *_, answered = desk.hears("5005")
    assert_as_in_seed(answered, "Asynchronous Events 1")
    assert answered["phoneNumber"] == "5005"
    assert answered["uri"] == f"http://127.0.0.1:8080/api/v2/me/calls/{call_id}"


def test_recovering_existing_state(desk):
    call_id = desk.talk("5000", "5001")
    call = desk.calls("5001")[call_id]
    assert_as_in_seed(call, "Recovering Existing State 1")
    assert_as_in_seed(call, "Recovering Existing State 2")


def test_toast_and_case(desk):
    customer = {"attachedDataKey": "CustomerName", "displayName": "Customer"}
    purpose = {"attachedDataKey": "POC", "displayName": "Purpose of Call"}
    filters = {"toast-filter": [customer], "case-filter": [customer, purpose]}
    for name, value in filters.items():
        Setting.objects.create(
            contact_center=desk.center, group="voice", key=name, value={"value": value}
        )

    desk.dials("5005", "5000", userData={"POC": "New Service", "CustomerName": "Chris"})
    assert_told(desk.hears("5000"), "Toast And Case Data 1")
    desk.does("5000", "Answer")
    assert_told(desk.hears("5000"), "Toast And Case Data 2")


def test_dial(desk):
    desk.dials("5005", "5001")
    assert_told(desk.hears("5005"), "Dial 1")


def test_dial_with_user_data(desk):
    desk.dials("5005", "5001", userData={"CustomerSegment": "Gold"})
    assert_told(desk.hears("5005"), "Dial 2")


def test_answer(desk):
    desk.dials("5001", "5005")
    desk.hears("5005")
    desk.does("5005", "Answer")
    assert_told(desk.hears("5005"), "Answer 1")


def test_reject(desk):
    desk.queue("9000")
    desk.ready("5001")
    desk.dials("5005", "9000")
    [ringing] = desk.hears("5001")
    assert "Reject" in ringing["capabilities"]

    desk.does("5001", "Reject")

    assert_told(desk.hears("5001"), "Reject 1")
    [call] = desk.calls("5005").values()
    assert (call["state"], call["participants"]) == ("Dialing", ["9000"])


def test_hold_retrieve_and_hang_up(desk):
    desk.talk("5000", "5005")
    desk.hears("5005")
    desk.does("5005", "Hold")
    assert_told(desk.hears("5005"), "Hold 1")
    desk.does("5005", "Retrieve")
    assert_told(desk.hears("5005"), "Retrieve 1")
    desk.does("5005", "Hangup")
    assert_told(desk.hears("5005"), "Hangup 1")


def test_send_dtmf(desk):
    desk.talk("5000", "5005")
    desk.hears("5005")
    desk.does("5005", "SendDtmf", digits="7")
    assert_told(desk.hears("5005"), "SendDTMF 1")
    assert [message["notificationType"] for message in desk.hears("5000")][-1] != "DtmfSent"


def test_single_step_conference_and_the_removal_of_a_participant(desk):
    desk.talk("5000", "5005")
    desk.hears("5005")
    desk.does("5005", "SingleStepConference", destination={"phoneNumber": "5001"})
    assert_told(desk.hears("5005"), "SingleStepConference 1")
    desk.does("5001", "Answer")
    assert_told(desk.hears("5005"))
    desk.does("5005", "RemoveParticipantFromConference", participant="5001")
    assert_told(desk.hears("5005"), "RemoveParticipantFromConference 1")
    desk.does("5005", "SingleStepTransfer", destination={"phoneNumber": "5001"})
    assert_told(desk.hears("5005"), "SingleStepTransfer 1")


def test_single_step_conference_with_user_data(desk):
    desk.talk("5000", "5005")
    desk.hears("5005")
    desk.does(
        "5005",
        "SingleStepConference",
        destination={"phoneNumber": "5001"},
        userData={"AccountNumber": "12345"},
    )
    assert_told(desk.hears("5005"), "SingleStepConference 2")


def test_two_step_conference(desk):
    first = desk.talk("5001", "5005")
    desk.hears("5005")
    desk.does("5005", "InitiateConference", destination={"phoneNumber": "5000"})
    held, dialing = desk.hears("5005")
    assert_told([held, dialing], "InitiateConference 1", "InitiateConference 2")
    assert (held["id"], dialing["parentCallUri"]) == (first, held["uri"])

    desk.does("5000", "Answer")
    desk.hears("5005")
    desk.does("5005", "CompleteConference", dialing["id"])

    released, updated = desk.hears("5005")
    assert_told([released, updated], "CompleteConference 1", "CompleteConference 2")
    assert (released["id"], updated["id"]) == (dialing["id"], first)


def test_single_step_transfer_with_user_data(desk):
    desk.talk("5001", "5005")
    desk.hears("5005")
    desk.does(
        "5005",
        "SingleStepTransfer",
        destination={"phoneNumber": "5000"},
        userData={"TransferReason": "Escalation", "TransferAgent": "JSmith"},
    )
    assert_told(desk.hears("5005"), "SingleStepTransfer 2")


def test_initiate_transfer(desk):
    desk.talk("5000", "5005")
    desk.hears("5005")
    desk.does("5005", "InitiateTransfer", destination={"phoneNumber": "5001"})
    assert_told(desk.hears("5005"), "InitiateTransfer 1", "InitiateTransfer 2")


@pytest.mark.parametrize(
    ("section", "first", "names_consult"),
    [("InitiateTransfer", 3, False), ("CompleteTransfer", 3, True), ("CompleteTransfer", 3, False)],
)
def test_the_full_two_step_transfer(desk, section, first, names_consult):
    def told(*numbers):
        assert_told(desk.hears("5005"), *[f"{section} {number}" for number in numbers])

    call_id = desk.dials("5000", "5005")
    told(first)
    desk.does("5005", "Answer")
    told(first + 1)
    desk.does("5005", "InitiateTransfer", destination={"phoneNumber": "5001"})
    told(first + 2, first + 3)
    [consult] = set(desk.calls("5005")) - {call_id}

    if names_consult:
        uri = f"http://localhost:8080/api/v2/me/calls/{consult}"
        desk.does("5001", "Answer")
        desk.hears("5005")
        desk.does("5005", "CompleteTransfer", call_id, consultCallUri=uri)
    else:
        desk.does("5005", "CompleteTransfer", consult)
    told(first + 4, first + 5)
    if section == "CompleteTransfer":
        assert EXAMPLES["CompleteTransfer 1"] | {"line": 0} == EXAMPLES["CompleteTransfer 7"] | {
            "line": 0
        }
        assert EXAMPLES["CompleteTransfer 2"] | {"line": 0} == EXAMPLES["CompleteTransfer 8"] | {
            "line": 0
        }

    # Those who are left have each other, in the original call.
    if not names_consult:
        desk.does("5001", "Answer")
    for number, other in (("5000", "5001"), ("5001", "5000")):
        [call] = desk.calls(number).values()
        assert (call["id"], call["state"]) == (call_id, "Established")
        assert call["participants"] == [other]
    assert desk.calls("5005") == {}


def test_the_full_swap_of_calls(desk):
    def told(*numbers):
        assert_told(desk.hears("5005"), *[f"SwapCalls {number}" for number in numbers])

    first = desk.dials("5000", "5005")
    told(3)
    desk.does("5005", "Answer")
    told(4)
    desk.does("5005", "Hold")
    told(5)
    second = desk.dials("5005", "5001")
    told(6)
    desk.does("5001", "Answer")
    told(7)
    other = f"http://localhost:8080/api/v2/me/calls/{first}"
    desk.does("5005", "SwapCalls", second, otherCallUri=other)
    told(8, 9)
    calls = desk.calls("5005")
    for call_id, example in ((first, "SwapCalls 1"), (second, "SwapCalls 2")):
        assert_as_in_seed({"notificationType": "StatusChange", **calls[call_id]}, example)


def test_attach_user_data(desk):
    desk.talk("5001", "5000")
    desk.hears("5000")
    desk.does("5000", "AttachUserData", userData={"Colors": "Blue"})
    assert_told(desk.hears("5000"), "AttachUserData 1")


def test_update_and_delete_user_data(desk):
    desk.talk("5001", "5005")
    desk.hears("5005")
    desk.does("5005", "UpdateUserData", userData={"CustomerName": "Willard"})
    assert_told(desk.hears("5005"), "UpdateUserData 1")
    desk.does(
        "5005",
        "UpdateUserData",
        userData={
            "CustomerNumber": "12345",
            "CustomerSegment": "Platinum",
            "CustomerName": "Willard",
        },
    )
    assert_told(desk.hears("5005"), "UpdateUserData 2")
    desk.does("5005", "DeleteUserDataPair", key="CustomerSegment")
    assert_told(desk.hears("5005"), "DeleteUserDataPair 1")
    desk.does("5005", "DeleteUserData")
    assert_told(desk.hears("5005"), "DeleteUserData 1")


def test_set_call_disposition_as_a_supervisor_who_has_barged_in(desk):
    """Seed 001 "SetCallDisposition" shows it so, sent to the device of 5005."""
    from telephony.services import monitoring
    from telephony.switch.tables import MonitorKind

    supervisor = desk.ready("5005")
    supervisor.is_supervisor = True
    supervisor.save()
    desk.ready("5001")
    desk.center.features.get_or_create(feature_id="api-supervisor-monitoring")
    monitoring.start(
        supervisor=supervisor,
        device=desk.phone("5005"),
        target=desk.phone("5001"),
        kind=MonitorKind.BARGE_IN,
    )
    call_id = desk.talk("5000", "5001")
    call = desk.calls("5005")[call_id]
    desk.hears("5005")

    answer = desk.asks(
        "5005",
        f"/me/devices/{desk.phone('5005').pk}",
        "SetCallDisposition",
        callUri=f"http://localhost:8080/api/v2/calls/{call_id}",
        callUuid=call["callUuid"],
        disposition="IssueResolved",
        dispositionKey="DispositionCode",
    )

    assert answer.body == {"statusCode": 0}
    assert_told(desk.hears("5005"), "SetCallDisposition 1")


def test_all_examples_are_here():
    text = Path(__file__).read_text()
    section_tests = {"SwapCalls", "InitiateTransfer", "CompleteTransfer"}
    missing = {
        name
        for name in EXAMPLES
        if json.dumps(name) not in text and name.rsplit(" ", 1)[0] not in section_tests
    }
    assert missing <= OF_SUPERVISORS
