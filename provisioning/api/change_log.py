"""`/change-log`: what was changed, by whom, and the way back."""

from collections.abc import Callable, Sequence
from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet
from rest_framework.request import Request

from portal.api.collections import Answer, CollectionView
from portal.api.fields import Loaded, Moment, Reading, SerialId, Text
from portal.api.resources import Operation, Resource
from portal.api.roles import ADMINS, Action
from portal.api.status import not_found, out_of_range
from portal.api.views import SingleView
from provisioning.api.contact_center import contact_center_of
from provisioning.api.foresight import as_clients_see, only_changed
from provisioning.models import ChangeLogEntry, User
from provisioning.requests import change_of_api_request
from provisioning.services.reverting import revert

SCOPES = ("Entry", "Request")
_AT = Moment(name="at")


def _side(number: int) -> Callable[[Sequence[Any], Reading], dict[Any, Any]]:
    """A loader of what stood before (0) or after (1), in updates only what differs."""

    def load(entries: Sequence[Any], reading: Reading) -> dict[Any, Any]:
        return {
            entry.pk: only_changed(
                as_clients_see(entry.resource, entry.before),
                as_clients_see(entry.resource, entry.after),
            )[number]
            for entry in entries
        }

    return load


def _run_revert(request: Request, entry: Any, body: dict[str, Any]) -> dict[str, Any]:
    scope = body.get("scope", "Entry")
    if scope not in SCOPES:
        raise out_of_range(f"scope must be one of {', '.join(SCOPES)}")
    undone = revert(
        change=change_of_api_request(request), entry=entry, whole_request=scope == "Request"
    )
    unusable = _without_password(undone)
    return {
        "reverted": [
            {
                "id": str(one.pk),
                "path": f"/change-log/{one.pk}",
                **({"needsPassword": True} if one.object_id in unusable else {}),
            }
            for one in undone
        ]
    }


def _without_password(undone: Sequence[ChangeLogEntry]) -> set[str]:
    """The ids of users who are back, and cannot sign in until somebody gives them a password."""
    back = [UUID(one.object_id) for one in undone if one.resource == "users" and one.after is None]
    users = User.objects.filter(pk__in=back)
    return {user.pk.hex for user in users if not user.has_usable_password()}


def _between(lookup: str) -> Callable[[Sequence[str]], Q]:
    return lambda texts: Q(**{lookup: _AT.parse_filter(texts[0])})


class ChangeLog(Resource):
    """Every write, with who, when, in which request and why; entries outlive their objects."""

    path, singular, plural = "change-log", "change", "changes"
    model = ChangeLogEntry
    fields = (
        SerialId(),
        _AT,
        Text(name="requestId"),
        Text(name="actorId"),
        Text(name="actorName", ignores_case=True),
        Text(name="origin"),
        Text(name="reason"),
        Text(name="resource"),
        Text(name="objectId"),
        Text(name="action"),
        Loaded(name="before", load=_side(0), shape={"type": "object"}),
        Loaded(name="after", load=_side(1), shape={"type": "object"}),
        SerialId(name="revertedBy", source="reverted_by_id"),
    )
    ordering = ("-pk",)
    permissions = {Action.READ: ADMINS}
    filters = {"from": _between("at__gte"), "to": _between("at__lte")}
    operations = (
        Operation(
            name="Revert",
            run=_run_revert,
            roles=ADMINS,
            feature="api-provisioning-write",
            help="Undo this entry, or with scope Request all that its request wrote.",
        ),
    )
    read_feature = "api-provisioning-read"


def _entries(request: Request) -> QuerySet[Any]:
    """The caller's contact center's; the cloud admin may name one by `?contactCenterId=`."""
    user: Any = request.user
    if user.is_superuser and "contactCenterId" in request.query_params:
        return ChangeLogEntry.objects.filter(contact_center=contact_center_of(request))
    return ChangeLog.visible_to(user)


class ChangeLogView(CollectionView):
    resource = ChangeLog

    def get(self, request: Request, **kwargs: Any) -> Answer:
        self.require(Action.LIST)
        return self.listing(_entries(request), ChangeLog)


class ChangeLogEntryView(SingleView):
    resource = ChangeLog

    def get_object(self) -> Any:
        found = ChangeLog.find(_entries(self.request), self.kwargs["object_id"])
        if found is None:
            raise not_found(ChangeLog.singular)
        return found
