"""Fields that hold texts."""

import dataclasses
from typing import Any, ClassVar

from django.core.exceptions import ValidationError
from django.core.validators import validate_email

from portal.api.fields.base import Access, Field

MAX_TEXT_LENGTH = 255


@dataclasses.dataclass(frozen=True, kw_only=True)
class Text(Field):
    """A text; empty ones are not shown."""

    hides_empty: ClassVar[bool] = True
    max_length: int = MAX_TEXT_LENGTH
    may_be_empty: bool = False

    def parse(self, value: Any) -> str:
        if not isinstance(value, str):
            raise self.refuse("a string")
        if "\0" in value or any("\ud800" <= character <= "\udfff" for character in value):
            raise self.refuse("a string without control characters")
        text: str = value.strip()
        if len(text) > self.max_length:
            raise self.refuse(f"at most {self.max_length} characters long")
        if not text and not self.may_be_empty:
            raise self.refuse("a string that is not empty")
        return text

    def schema(self) -> dict[str, Any]:
        return {"type": "string", "maxLength": self.max_length}


@dataclasses.dataclass(frozen=True, kw_only=True)
class Secret(Text):
    """A text taken as it is sent, blanks included, and never shown."""

    access: Access = Access.WRITE_ONLY
    column: str | None = None

    def parse(self, value: Any) -> str:
        if not isinstance(value, str) or not value or len(value) > self.max_length:
            raise self.refuse(f"a string of 1 to {self.max_length} characters")
        return value


@dataclasses.dataclass(frozen=True, kw_only=True)
class Email(Text):
    def parse(self, value: Any) -> str:
        text = super().parse(value)
        if not text and self.may_be_empty:
            return text
        try:
            validate_email(text)
        except ValidationError as error:
            raise self.refuse("an e-mail address") from error
        return text

    def schema(self) -> dict[str, Any]:
        return {"type": "string", "format": "email", "maxLength": self.max_length}
