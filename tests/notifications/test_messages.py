"""What clients hear of events, in the shapes of the reference documents."""

import pytest

from notifications.events import NotificationTriggered
from notifications.messages import Message, messages_for
from portal.api.roles import EVERYONE, SUPERVISORS
from provisioning.events import PasswordChanged, ProvisioningChanged, ServiceStateChanged
from telephony import events

BASE = "http://127.0.0.1:8080/api/v2"
DEVICE = "efe1ab32-53f9-43ce-b65e-5768c61f7d4a"
NOT_READY = {
    "id": "900D55CC-2BB0-431F-8BF9-D3525B383BE6",
    "displayName": "Not Ready",
    "state": "NotReady",
}
CALL = {
    "id": "0071023821aec021",
    "state": "Established",
    "callUuid": "013V08JRL498H1OI04000VTAES000015",
    "devicePath": f"/devices/{DEVICE}",
    "path": "/me/calls/0071023821aec021",
    "participants": ["5000"],
    "participantsInfo": [{"digits": "5000", "e164Number": "5000", "formattedPhoneNumber": "5000"}],
    "dnis": "5000",
    "callType": "Internal",
    "capabilities": ["Hangup", "Hold"],
    "duration": "1",
    "mute": "Off",
    "supervisorListeningIn": False,
    "monitoredUserMuted": False,
    "userData": {"path": "/whatever/it/is", "AnyPath": "/x"},
}


def of_call(kind, **more):
    view = {"user_id": "u1", "device_id": DEVICE, "phone_number": "5005", "call": CALL}
    return kind(
        contact_center_id="c1",
        call_id="0071023821aec021",
        call_uuid="013V08JRL498H1OI04000VTAES000015",
        call_type="Internal",
        **{"views": [{**view, "notification_type": "StatusChange"}], **more},
    )


def test_a_call_is_told_as_the_document_shows():
    """Source: seed 001 "CallStateChangeMessage"."""
    [message] = messages_for(of_call(events.CallAnswered, device_id=DEVICE))

    assert (message.topic, message.user_id, message.roles) == ("/v2/me/calls", "u1", EVERYONE)
    content = message.content(BASE)
    assert content == {
        "messageType": "CallStateChangeMessage",
        "notificationType": "StatusChange",
        "phoneNumber": "5005",
        "call": {
            **{name: value for name, value in CALL.items() if name != "devicePath"},
            "deviceUri": f"{BASE}/devices/{DEVICE}",
            "uri": f"{BASE}/me/calls/0071023821aec021",
        },
    }


def test_uris_are_those_of_the_clients_own_host():
    [message] = messages_for(of_call(events.CallAnswered, device_id=DEVICE))

    one, other = message.content("https://a.example/api/v2"), message.content(BASE)

    assert one["call"]["uri"] == "https://a.example/api/v2/me/calls/0071023821aec021"
    assert other["call"]["uri"] == f"{BASE}/me/calls/0071023821aec021"


@pytest.mark.parametrize(
    "kind",
    [
        "StatusChange",
        "ParticipantsUpdated",
        "AttachedDataChanged",
        "DtmfSent",
        "MonitoredUserMutedStateChange",
    ],
)
def test_the_notification_type_is_the_views(kind):
    view = {"user_id": "u1", "device_id": DEVICE, "notification_type": kind, "call": CALL}

    [message] = messages_for(of_call(events.CallData, views=[view], data={}))

    assert message.data["notificationType"] == kind


def test_each_party_is_told_of_its_own_view_and_outside_parties_of_none():
    views = [
        {"user_id": user_id, "device_id": DEVICE, "notification_type": "StatusChange", "call": CALL}
        for user_id in ("u1", None, "u2")
    ]

    messages = messages_for(of_call(events.CallParticipants, views=views))

    assert [message.user_id for message in messages] == ["u1", "u2"]


def test_a_recordings_state_is_told_with_the_call_and_on_its_own_topic():
    """Source: seed 003 "Call Recording API", Notifications."""
    call = {**CALL, "recordingState": "Paused"}
    kind = "CallRecordingStateChange"
    view = {"user_id": "u1", "device_id": DEVICE, "notification_type": kind, "call": call}

    of_the_call, of_recording = messages_for(
        of_call(events.CallRecording, views=[view], recording_state="Paused")
    )

    assert of_the_call.topic == "/v2/me/calls"
    assert of_the_call.content(BASE)["notificationType"] == kind
    assert of_the_call.content(BASE)["call"]["recordingState"] == "Paused"
    assert of_recording.topic == "/v2/me/recordings"
    assert of_recording.content(BASE) == {
        "messageType": "RecordingStateChangeMessage",
        "notificationType": kind,
        "callUri": f"{BASE}/me/calls/0071023821aec021",
        "deviceUri": f"{BASE}/devices/{DEVICE}",
        "recordingState": "Paused",
    }


def test_an_agents_state_is_told_for_his_device_and_his_channel():
    """Source: seed 001 "DeviceStateChangeMessage"; seed 003 "Channels API", notifications."""
    device = {
        "id": DEVICE,
        "path": f"/devices/{DEVICE}",
        "deviceState": "Active",
        "userState": NOT_READY,
        "doNotDisturb": "Off",
        "capabilities": ["DoNotDisturbOn", "ForwardCallsOn"],
    }

    phone = {
        "phoneNumber": "5005",
        "e164Number": "5005",
        "telephonyNetwork": "Private",
        "voiceEnvironmentPath": "/voice-environments/370ef5e6",
    }

    of_device, of_channel = messages_for(
        events.AgentNotReady(
            contact_center_id="c1",
            user_id="u1",
            device_id=DEVICE,
            device=device,
            phone=phone,
            user_state=NOT_READY,
            do_not_disturb="On",
        )
    )

    assert (of_device.topic, of_channel.topic) == ("/v2/me/devices", "/v2/me/channels")
    assert of_device.content(BASE) == {
        "messageType": "DeviceStateChangeMessage",
        "devices": [
            {
                **device,
                "uri": f"{BASE}/devices/{DEVICE}",
                "phoneNumber": "5005",
                "e164Number": "5005",
                "telephonyNetwork": "Private",
                "voiceEnvironmentUri": f"{BASE}/voice-environments/370ef5e6",
            }
        ],
    }
    assert of_channel.content(BASE) == {
        "messageType": "ChannelStateChangeMessage",
        "channels": [{"channel": "voice", "userState": NOT_READY, "dndState": "On"}],
    }


def test_a_device_of_nobody_is_nobodys_news():
    event = events.DeviceUnregistered(
        contact_center_id="c1", user_id=None, device_id=DEVICE, device={"id": DEVICE}
    )

    assert messages_for(event) == []


@pytest.mark.parametrize(
    ("call", "topic", "more"),
    [
        ((None, None), "/v2/me/devices", {}),
        (
            ("0071", "UUID"),
            "/v2/me/calls",
            {"callUri": f"{BASE}/calls/0071", "callUuid": "UUID"},
        ),
    ],
)
def test_what_the_switch_refused_is_an_error_message(call, topic, more):
    """Source: seed 001 "ErrorMessage"; seed 004 "Calls"."""
    [message] = messages_for(
        events.RequestRefused(
            contact_center_id="c1",
            user_id="u1",
            device_id=DEVICE,
            call_id=call[0],
            call_uuid=call[1],
            operation="Dial",
            message="Invalid Called Dn",
        )
    )

    assert (message.topic, message.user_id) == (topic, "u1")
    assert message.content(BASE) == {
        "messageType": "ErrorMessage",
        "deviceUri": f"{BASE}/devices/{DEVICE}",
        "errorMessage": "Invalid Called Dn",
        **more,
    }


def test_a_services_state_is_told_to_the_whole_contact_center():
    """Source: seed 001 "ServiceStateChangeMessage"."""
    [message] = messages_for(
        ServiceStateChanged(
            contact_center_id="c1", service_id="370e", name="SIPS", type="Voice", state="Inactive"
        )
    )

    assert (message.topic, message.user_id, message.contact_center_id, message.roles) == (
        "/notifications/services",
        None,
        "c1",
        EVERYONE,
    )
    assert message.content(BASE) == {
        "messageType": "ServiceStateChangeMessage",
        "service": {
            "id": "370e",
            "uri": f"{BASE}/services/370e",
            "path": "/services/370e",
            "name": "SIPS",
            "type": "Voice",
            "state": "Inactive",
        },
    }


def test_a_password_is_told_to_its_user_and_to_the_supervisors():
    """Source: seed 004 "User"."""
    own, supervisors = messages_for(
        PasswordChanged(
            contact_center_id="c1",
            user_id="5804abe2-8437-4b5b-b0a1-8f57f5c9043d",
            actor_id=None,
            outcome="PasswordChangeError",
            error_code=2,
            error_message="Did not enter old password correctly",
        )
    )

    said = {
        "messageType": "PasswordChangeMessage",
        "notificationType": "PasswordChangeError",
        "errorMessage": "Did not enter old password correctly",
        "errorCode": 2,
    }
    assert (own.topic, own.user_id) == ("/v2/me", "5804abe2-8437-4b5b-b0a1-8f57f5c9043d")
    assert own.content(BASE) == said
    assert (supervisors.topic, supervisors.contact_center_id) == ("/v2/users", "c1")
    assert supervisors.roles == SUPERVISORS
    assert supervisors.content(BASE) == {
        **said,
        "userId": "5804abe284374b5bb0a18f57f5c9043d",
        "userUri": f"{BASE}/users/5804abe284374b5bb0a18f57f5c9043d",
    }


def test_a_success_has_no_error():
    own, _ = messages_for(
        PasswordChanged(
            contact_center_id="c1",
            user_id="u1",
            actor_id=None,
            outcome="PasswordChangeSuccessful",
            error_code=None,
            error_message="",
        )
    )

    assert own.content(BASE) == {
        "messageType": "PasswordChangeMessage",
        "notificationType": "PasswordChangeSuccessful",
    }


def test_what_was_triggered_goes_out_as_it_is(settings):
    settings.API_PROFILE = "8.5.202"
    data = {"path": "/x", "call": {"path": "/y"}, "list": [1, None]}

    [message] = messages_for(
        NotificationTriggered(
            contact_center_id="c1", user_id="u1", channel="/v2/me/calls", data=data
        )
    )

    assert (message.topic, message.user_id) == ("/v2/me/calls", "u1")
    assert message.content(BASE) == data


def test_provisioning_is_no_notification():
    event = ProvisioningChanged(
        contact_center_id="c1",
        resource="skills",
        object_id="s",
        action="created",
        before=None,
        after={},
        actor_id=None,
        actor_name="",
        origin="api",
        request_id="r",
        reason="",
    )

    assert messages_for(event) == []


def test_the_later_profile_has_its_form_of_participants_and_metrics(settings):
    """Contract §1 "Compatibility profile"."""
    settings.API_PROFILE = "8.5.202"
    [message] = messages_for(of_call(events.CallAnswered, device_id=DEVICE, occurred_at_ms=17))

    content = message.content(BASE)

    assert content["metrics"] == {"occurredAt": 17}
    assert "participantsInfo" not in content["call"]
    assert content["call"]["participants"] == [
        {
            "phoneNumber": "5000",
            "digits": "5000",
            "e164Number": "5000",
            "formattedPhoneNumber": "5000",
        }
    ]


def test_completing_a_message_leaves_the_event_as_it_was():
    event = of_call(events.CallAnswered, device_id=DEVICE)
    [message] = messages_for(event)

    message.content(BASE)

    assert event.views[0]["call"] is CALL
    assert "devicePath" in CALL


def test_another_rooms_event_may_carry_messages_of_its_own():
    class FromAnotherRoom:
        kind = "interaction.invited"
        occurred_at_ms = 1
        notifications = (
            {
                "user_id": "u1",
                "topic": "/v2/me/interactions",
                "data": {"interaction": {"path": "/me/interactions/1", "userData": {"path": "/"}}},
            },
        )

    [message] = messages_for(FromAnotherRoom())

    assert isinstance(message, Message)
    assert message.content(BASE) == {
        "interaction": {
            "uri": f"{BASE}/me/interactions/1",
            "path": "/me/interactions/1",
            "userData": {"path": "/"},
        }
    }
