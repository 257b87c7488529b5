"""What settings groups hold, however it is stored: rows of settings, or objects of their own."""

from dataclasses import dataclass
from typing import Any, Protocol

import phonenumbers
from phonenumbers import geocoder

from portal.api.status import missing, out_of_range
from provisioning.api.agent_states import AgentStateContents
from provisioning.api.dispositions import DispositionContents
from provisioning.change import Change
from provisioning.models import ContactCenter
from provisioning.models.settings_group import AnyGroup
from provisioning.services import settings
from provisioning.services.setting_rules import Content
from provisioning.services.settings import forbidden, settings_in


class Contents(Protocol):
    """Reading gives the settings as clients see them; writes get them as clients send them."""

    def read(self, contact_center: ContactCenter) -> list[Content] | Content: ...

    def create(
        self, *, change: Change, contact_center: ContactCenter, content: Content
    ) -> object: ...

    def update(
        self, *, change: Change, contact_center: ContactCenter, content: Content
    ) -> object: ...

    def delete(
        self, *, change: Change, contact_center: ContactCenter, content: Content
    ) -> object: ...


@dataclass(frozen=True)
class RowContents:
    """Rows of settings."""

    group: AnyGroup

    def read(self, contact_center: ContactCenter) -> list[Content] | Content:
        return keyed(self.group, settings_in(contact_center, self.group))

    def create(self, **arguments: Any) -> object:
        return settings.create_setting(group=self.group, **arguments)

    def update(self, **arguments: Any) -> object:
        return settings.update_setting(group=self.group, **arguments)

    def delete(self, **arguments: Any) -> object:
        return settings.delete_setting(group=self.group, **arguments)


class CallRecordingContents(RowContents):
    """One setting that every queue without its own follows; shown as an object."""

    def read(self, contact_center: ContactCenter) -> Content:
        return dict(settings_in(contact_center, self.group))

    def update(self, **arguments: Any) -> object:
        percentage = sent_percentage(arguments["content"])
        named = {self.group.key: "callRecording", "percentage": percentage}
        return super().update(**{**arguments, "content": named})


class GeneralContents:
    """What the contact center is; read-only here."""

    def read(self, contact_center: ContactCenter) -> Content:
        country = contact_center.country
        example = phonenumbers.example_number(country)
        digits = phonenumbers.country_code_for_region(country)
        known = {
            "countryCode": country,
            "countryDigits": str(digits) if digits else "",
            "countryName": geocoder.country_name_for_number(example, "en") if example else "",
        }
        return {name: value for name, value in known.items() if value}

    def create(self, **arguments: Any) -> object:
        raise forbidden("General settings are read-only")

    update = delete = create


def contents_of(group: AnyGroup) -> Contents:
    match group.name:
        case "general-settings":
            return GeneralContents()
        case "agent-states":
            return AgentStateContents()
        case "dispositions":
            return DispositionContents()
        case "call-recording":
            return CallRecordingContents(group)
    return RowContents(group)


def keyed(group: AnyGroup, by_key: dict[str, Content]) -> list[Content]:
    """Settings with their key attribute, as clients see them."""
    return [{group.key: key, **content} for key, content in by_key.items()]


def sent_percentage(content: Content) -> Any:
    """The `percentage` of a body, which may be wrapped as reading shows it."""
    inner = content.get("callRecording", content)
    if not isinstance(inner, dict):
        raise out_of_range("callRecording must be an object")
    if unknown := sorted(set(inner) - {"percentage"}):
        raise out_of_range(f"Unknown property: {', '.join(unknown)[:300]}")
    if "percentage" not in inner:
        raise missing("percentage")
    return inner["percentage"]


def unwrapped(body: Content) -> Content:
    """The setting in a body, which may stand in `settings` or alone."""
    if set(body) != {"settings"}:
        return body
    inner = body["settings"]
    if not isinstance(inner, dict):
        raise out_of_range("settings must be an object")
    return inner
