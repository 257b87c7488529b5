"""What the settings of the system's groups may hold; a custom group's may hold any JSON.

Source: contract §2 "settings"; seed 001 "Voice Settings", "Voice Operations Settings", "Cross
Origin Resource Sharing (CORS) Settings"; seed 003 "Real-Time Reporting".
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from portal.api.fields import Choice, NumberText, Text
from portal.api.status import missing, out_of_range
from provisioning.access_control import is_valid_origin
from provisioning.models import ContactCenter, Device
from provisioning.services.phone_numbers import number_facts

Content = dict[str, Any]

_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")
_MOST_SECONDS = 999_999_999


@dataclass(frozen=True, slots=True)
class Rule:
    """`check` gives the value to store. A setting with a default is always there: updated only."""

    check: Callable[[Any, ContactCenter], Any]
    default: Any = None
    attribute: str = "value"

    def checked(self, content: Content, contact_center: ContactCenter) -> Content:
        """The content with its value checked. Raises ApiError 1 without one, 10 for a wrong one."""
        if self.attribute not in content:
            raise missing(self.attribute)
        value = self.check(content[self.attribute], contact_center)
        return {**content, self.attribute: value}


def check_json(value: Any) -> None:
    """Raises ApiError 10 for texts that databases cannot keep."""
    if isinstance(value, str):
        if _UNSTORABLE.search(value):
            raise out_of_range("A setting must not hold control characters")
    elif isinstance(value, dict):
        for name, one in value.items():
            check_json(name)
            check_json(one)
    elif isinstance(value, list):
        for one in value:
            check_json(one)


def rule_of(group: str, key: str) -> Rule | None:
    """The rule for a setting; None in groups that hold anything.

    Raises ApiError 10 where the system's group has no such setting.
    """
    if group not in RULES:
        return None
    if key not in RULES[group]:
        known = ", ".join(RULES[group])
        raise out_of_range(f"{group} has no setting {key[:100]}. Known: {known}")
    return RULES[group][key]


def defaults_of(group: str) -> dict[str, Content]:
    """The settings that are always there, by key, in the order they are shown."""
    return {
        key: {rule.attribute: rule.default() if callable(rule.default) else rule.default}
        for key, rule in RULES.get(group, {}).items()
        if rule.default is not None
    }


def _check_filter(value: Any, contact_center: ContactCenter) -> Any:
    if not isinstance(value, list):
        raise out_of_range("value must be a list of attachedDataKey and displayName")
    for one in value:
        for name in ("attachedDataKey", "displayName"):
            Text(name=name).parse(one.get(name) if isinstance(one, dict) else None)
    return value


def _check_network(value: Any, contact_center: ContactCenter) -> str:
    return Choice(name="value", choices=Device.TELEPHONY_NETWORKS).parse(value)


def _check_wrap_up(value: Any, contact_center: ContactCenter) -> Any:
    NumberText(name="value", most=24 * 60 * 60).parse(value)
    return value


def _check_caller_id(value: Any, contact_center: ContactCenter) -> str:
    number = Text(name="value", max_length=32).parse(value)
    number_facts(number, contact_center.country)
    return number


def _check_text(value: Any, contact_center: ContactCenter) -> str:
    return Text(name="value").parse(value)


def _check_reason_policy(value: Any, contact_center: ContactCenter) -> str:
    return Choice(name="value", choices=("Optional", "Required")).parse(value)


def _check_user_data(value: Any, contact_center: ContactCenter) -> Any:
    if not isinstance(value, dict):
        raise out_of_range("userData must be an object")
    return value


def _check_origins(value: Any, contact_center: ContactCenter) -> Any:
    if not isinstance(value, list):
        raise out_of_range("value must be a list of origins")
    for origin in value:
        if not is_valid_origin(origin):
            raise out_of_range(f"{str(origin)[:100]} is not an origin that may be allowed")
    return value


def _whole_number(least: int, most: int) -> Callable[[Any, ContactCenter], str]:
    """Numbers that the original wrote as strings stay strings."""
    field = NumberText(name="value", least=least, most=most)
    return lambda value, contact_center: str(field.parse(value))


def _check_percentage(value: Any, contact_center: ContactCenter) -> int:
    return NumberText(name="percentage", most=100).parse(value)


_service_level_seconds: list[Callable[[], int]] = []


def service_level_default(seconds: Callable[[], int]) -> None:
    """Where the interval comes from while nobody has set it: the room of the statistics says."""
    _service_level_seconds[:] = [seconds]


def _service_level_interval() -> str:
    """Seed 003 "Real-Time Reporting": the upper bound of ServiceLevel's definition, else 60."""
    return str(_service_level_seconds[0]()) if _service_level_seconds else "60"


RULES: Mapping[str, Mapping[str, Rule]] = {
    "voice": {
        "defaultTelephonyNetworkType": Rule(_check_network, default="Private"),
        "case-filter": Rule(_check_filter),
        "defaultWrapupTime": Rule(_check_wrap_up),
        # Seed 001 "User monitor and cleanup": "the agent logout timeout", contact center defined.
        "agentLogoutTimeout": Rule(_whole_number(1, _MOST_SECONDS)),
        "dispositionKey": Rule(_check_text),
        "outboundCallerId": Rule(_check_caller_id),
        "supervisorMonitoringReason": Rule(_check_reason_policy),
        "toast-filter": Rule(_check_filter),
    },
    "voice-operations": {"Dial": Rule(_check_user_data, attribute="userData")},
    "reporting": {
        "defaultTargetServiceLevelPercentage": Rule(_whole_number(1, 100), default="80"),
        "defaultServiceLevelInterval": Rule(
            _whole_number(1, _MOST_SECONDS), default=_service_level_interval
        ),
    },
    "access-control": {"allowedOrigins": Rule(_check_origins)},
    "call-recording": {
        "callRecording": Rule(_check_percentage, default=0, attribute="percentage"),
    },
}
