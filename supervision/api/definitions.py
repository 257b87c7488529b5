"""`/api/v1/stats/definitions`: what the statistics are, and how a changed file comes into force."""

from collections.abc import Mapping
from typing import Any, ClassVar

from rest_framework.request import Request
from rest_framework.response import Response

from portal.api.roles import ADMINS, Roles
from portal.api.schema import answer
from portal.api.status import invalid_operation, missing
from portal.api.views import ApiView
from portal.api.writing import write
from supervision.definitions import current_definitions, current_set, load_file
from supervision.services.definitions import Key, reload_definitions
from supervision.statistics.explain import formula_of

RELOAD = "Reload"
_KEYS: dict[str, Any] = {
    "type": "array",
    "items": {
        "type": "object",
        "properties": {"objectType": {"type": "string"}, "name": {"type": "string"}},
    },
}


class DefinitionsView(ApiView):
    """The definitions in force, the same for all contact centers, in the form of the file.

    POST with the operation Reload takes the file's into force: without a restart, and only as a
    whole; a file with a bad entry is refused with file, entry, field and reason.
    """

    feature = "api-statistics"
    roles: ClassVar[Mapping[str, Roles]] = {"GET": ADMINS, "POST": ADMINS}
    documentation = {
        "GET": answer(
            version={"type": "integer"},
            source={"type": "string"},
            time={"type": "integer"},
            definitions={"type": "array", "items": {"type": "object"}},
        ),
        "POST request": {
            "type": "object",
            "properties": {"operationName": {"type": "string", "enum": [RELOAD]}},
            "required": ["operationName"],
        },
        "POST": answer(version={"type": "integer"}, added=_KEYS, removed=_KEYS, changed=_KEYS),
    }

    def get(self, request: Request) -> Response:
        row = current_set()
        entries = load_file().entries if row is None else row.entries
        shown = [
            {**entry, "formula": formula_of(definition)}
            for entry, definition in zip(entries, current_definitions(), strict=True)
        ]
        origin = {"version": row.pk, "source": row.source, "time": row.loaded_at_ms} if row else {}
        return Response({**origin, "definitions": shown})

    @write
    def post(self, request: Request) -> Response:
        operation = self.body.get("operationName")
        if operation is None:
            raise missing("operationName")
        if operation != RELOAD:
            raise invalid_operation(str(operation)[:100])
        done = reload_definitions(loaded_by=self.user.user_name)
        return Response(
            {
                "version": done.set_id,
                "added": _shown(done.added),
                "removed": _shown(done.removed),
                "changed": _shown(done.changed),
            }
        )


def _shown(keys: list[Key]) -> list[dict[str, str]]:
    return [{"objectType": object_type, "name": name} for object_type, name in keys]
