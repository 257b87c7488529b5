"""Agents at the numbers of the seeds, and what each of them is notified of."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from portal.events.log import Event, event_from_record
from portal.events.models import EventRecord
from provisioning.models import ContactCenter, Device, Queue, User
from telephony.call_resource import with_uris
from tests.factories import (
    DeviceFactory,
    PhoneNumberFactory,
    QueueFactory,
    UserFactory,
)
from tests.telephony.factories import go_ready

HOST = "http://127.0.0.1:8080/api/v2"
EXAMPLES: dict[str, Any] = json.loads(
    (Path(__file__).parent / "api" / "voice_examples.json").read_text()
)
Message = dict[str, Any]


class Desk:
    """A contact center with agents at numbers. `hears(number)` gives an agent's notifications."""

    def __init__(self, center: ContactCenter, client_of: Callable[[User], Any]) -> None:
        self.center = center
        self._client_of = client_of
        self._users: dict[str, User] = {}
        self._seen: dict[str, int] = {}

    # --- who is there ---

    def agent(self, number: str, **device: Any) -> User:
        if number not in self._users:
            user = UserFactory.create(contact_center=self.center)
            phone = PhoneNumberFactory.create(contact_center=self.center, number=number)
            DeviceFactory.create(
                contact_center=self.center, user=user, phone_number=phone, **device
            )
            self._users[number] = user
        return self._users[number]

    def ready(self, number: str, **device: Any) -> User:
        user = self.agent(number, **device)
        go_ready(user)
        return user

    def queue(self, number: str) -> Queue:
        phone = PhoneNumberFactory.create(contact_center=self.center, number=number)
        return QueueFactory.create(contact_center=self.center, phone_number=phone)

    def phone(self, number: str) -> Device:
        return self.agent(number).devices.get()

    # --- what they do ---

    def asks(self, number: str, path: str, operation: str, **body: Any) -> Any:
        """POST of an operation; gives the answer."""
        client = self._client_of(self.agent(number))
        return client.post(f"/api/v2{path}", {"operationName": operation, **body})

    def does(self, number: str, operation: str, call: str | None = None, **body: Any) -> None:
        """An operation on a call of the agent's, the only one unless it is named."""
        call_id = call or self.call(number)
        answer = self.asks(number, f"/me/calls/{call_id}", operation, **body)
        assert (answer.status_code, answer.body) == (200, {"statusCode": 0}), answer.body

    def dials(self, number: str, destination: str, **body: Any) -> str:
        """Gives the id of the call; it may be over."""
        before = set(self.calls(number))
        path = f"/me/devices/{self.phone(number).pk}/calls"
        answer = self.asks(number, path, "Dial", destination={"phoneNumber": destination}, **body)
        assert (answer.status_code, answer.body) == (200, {"statusCode": 0}), answer.body
        return next(iter(set(self.calls(number)) - before), "")

    def talk(self, caller: str, called: str, **body: Any) -> str:
        """A call that the second answers; gives its id."""
        self.agent(called)
        call_id = self.dials(caller, called, **body)
        self.does(called, "Answer", call_id)
        return call_id

    def calls(self, number: str) -> dict[str, Message]:
        body = self._client_of(self.agent(number)).get("/api/v2/me/calls?fields=*").body
        return {call["id"]: call for call in body["calls"]}

    def call(self, number: str) -> str:
        [call_id] = self.calls(number)
        return call_id

    # --- what they hear ---

    def events(self) -> list[Event]:
        """The events of calls and refusals since this was asked last."""
        rows = EventRecord.objects.filter(id__gt=self._seen.get("", 0)).order_by("id")
        found = list(rows)
        if found:
            self._seen[""] = found[-1].id
        kinds = ("call.", "request.", "device.")
        return [event_from_record(row) for row in found if row.kind.startswith(kinds)]

    def hears(self, number: str) -> list[Message]:
        """The CallStateChangeMessages since this was asked of him last, in their order."""
        user_id = str(self.agent(number).pk)
        rows = list(EventRecord.objects.filter(id__gt=self._seen.get(number, 0)).order_by("id"))
        if rows:
            self._seen[number] = rows[-1].id
        return [
            {
                "notificationType": view["notification_type"],
                "phoneNumber": view["phone_number"],
                **with_uris(view["call"], HOST),
            }
            for row in rows
            for view in getattr(event_from_record(row), "views", [])
            if view["user_id"] == user_id
        ]


def assert_as_in_seed(message: Message, example: str) -> None:
    """What an example of the seed shows is what the message says; what it leaves out is absent."""
    expected = dict(EXAMPLES[example])
    expected.pop("line")
    shown: dict[str, Any] = {
        name: message.get(name)
        for name in ("state", "callType", "dnis", "participants", "mute", "notificationType")
        if name in expected
    }
    shown["capabilities"] = sorted(message["capabilities"])
    for name in ("userData", "toast", "case"):
        if name in message:
            shown[name] = message[name]
    if "parentCallUri" in message:
        shown["hasParent"] = True
    assert shown == expected, example


def assert_told(messages: list[Message], *examples: str) -> None:
    """These notifications, in this order, and no more."""
    assert len(messages) == len(examples), [
        (message["notificationType"], message["state"]) for message in messages
    ]
    for message, example in zip(messages, examples, strict=True):
        assert_as_in_seed(message, example)
