"""What a routing template is: the rule that a queue's calls follow, and what it may be told."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Parameter:
    """A value that a queue may set. `properties` describe the objects of a list."""

    name: str
    display_name: str
    type: str
    description: str = ""
    required: bool = False
    default: Any = None
    minimum: int | None = None
    maximum: int | None = None
    choices: tuple[str, ...] = ()
    properties: "tuple[Parameter, ...]" = ()

    def as_json(self) -> dict[str, Any]:
        """The parameter as clients read it in a template's schema."""
        known: dict[str, Any] = {
            "name": self.name,
            "displayName": self.display_name,
            "type": self.type,
            "description": self.description or None,
            "required": self.required,
            "default": self.default,
            "minimum": self.minimum,
            "maximum": self.maximum,
            "choices": list(self.choices) or None,
            "properties": [one.as_json() for one in self.properties] or None,
        }
        return {name: value for name, value in known.items() if value is not None}


@dataclass(frozen=True, slots=True)
class RoutingTemplate:
    id: str
    name: str
    description: str
    version: str
    channel: str
    dependencies: tuple[str, ...]
    enabled: bool
    parameters: tuple[Parameter, ...]

    @property
    def pk(self) -> str:
        return self.id

    @property
    def schema(self) -> list[dict[str, Any]]:
        return [parameter.as_json() for parameter in self.parameters]


DEFAULT_TEMPLATE_ID = "00_RouteToSpecDestination"
Catalogue = Mapping[str, RoutingTemplate]
