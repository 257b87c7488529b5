import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from django.db.models import Q

from portal.api.bodies import parse_body
from portal.api.fields import Access, Choice, Field, Identifier, Json, Link, Text
from portal.api.resources import Resource
from portal.api.roles import ADMINS, EVERYONE, SUPERVISORS, Action
from portal.api.status import out_of_range
from portal.api.uris import referenced_id
from provisioning.models import Device, PhoneNumber, VoiceEnvironment
from provisioning.services import devices, phone_numbers

COUNTRY_SHAPE = {
    "type": "object",
    "properties": {name: {"type": "string"} for name in ("name", "code", "callingCode")},
}


def country_parts(prefix: str) -> dict[str, str]:
    """Where the country of a number stands; empty texts for short internal numbers (seed 000)."""
    return {
        "name": f"{prefix}country_name",
        "code": f"{prefix}country_code",
        "callingCode": f"{prefix}calling_code",
    }


def country_filters(prefix: str) -> dict[str, Callable[[Sequence[str]], Q]]:
    """`country.code=US` and the like."""

    def where(column: str) -> Callable[[Sequence[str]], Q]:
        return lambda texts: Q(**{f"{column}__in": list(texts)})

    parts = country_parts(prefix.replace("__", "."))
    return {f"country.{name}": where(path.replace(".", "__")) for name, path in parts.items()}


@dataclass(frozen=True, kw_only=True)
class NumberDigits(Text):
    """A phone number; filtered by its digits alone (seed 001 "Filtering and sorting users")."""

    max_length: int = 32

    def parse_filter(self, text: str) -> str:
        return re.sub(r"[^0-9]", "", text)


class PhoneNumbers(Resource):
    path, singular, plural = "phone-numbers", "phoneNumber", "phoneNumbers"
    model = PhoneNumber
    fields = (
        Identifier(),
        NumberDigits(
            name="phoneNumber",
            source="number",
            column="digits",
            access=Access.SET_ONCE,
            required=True,
        ),
        Json(name="country", parts=country_parts(""), shape=COUNTRY_SHAPE),
        Text(name="location", access=Access.READ_ONLY),
        Text(name="localNumber", access=Access.READ_ONLY),
        Text(name="e164Number", source="e164_number", access=Access.READ_ONLY),
    )
    filters: ClassVar[dict[str, Callable[[Sequence[str]], Q]]] = country_filters("")
    ordering = ("digits",)
    named_by = ("phoneNumber",)
    permissions = {Action.READ: SUPERVISORS, Action.CREATE: ADMINS, Action.DELETE: ADMINS}
    read_feature = "api-provisioning-read"
    write_feature = "api-provisioning-write"
    create = staticmethod(phone_numbers.create_phone_number)
    delete = staticmethod(phone_numbers.delete_phone_number)


class VoiceEnvironments(Resource):
    path, singular, plural = "voice-environments", "voiceEnvironment", "voiceEnvironments"
    model = VoiceEnvironment
    fields = (Identifier(), Text(name="name"))
    ordering = ("name",)
    permissions = {Action.READ: SUPERVISORS}
    read_feature = "api-provisioning-read"


class Devices(Resource):
    path, singular, plural = "devices", "device", "devices"
    model = Device
    select_related = ("phone_number",)
    fields = (
        Identifier(),
        NumberDigits(
            name="phoneNumber",
            source="phone_number.number",
            column="phone_number__digits",
            access=Access.SET_ONCE,
            help="Mandatory, unless phoneNumberUri names a free number.",
        ),
        Link(
            name="phoneNumberUri",
            target=lambda: PhoneNumbers,
            access=Access.SET_ONCE,
            help="A free phone number to create the device on.",
        ),
        Choice(name="telephonyNetwork", choices=Device.TELEPHONY_NETWORKS),
        Text(name="type", max_length=64, may_be_empty=True),
        Text(name="model", may_be_empty=True),
        Text(name="vendor", may_be_empty=True),
        Text(name="description", may_be_empty=True),
        Json(name="country", parts=country_parts("phone_number."), shape=COUNTRY_SHAPE),
        Text(name="location", source="phone_number.location", access=Access.READ_ONLY),
        Text(name="localNumber", source="phone_number.local_number", access=Access.READ_ONLY),
        Text(name="e164Number", source="phone_number.e164_number", access=Access.READ_ONLY),
        Link(name="voiceEnvironmentUri", target=lambda: VoiceEnvironments, access=Access.SET_ONCE),
    )
    filters: ClassVar[dict[str, Callable[[Sequence[str]], Q]]] = country_filters("phone_number__")
    ordering = ("phone_number__digits",)
    named_by = ("phoneNumber",)
    permissions = {
        Action.LIST: SUPERVISORS,
        Action.READ: EVERYONE,
        Action.CREATE: ADMINS,
        Action.UPDATE: ADMINS,
        Action.DELETE: ADMINS,
    }
    read_feature = "api-provisioning-read"
    write_feature = "api-provisioning-write"
    create = staticmethod(devices.create_device)
    update = staticmethod(devices.update_device)
    delete = staticmethod(devices.delete_device)


@dataclass(frozen=True, kw_only=True)
class NewDevices(Field):
    """What a new user gets: devices to create, and URIs, paths or ids of devices to assign."""

    name: str = "devices"
    column: str | None = None
    access: Access = Access.ON_CREATION

    def parse(self, value: Any) -> list[dict[str, Any]]:
        if not isinstance(value, list) or not all(isinstance(one, str | dict) for one in value):
            raise self.refuse("a list of devices")
        return [self._parse_one(one) for one in value]

    def _parse_one(self, value: str | dict[str, Any]) -> dict[str, Any]:
        given = {"uri": value} if isinstance(value, str) else value
        reference = next((given[key] for key in ("uri", "path", "id") if key in given), None)
        if reference is None:
            return parse_body(Devices, given, is_new=True)
        if unknown := sorted(given.keys() - {"uri", "path", "id"}):
            raise out_of_range(f"A device that is assigned has no {', '.join(unknown)[:300]}")
        return {"device_id": referenced_id(reference, Devices.path)}

    def schema(self) -> dict[str, Any]:
        return {"type": "array", "items": {"anyOf": [{"type": "string"}, {"type": "object"}]}}


def details_shape() -> dict[str, Any]:
    texts = ("phoneNumber", "e164Number", "localNumber", "location")
    properties: dict[str, Any] = {name: {"type": "string"} for name in texts}
    return {"type": "object", "properties": {**properties, "country": COUNTRY_SHAPE}}
