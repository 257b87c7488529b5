"""What a contact center session is started with: place, login code, queue, mobile application.

Source: seed 001 "StartContactCenterSession", "Mobile Push Notifications"; seed 003 "Presence".
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.db import IntegrityError, transaction

from portal.api.status import ApiError, StatusCode, not_found
from portal.api.uris import referenced_id, uuid_or_none
from provisioning.change import Change
from provisioning.models import Device, Place, Queue, User
from provisioning.services.devices import assign_device, unassign_device
from provisioning.services.recording import in_use
from telephony.events import AgentMobileSession
from telephony.line import Line
from telephony.models import AgentSession, ContactCenterSession
from telephony.switch.effects import StopTimer, TimerKind


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """As clients name them: a place by its name, a queue by its number; both by URI, path or id."""

    place: str | None = None
    login_code: str | None = None
    queue: str | None = None
    mobile_session: Mapping[str, Any] | None = None


NO_TERMS = Terms()


def place_of(user: User, named: str | None) -> Place | None:
    """The named place, or the user's default one if a device stands in it.

    Raises ApiError 6 where there is none, 2 where no device stands in it.
    """
    if named is None:
        default: Place | None = user.default_place
        return default if default is not None and default.device_id is not None else None
    places = Place.objects.filter(contact_center=user.contact_center_id)
    place: Place | None = places.filter(name=named).first()
    if place is None:
        identity = uuid_or_none(referenced_id(named, "places"))
        place = places.filter(pk=identity).first() if identity else None
    if place is None:
        raise not_found("place")
    if place.device_id is None:
        raise ApiError(StatusCode.INVALID_STATE, f"There is no device in place {place.name}")
    return place


def queue_of(user: User, named: str | None) -> Queue | None:
    """Raises ApiError 6 where the contact center has no such queue."""
    if named is None:
        return None
    queues = Queue.objects.filter(contact_center=user.contact_center_id)
    queue: Queue | None = queues.filter(phone_number__number=named).first()
    if queue is None:
        identity = uuid_or_none(referenced_id(named, "queues"))
        queue = queues.filter(pk=identity).first() if identity else None
    if queue is None:
        raise not_found("queue")
    return queue


def first_device(user: User) -> Device:
    """Raises ApiError 2 where the user has none."""
    device: Device | None = (
        user.devices.select_related("phone_number").order_by("phone_number__digits", "pk").first()
    )
    if device is None:
        raise ApiError(StatusCode.INVALID_STATE, "The user has no device")
    return device


def take_device(user: User, place: Place | None) -> tuple[Device, bool]:
    """The place's device or the user's first one, locked; and whether the place lends it.

    A device that nobody owns is the user's until the session ends. Raises ApiError 19 where it is
    another user's, or another agent is still there; 2 where the user has none.
    """
    device_id = first_device(user).pk if place is None else place.device_id
    device: Device | None = (
        Device.objects.select_for_update(of=("self",))
        .select_related("phone_number")
        .filter(pk=device_id)
        .first()
    )
    if device is None:
        raise not_found("device")
    at_it = AgentSession.objects.filter(device=device).exclude(pk=user.pk)
    if device.user_id not in {None, user.pk} or at_it.exists():
        raise in_use(f"Device {device} is in use by another agent")
    if device.user_id is not None:
        return device, False
    if place is None:
        raise in_use(f"Device {device} is not assigned to the user any more")
    return assign_device(change=_change(user), user=user, device=device), True


def begin(
    line: Line, user: User, terms: Terms, *, place: Place | None, borrowed: Device | None
) -> None:
    """Note what the session runs with; what an earlier one borrowed goes back.

    Raises ApiError 19 where somebody else is logged in with the login code.
    """
    before = ContactCenterSession.objects.filter(pk=user.pk).first()
    mobile_session = None if terms.mobile_session is None else dict(terms.mobile_session)
    login_code = user.login_code if terms.login_code is None else terms.login_code
    values = {
        "contact_center_id": user.contact_center_id,
        "started_ms": line.at_ms,
        "place": place,
        "borrowed_device": borrowed,
        "login_code": login_code,
        "queue": queue_of(user, terms.queue),
        "mobile_session": mobile_session,
    }
    try:
        with transaction.atomic():
            ContactCenterSession.objects.update_or_create(pk=user.pk, defaults=values)
    except IntegrityError as error:
        raise in_use(f"Login code {login_code} is in use by another agent") from error
    if before is not None and before.borrowed_device != borrowed:
        _give_back(user, before)
    _tell_mobile_session(line, user, before, mobile_session)


def renew(line: Line, user: User, terms: Terms) -> None:
    """A session that runs goes on as it is; but a mobile application may join it."""
    session = ContactCenterSession.objects.filter(pk=user.pk).first()
    if session is None or terms.mobile_session is None:
        return
    mobile_session = dict(terms.mobile_session)
    _tell_mobile_session(line, user, session, mobile_session)
    session.mobile_session = mobile_session
    session.save(update_fields=["mobile_session"])


def end(line: Line, user: User) -> None:
    """The session is over: the device is the place's again, and nothing waits for its expiry."""
    line.apply([StopTimer(kind=TimerKind.SESSION_EXPIRY, target=str(user.pk))])
    session = ContactCenterSession.objects.filter(pk=user.pk).first()
    if session is None:
        return
    _give_back(user, session)
    _tell_mobile_session(line, user, session, None)
    session.delete()


def _give_back(user: User, session: ContactCenterSession) -> None:
    """What the place has lent, unless somebody has assigned it anew meanwhile."""
    device = session.borrowed_device
    if device is not None and device.user_id == user.pk:
        unassign_device(change=_change(user), device=device)


def _tell_mobile_session(
    line: Line,
    user: User,
    before: ContactCenterSession | None,
    mobile_session: dict[str, Any] | None,
) -> None:
    if mobile_session == (before.mobile_session if before else None):
        return
    line.tell(
        AgentMobileSession(
            contact_center_id=str(user.contact_center_id),
            user_id=str(user.pk),
            mobile_session=mobile_session,
        )
    )


def _change(user: User) -> Change:
    return Change(actor=user, origin="session", reason="Contact center session")
