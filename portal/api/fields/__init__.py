"""The kinds of fields that resources are declared of: how each is read, written and described.

A field knows the JSON name that clients see, the model attribute behind it, who may send it, the
database column that filters and sorts by it, and its JSON schema.
"""

from portal.api.fields.base import Access, Field, Loader, Reading, snake_case
from portal.api.fields.composed import Constant, Json, Loaded
from portal.api.fields.keys import Identifier, Link, SerialId
from portal.api.fields.texts import MAX_TEXT_LENGTH, Email, Secret, Text
from portal.api.fields.values import Choice, Choices, Flag, Moment, NumberText, Switch

__all__ = [
    "MAX_TEXT_LENGTH",
    "Access",
    "Choice",
    "Choices",
    "Constant",
    "Email",
    "Field",
    "Flag",
    "Identifier",
    "Json",
    "Link",
    "Loaded",
    "Loader",
    "Moment",
    "NumberText",
    "Reading",
    "Secret",
    "SerialId",
    "Switch",
    "Text",
    "snake_case",
]
