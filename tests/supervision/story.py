"""Stories: a small contact center and what happens in it, as events of the log."""

import random
import uuid
from dataclasses import dataclass, field
from typing import Any

from portal.events.log import Event
from portal.events.reader import RecordedEvent
from provisioning.events import ProvisioningChanged
from telephony import events as line

START_MS = 1_795_000_000_000
CENTER, QUEUE, SKILL, ANN, BOB = (str(uuid.UUID(int=number)) for number in range(1, 6))
PHONES = {ANN: str(uuid.UUID(int=11)), BOB: str(uuid.UUID(int=12))}
READY = {"id": "r", "displayName": "Ready", "state": "Ready"}
NOT_READY = {"id": "n", "displayName": "Not Ready", "state": "NotReady"}
LUNCH = {**NOT_READY, "displayName": "Lunch", "reason": "lunch"}
WRAP_UP = {**NOT_READY, "displayName": "AfterCallWork", "workMode": "AfterCallWork"}


@dataclass
class Story:
    """Events with rising ids, each a moment after the one before."""

    center: str = CENTER
    now_ms: int = START_MS
    events: list[RecordedEvent] = field(default_factory=list)

    def later(self, seconds: float) -> "Story":
        self.now_ms += round(seconds * 1000)
        return self

    def tell(self, kind: type[Event], **facts: Any) -> "Story":
        event = kind(contact_center_id=self.center, occurred_at_ms=self.now_ms, **facts)
        self.events.append(RecordedEvent(len(self.events) + 1, event))
        return self

    # --- what a contact center is made of ---

    def provision(
        self,
        resource: str,
        object_id: str,
        after: dict[str, Any] | None,
        before: dict[str, Any] | None = None,
    ) -> "Story":
        return self.tell(
            ProvisioningChanged,
            resource=resource,
            object_id=object_id,
            action="created",
            before=before,
            after=after,
            actor_id=None,
            actor_name="",
            origin="test",
            request_id="",
            reason="",
        )

    def furnish(self) -> "Story":
        """A contact center with one queue, one skill and the agents Ann and Bob, who have it."""
        self.provision("contact-centers", self.center, {"name": "Red", "time_zone": "UTC"})
        self.provision("queues", QUEUE, {"name": "Sales"})
        self.provision("skills", SKILL, {"name": "Selling"})
        self.provision(
            "queue-skills", f"{QUEUE}/{SKILL}", {"queue_id": QUEUE, "skill_id": SKILL, "level": 1}
        )
        for user_id, first_name in ((ANN, "Ann"), (BOB, "Bob")):
            self.provision("users", user_id, user(first_name))
            pair = {"user_id": user_id, "skill_id": SKILL, "level": 5}
            self.provision("user-skills", f"{user_id}/{SKILL}", pair)
        return self

    # --- what happens on the line ---

    def login(self, user_id: str = ANN, state: dict[str, Any] = READY) -> "Story":
        facts = {"user_id": user_id, "device_ids": [PHONES[user_id]], "device": {}}
        return self.tell(line.AgentLogin, **facts, user_state=state)

    def logout(self, user_id: str = ANN) -> "Story":
        return self.tell(line.AgentLogout, user_id=user_id, device_ids=[PHONES[user_id]], device={})

    def mode(self, kind: type[Event], state: dict[str, Any], user_id: str = ANN) -> "Story":
        facts = {"user_id": user_id, "device_id": PHONES[user_id], "device": {}}
        return self.tell(kind, **facts, user_state=state)

    def call(self, kind: type[Event], call_id: str = "c1", user_id: str | None = None) -> "Story":
        facts: dict[str, Any] = {
            "call_id": call_id,
            "call_uuid": f"uuid-{call_id}",
            "call_type": "Inbound",
            "queue_id": QUEUE,
        }
        if user_id is not None:
            facts |= {"user_id": user_id, "device_id": PHONES[user_id]}
        return self.tell(kind, **facts)

    def answered_call(self, call_id: str = "c1", user_id: str = ANN) -> "Story":
        self.call(line.CallQueued, call_id).later(5)
        self.call(line.CallDistributed, call_id, user_id)
        self.call(line.CallRinging, call_id, user_id).later(2)
        self.call(line.CallAnswered, call_id, user_id).later(30)
        return self.call(line.CallReleased, call_id, user_id)


def user(first_name: str, *, is_agent: bool = True) -> dict[str, Any]:
    return {
        "user_name": f"{first_name.lower()}@red.example",
        "first_name": first_name,
        "last_name": "Red",
        "is_agent": is_agent,
    }


def busy_story(seed: int, *, steps: int = 200) -> Story:
    """A contact center in which all sorts of things happen, sensible or not."""
    dice = random.Random(seed)
    story = Story().furnish()
    of_party = [
        line.CallDistributed,
        line.CallRinging,
        line.CallAnswered,
        line.CallHeld,
        line.CallRetrieved,
        line.CallReleased,
        line.CallRingCancelled,
        line.CallRingAbandoned,
    ]
    for _ in range(steps):
        story.later(dice.choice([0, 0.2, 1, 7.5, 61]))
        user_id, call_id = dice.choice([ANN, BOB]), f"c{dice.randrange(5)}"
        match dice.randrange(8):
            case 0:
                story.login(user_id, dice.choice([READY, NOT_READY]))
            case 1:
                story.logout(user_id)
            case 2:
                story.mode(line.AgentReady, READY, user_id)
            case 3:
                story.mode(line.AgentNotReady, dice.choice([NOT_READY, LUNCH]), user_id)
            case 4:
                story.call(dice.choice([line.CallQueued, line.CallAbandoned]), call_id)
            case 5:
                before = {"user_id": user_id, "skill_id": SKILL, "level": 5}
                after = dice.choice([None, before])
                story.provision("user-skills", f"{user_id}/{SKILL}", after, before)
            case _:
                story.call(dice.choice(of_party), call_id, user_id)
    return story
