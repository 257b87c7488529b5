"""What services may be given beside their required arguments."""

from datetime import datetime
from typing import Any, NotRequired, TypedDict
from uuid import UUID


class ContactCenterFields(TypedDict, total=False):
    country: str
    time_zone: str


class ContactCenterChanges(ContactCenterFields, total=False):
    name: str


class UserFields(TypedDict, total=False):
    first_name: str
    last_name: str
    email_address: str
    employee_id: str
    login_code: str
    password: str
    roles: list[str]
    enabled: bool
    default_place_id: UUID | str | None
    change_password_on_first_login: bool


class SkillFields(TypedDict, total=False):
    name: str
    description: str


class DeviceFields(TypedDict, total=False):
    voice_environment_id: UUID | str
    telephony_network: str
    type: str
    model: str
    vendor: str
    description: str


class NewDeviceFields(DeviceFields, total=False):
    phone_number: str | None
    phone_number_id: UUID | str


class DeviceReference(TypedDict):
    """A device that exists, by id."""

    device_id: str


class PlaceFields(TypedDict, total=False):
    name: str
    device_id: UUID | str | None


class ContactFields(TypedDict, total=False):
    name: str
    phone_number: str


class NewQueueFields(TypedDict, total=False):
    description: str
    channel: str
    routing_template_id: str
    routing: dict[str, Any]


class QueueFields(NewQueueFields, total=False):
    name: str


class UserSkillFields(TypedDict, total=False):
    level: int
    valid_from: datetime | None
    valid_until: datetime | None


class SkillGift(TypedDict, total=False):
    level: int


class SkillLevel(TypedDict):
    """A skill, by id, and a level from 0 to 10; for users it may be bound to a time."""

    skill_id: str
    level: int
    valid_from: NotRequired[datetime | None]
    valid_until: NotRequired[datetime | None]


class AgentStateFields(TypedDict, total=False):
    display_name: str
    state: str
    work_mode: str
    reason: str
