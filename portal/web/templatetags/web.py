"""What templates of all rooms share: icons, form fields, people's initials."""

import re
from functools import cache
from typing import Any

from django import forms, template
from django.conf import settings
from django.forms import BoundField
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext

from portal.web.role_labels import ROLE_LABELS

register = template.Library()

_CONTROL_CLASSES: tuple[tuple[type[forms.Widget], str], ...] = (
    (forms.CheckboxSelectMultiple, "form-check-input"),
    (forms.CheckboxInput, "form-check-input"),
    (forms.Select, "form-select"),
)


@register.simple_tag
def icon(name: str, css_class: str = "") -> SafeString:
    """An icon of the Tabler set, hidden from screen readers: the text beside it speaks."""
    return format_html(
        '<svg class="icon {}" viewBox="0 0 24 24" fill="none" stroke="currentColor"'
        ' stroke-width="2" stroke-linecap="round" stroke-linejoin="round" aria-hidden="true"'
        ' focusable="false">{}</svg>',
        css_class,
        _shapes(name),
    )


@cache
def _shapes(name: str) -> SafeString:
    file = settings.NODE_MODULES / "@tabler" / "icons" / "icons" / "outline" / f"{name}.svg"
    shapes = re.search(r"<svg[^>]*>(.*)</svg>", file.read_text(encoding="utf-8"), re.DOTALL)
    # The text is a file of a pinned package, not input.
    return mark_safe(" ".join(shapes[1].split()) if shapes else "")  # noqa: S308


@register.simple_tag
def control(field: BoundField, **attributes: Any) -> SafeString:
    """The field's widget in the look of the portal, marked where it is wrong."""
    widget = field.field.widget
    css_class = next(
        (name for kind, name in _CONTROL_CLASSES if isinstance(widget, kind)), "form-control"
    )
    if field.errors:
        css_class += " is-invalid"
    attributes = {name.replace("_", "-"): value for name, value in attributes.items()}
    return field.as_widget(attrs={"class": css_class, **attributes})


@register.inclusion_tag("web/forms/field.html")
def field(bound: BoundField, css_class: str = "") -> dict[str, Any]:
    """A whole field: label, control, hint and errors."""
    is_group = isinstance(bound.field.widget, forms.CheckboxSelectMultiple)
    if is_group:
        bound.field.widget.attrs["class"] = "form-check-input"
    is_switch = isinstance(bound.field.widget, forms.CheckboxInput)
    return {"field": bound, "css_class": css_class, "is_group": is_group, "is_switch": is_switch}


@register.filter
def initials(name: str) -> str:
    words = [word for word in re.split(r"[\s.@_-]+", name) if word]
    return "".join(word[0] for word in words[:2]).upper()


@register.filter
def role_names(user: Any) -> str:
    """The user's roles in words; a cloud admin has none of its own."""
    if user.is_superuser and not user.roles:
        return gettext("Cloud admin")
    return ", ".join(str(ROLE_LABELS[role]) for role in user.roles)


@register.filter
def role_label(role: str) -> str:
    return str(ROLE_LABELS[role])
