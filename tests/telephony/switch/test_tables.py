"""The table of legs: what is offered, what is refused, and docs/telephony.md agree."""

from pathlib import Path

import pytest

from telephony.switch.capabilities import possible_operations, state_after
from telephony.switch.state import Call, Leg
from telephony.switch.tables import (
    LEG_OPERATIONS,
    CallOperation,
    CallType,
    Condition,
    LegState,
    RecordingState,
    RefusedError,
)

ROOT = Path(__file__).parents[3]
STATES = [state for state in LegState if state is not LegState.RELEASED]
DATA = {"AttachUserData", "UpdateUserData", "DeleteUserData", "DeleteUserDataPair"}
TALK = DATA | {
    "Hangup",
    "SingleStepConference",
    "InitiateConference",
    "SingleStepTransfer",
    "InitiateTransfer",
}
RECORD = {"StartCallRecording"}


def cell(operation, state):
    possibility = LEG_OPERATIONS[state].get(operation)
    if possibility is None:
        return ""
    leads_to = "stays" if possibility.leads_to is state else str(possibility.leads_to)
    words = [leads_to, *([possibility.condition.value] if possibility.condition.value else [])]
    return " ".join(words) + ("" if possibility.is_listed else " *")


def rows():
    yield "| operation | " + " | ".join(STATES) + " |"
    yield "|---" * (len(STATES) + 1) + "|"
    for operation in CallOperation:
        cells = " | ".join(cell(operation, state) for state in STATES)
        yield f"| {operation} | {cells} |".replace("  ", " ")


def test_the_documentation_shows_the_table():
    text = (ROOT / "docs" / "telephony.md").read_text(encoding="utf-8")
    assert "\n".join(rows()) in text, "\n" + "\n".join(rows())


def call_with(state, *, parties=2, beside=None, **more):
    """A call with a leg in this state; `beside` is the state of another call at the same phone."""
    leg = Leg(number="5001", state=state, began_ms=0, device_id="phone", user_id="bob", **more)
    others = [
        Leg(number=f"+1{number}", state=LegState.ESTABLISHED, began_ms=0)
        for number in range(parties - 1)
    ]
    leg.beside.append(leg)
    if beside is not None:
        leg.beside.append(Leg(number="5001", state=beside, began_ms=0, device_id="phone"))
    call = Call(
        id="1",
        uuid="U",
        contact_center_id="center",
        type=CallType.INBOUND,
        ani="",
        dnis="5001",
        legs=[leg, *others],
    )
    return call, leg


@pytest.mark.parametrize(
    ("case", "expected"),
    [
        ({"state": LegState.DIALING}, DATA | {"Hangup", "SendDtmf"}),
        (
            {"state": LegState.DIALING, "beside": LegState.HELD},
            DATA | {"Hangup", "SendDtmf", "SwapCalls", "CompleteTransfer"},
        ),
        ({"state": LegState.RINGING}, DATA | {"Answer"}),
        ({"state": LegState.RINGING, "queue_id": "queue"}, DATA | {"Answer", "Reject"}),
        ({"state": LegState.RINGING, "answers_on_request": False}, DATA),
        ({"state": LegState.ESTABLISHED}, TALK | RECORD | {"Hold", "SendDtmf"}),
        (
            {"state": LegState.ESTABLISHED, "beside": LegState.HELD},
            TALK
            | RECORD
            | {"Hold", "SendDtmf", "SwapCalls", "CompleteTransfer", "CompleteConference"},
        ),
        (
            {"state": LegState.ESTABLISHED, "beside": LegState.RINGING},
            TALK | RECORD | {"Hold", "SendDtmf"},
        ),
        (
            {"state": LegState.ESTABLISHED, "parties": 3},
            TALK | RECORD | {"Hold", "SendDtmf", "MuteCall"},
        ),
        (
            {"state": LegState.ESTABLISHED, "parties": 3, "is_muted": True},
            TALK | RECORD | {"Hold", "SendDtmf"},
        ),
        ({"state": LegState.HELD}, TALK | {"Retrieve"}),
        ({"state": LegState.HELD, "beside": LegState.DIALING}, TALK | {"Retrieve"}),
        (
            {"state": LegState.HELD, "beside": LegState.ESTABLISHED},
            TALK | {"Retrieve", "SwapCalls", "CompleteTransfer", "CompleteConference"},
        ),
        ({"state": LegState.RELEASED}, set()),
    ],
)
def test_what_is_offered(case, expected):
    call, leg = call_with(**case)
    assert set(possible_operations(call, leg)) == expected
    hidden = {
        CallOperation.SET_CALL_DISPOSITION,
        CallOperation.MERGE_WITH_OTHER_CALL,
        CallOperation.UNMUTE_CALL,
    }
    for operation in set(CallOperation) - hidden:
        if str(operation) in expected:
            state_after(call, leg, operation)
        else:
            with pytest.raises(RefusedError, match="Incorrect object state"):
                state_after(call, leg, operation)


def test_the_owner_of_a_conference_may_take_others_out_of_it():
    call, leg = call_with(LegState.ESTABLISHED, parties=3)
    call.conference_owner = "phone"
    assert "RemoveParticipantFromConference" in possible_operations(call, leg)
    call.conference_owner = "another phone"
    assert "RemoveParticipantFromConference" not in possible_operations(call, leg)


@pytest.mark.parametrize(
    ("recording", "offered"),
    [
        (RecordingState.NONE, {"StartCallRecording"}),
        (RecordingState.RECORDING, {"PauseCallRecording", "StopCallRecording"}),
        (RecordingState.PAUSED, {"ResumeCallRecording", "StopCallRecording"}),
        (RecordingState.STOPPED, {"StartCallRecording"}),
    ],
)
def test_recording_is_offered_as_it_stands(recording, offered):
    call, leg = call_with(LegState.ESTABLISHED)
    call.recording = recording
    shown = set(possible_operations(call, leg))
    assert {name for name in shown if name.endswith("CallRecording")} == offered


def test_every_condition_is_used():
    used = {
        possibility.condition for row in LEG_OPERATIONS.values() for possibility in row.values()
    }
    assert used == set(Condition)
