"""Where a number leads: a device, a queue, or somebody outside."""

import uuid
from dataclasses import dataclass

import phonenumbers

from portal.api.status import ApiError
from provisioning.models import ContactCenter, Device, PhoneNumber, Queue
from provisioning.services.phone_numbers import number_facts
from telephony.models import Forwarding, OutsideParty
from telephony.repository import Repository
from telephony.switch.conferences import digits_of
from telephony.switch.destinations import Destination, Extension, OutsideNumber, QueueNumber
from telephony.switch.positions import position_at
from telephony.switch.tables import INVALID_CALLED_DN, RefusedError

# How long somebody outside takes to answer of whom nothing else is known.
OUTSIDE_ANSWERS_AFTER_MS = 3_000
_MAX_FORWARDINGS = 8
_MAX_DIGITS = 18


@dataclass(frozen=True, slots=True)
class Place:
    """What has a number. Neither device nor queue: somebody outside."""

    number: str
    device: Device | None = None
    queue: Queue | None = None
    is_busy: bool = False

    @property
    def user_id(self) -> str | None:
        """Whom the call would reach: to be locked before it does."""
        if self.device is None or self.device.user_id is None:
            return None
        return str(self.device.user_id)


def place_of(contact_center: ContactCenter, number: str) -> Place | None:
    """What a number leads to in the end, forwardings followed; None where it leads nowhere.

    A device whose forwarding leads back to it is busy, as phones say in that case.
    """
    place = place_at(contact_center, number)
    seen: set[object] = set()
    while place is not None and place.device is not None and len(seen) < _MAX_FORWARDINGS:
        if place.device.pk in seen:
            return Place(place.number, device=place.device, is_busy=True)
        seen.add(place.device.pk)
        forwarding = Forwarding.objects.filter(device=place.device).first()
        if forwarding is None:
            return place
        place = place_at(contact_center, forwarding.destination)
    return place


def destination_in(line: Repository, contact_center: ContactCenter, place: Place) -> Destination:
    """The place as the rules need it; its user must be locked."""
    if place.queue is not None:
        return QueueNumber(number=place.number, queue_id=str(place.queue.pk))
    if place.device is not None:
        return _extension(line, place, place.device)
    behaviour = OutsideParty.objects.filter(
        contact_center=contact_center, digits=digits_of(place.number)
    ).first()
    return OutsideNumber(
        number=place.number,
        party=uuid.uuid4().hex,
        is_busy=behaviour is not None and behaviour.is_busy,
        answers_after_ms=behaviour.answers_after_ms if behaviour else OUTSIDE_ANSWERS_AFTER_MS,
    )


def _extension(line: Repository, place: Place, device: Device) -> Extension:
    device_id = str(device.pk)
    agent = line.lock_agents([place.user_id]).get(place.user_id) if place.user_id else None
    position = position_at(agent, device_id) if agent else None
    return Extension(
        number=device.phone_number.number,
        device_id=device_id,
        user_id=place.user_id,
        answers_on_request=device.telephony_network != "Public",
        is_busy=place.is_busy or (position is not None and position.is_do_not_disturb),
        beside=line.legs_at_device.setdefault(device_id, []),
    )


def place_at(contact_center: ContactCenter, number: str) -> Place | None:
    """What has the number itself, whether its calls are forwarded or not."""
    number = number.strip()
    try:
        facts = number_facts(number, contact_center.country)
    except ApiError:
        return None
    found = (
        PhoneNumber.objects.filter(contact_center=contact_center, e164_number=facts["e164_number"])
        .select_related("device__phone_number", "queue__phone_number")
        .first()
    )
    if found is None:
        is_outside = len(facts["digits"]) <= _MAX_DIGITS and _is_possible(number, contact_center)
        return Place(number) if is_outside else None
    device, queue = getattr(found, "device", None), getattr(found, "queue", None)
    # A number that nothing has yet leads nowhere.
    return Place(found.number, device=device, queue=queue) if device or queue else None


def _is_possible(number: str, contact_center: ContactCenter) -> bool:
    """Whether the numbering plan has numbers of this length, with the area code or without."""
    try:
        parsed = phonenumbers.parse(number, contact_center.country)
    except phonenumbers.NumberParseException:
        return False
    return phonenumbers.is_possible_number(parsed)


def require_place(place: Place | None) -> Place:
    """Refuse as the switch does what leads nowhere."""
    if place is None:
        raise RefusedError(INVALID_CALLED_DN)
    return place
