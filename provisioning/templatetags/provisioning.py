from django import template

from provisioning.models import ChangeLogEntry
from provisioning.pages.changes import RESOURCES

register = template.Library()

# What an object is called in its recorded facts, best first.
_NAMES = ("user_name", "name", "display_name", "operation_name", "phone_number", "number", "key")


@register.filter
def change_label(entry: ChangeLogEntry) -> str:
    """The kind of object and what people call it, as far as the entry knows."""
    kind = str(RESOURCES.get(entry.resource, entry.resource))
    facts = entry.after or entry.before or {}
    name = next((str(facts[key]) for key in _NAMES if facts.get(key)), "")
    return f"{kind} {name}".strip()
