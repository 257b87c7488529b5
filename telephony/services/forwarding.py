"""Whose calls go elsewhere."""

from collections.abc import Callable

from provisioning.models import Device, User
from telephony.line import Line, open_line
from telephony.models import Forwarding
from telephony.numbers import place_at, place_of
from telephony.services.requests import hand_over
from telephony.switch.effects import Effect, Refusal, agent_fact
from telephony.switch.state import AgentSession
from telephony.switch.tables import INCORRECT_STATE, INVALID_CALLED_DN, RefusedError


def forward_calls(*, user: User, device: Device, destination: str, asked_by: User) -> bool:
    """What somebody dials to reach this device rings at the destination from now on.

    Queues deliver all the same, to an agent who is ready at it.
    """

    def change() -> None:
        # Neither to itself, nor to one whose calls come here.
        for find in (place_at, place_of):
            place = find(device.contact_center, destination)
            if place is None or place.device == device:
                raise RefusedError(INVALID_CALLED_DN)
        if Forwarding.objects.filter(device=device).exists():
            raise RefusedError(INCORRECT_STATE)
        Forwarding.objects.create(
            device=device, contact_center=device.contact_center, destination=destination.strip()
        )

    return _change("ForwardCallsOn", user, device, asked_by, change)


def keep_calls(*, user: User, device: Device, asked_by: User) -> bool:
    """The device has its calls again."""

    def change() -> None:
        deleted, _ = Forwarding.objects.filter(device=device).delete()
        if not deleted:
            raise RefusedError(INCORRECT_STATE)

    return _change("ForwardCallsOff", user, device, asked_by, change)


def _change(
    operation: str, user: User, device: Device, asked_by: User, change: Callable[[], None]
) -> bool:
    device_id, center_id = str(device.pk), str(device.contact_center_id)

    def carry_out() -> bool:
        with open_line() as line:
            # The owner's row is the lock of his device, too.
            agent = line.lock_people([str(user.pk)], contact_center_id=center_id)[str(user.pk)]

            def rule() -> list[Effect]:
                change()
                return [_told(line, agent, device_id)]

            return line.attempt(
                rule,
                lambda message: Refusal(
                    at_ms=line.at_ms,
                    contact_center_id=center_id,
                    user_id=str(asked_by.pk),
                    device_id=device_id,
                    call_id=None,
                    call_uuid=None,
                    operation=operation,
                    message=message,
                ),
            )

    return hand_over(operation, user, device_id=device.pk, carry_out=carry_out)


def _told(line: Line, agent: AgentSession, device_id: str) -> Effect:
    return agent_fact("device.changed", agent, device_id=device_id, at_ms=line.at_ms)
