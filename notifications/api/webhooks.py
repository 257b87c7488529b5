"""`/webhooks`: URLs that are told of events; `/webhooks/ID/deliveries`: what became of it."""

from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet

from notifications.models import Webhook, WebhookDelivery
from notifications.services import webhook_deliveries, webhooks
from notifications.webhooks.targets import MAX_URL_LENGTH
from portal.api.bodies import parse_body
from portal.api.collections import CollectionView
from portal.api.fields import Access, Choice, Field, Identifier, Moment, Text
from portal.api.resources import Operation, Relation, Resource
from portal.api.roles import ADMINS, Action
from portal.api.status import ApiError, StatusCode, out_of_range
from provisioning.requests import change_of_api_request

_BY_ADMINS = {
    Action.READ: ADMINS,
    Action.CREATE: ADMINS,
    Action.UPDATE: ADMINS,
    Action.DELETE: ADMINS,
}
_LONGEST_KIND = 64


@dataclass(frozen=True, kw_only=True)
class EventKinds(Field):
    """A list of kinds of events, or patterns of them."""

    column: str | None = None

    def parse(self, value: Any) -> list[str]:
        if not isinstance(value, list) or not all(_is_kind(one) for one in value):
            raise self.refuse("a list of kinds of events, such as call.ringing, call.* or *")
        return list(dict.fromkeys(value))

    def schema(self) -> dict[str, Any]:
        return {"type": "array", "items": {"type": "string", "maxLength": _LONGEST_KIND}}


def _is_kind(value: Any) -> bool:
    return isinstance(value, str) and 0 < len(value) <= _LONGEST_KIND and value.isascii()


@dataclass(frozen=True, kw_only=True)
class Count(Field):
    """A whole number that is only read."""

    access: Access = Access.READ_ONLY

    def parse_filter(self, text: str) -> int:
        if not text.isascii() or not text.isdigit() or len(text) > 18:
            raise self.refuse("a whole number")
        return int(text)

    def schema(self) -> dict[str, Any]:
        return {"type": "integer", "format": "int64"}


def _redeliver(request: Any, delivery: WebhookDelivery, body: dict[str, Any]) -> None:
    _refuse_properties(body)
    webhook_deliveries.redeliver(delivery=delivery)


def _redeliver_dead(request: Any, webhook: Webhook, body: dict[str, Any]) -> dict[str, Any]:
    _refuse_properties(body)
    return {"redelivered": webhook_deliveries.redeliver_dead(webhook=webhook)}


def _rotate_secret(request: Any, webhook: Webhook, body: dict[str, Any]) -> dict[str, Any]:
    _refuse_properties(body)
    rotated = webhooks.rotate_secret(change=change_of_api_request(request), webhook=webhook)
    until: Any = rotated.previous_secret_valid_until
    return {
        "secret": rotated.secret,
        "previousSecretValidUntil": round(until.timestamp() * 1000),
    }


def _ping(request: Any, webhook: Webhook, body: dict[str, Any]) -> dict[str, Any]:
    _refuse_properties(body)
    return {"id": str(webhooks.send_ping(webhook=webhook).pk)}


def _refuse_properties(body: dict[str, Any]) -> None:
    if unknown := sorted(body.keys() - {"operationName"}):
        raise out_of_range(f"Unknown property: {', '.join(unknown)[:300]}")


class WebhookDeliveries(Resource):
    """What a webhook was sent, is to be sent, or was given up: the dead letters."""

    path, singular, plural = "deliveries", "delivery", "deliveries"
    model = WebhookDelivery
    select_related = ("webhook",)
    fields = (
        Identifier(),
        Choice(name="state", choices=WebhookDelivery.STATES, access=Access.READ_ONLY),
        Count(name="sequence", help="Counts the webhook's deliveries, without a gap."),
        Text(name="eventKind", access=Access.READ_ONLY),
        Count(name="attempts"),
        Moment(name="createdAt"),
        Moment(name="lastAttemptAt"),
        Moment(name="nextAttemptAt", help="Absent where no more attempts are to come."),
        Moment(name="deliveredAt"),
        Count(name="lastStatus", help="HTTP status; absent where nobody answered."),
        Text(name="lastError", access=Access.READ_ONLY),
        Text(
            name="body",
            access=Access.READ_ONLY,
            column=None,
            help="The JSON text that is sent.",
        ),
    )
    ordering = ("sequence",)
    permissions = {Action.READ: ADMINS}
    operations = (
        Operation(
            name="Redeliver",
            run=_redeliver,
            roles=ADMINS,
            help="Send it again now, with its id.",
        ),
    )

    @classmethod
    def path_of(cls, obj: Any) -> str:
        return cls.path_from(obj.webhook_id, obj.pk)

    @classmethod
    def path_rows(cls, objects: QuerySet[Any]) -> QuerySet[Any]:
        return objects.values_list("webhook_id", "pk")

    @classmethod
    def path_from(cls, *row: Any) -> str:
        webhook_id, delivery_id = row
        return f"/{Webhooks.path}/{webhook_id}/{cls.path}/{delivery_id}"


DELIVERIES = Relation(
    resource=WebhookDeliveries, parent_lookup="webhook_id", permissions={Action.READ: ADMINS}
)


class Webhooks(Resource):
    """URLs that are told of events of the contact center."""

    path, singular, plural = "webhooks", "webhook", "webhooks"
    model = Webhook
    fields = (
        Identifier(),
        Text(name="name", required=True, help="Unique in the contact center."),
        Text(name="url", required=True, max_length=MAX_URL_LENGTH),
        EventKinds(
            name="eventKinds",
            required=True,
            help="Kinds of events, or patterns: call.ringing, call.*, *.",
        ),
        Choice(
            name="state",
            choices=Webhook.STATES,
            help="Active or Inactive; Disabled is what too many failures make it.",
        ),
        Text(name="disabledReason", access=Access.READ_ONLY),
        Count(name="failureCount", help="Failed attempts since the last one that arrived."),
        Moment(name="createdAt"),
        Moment(name="lastDeliveredAt"),
        Moment(name="lastFailedAt"),
        Moment(name="previousSecretValidUntil"),
    )
    ordering = ("name",)
    named_by = ("name",)
    permissions = _BY_ADMINS
    read_feature = "api-provisioning-read"
    write_feature = "api-provisioning-write"
    operations = (
        Operation(
            name="RotateSecret",
            run=_rotate_secret,
            roles=ADMINS,
            feature="api-provisioning-write",
            help="Answers the new secret, once; the old one stays valid for a time of grace.",
        ),
        Operation(
            name="Redeliver",
            run=_redeliver_dead,
            roles=ADMINS,
            feature="api-provisioning-write",
            help="Send all again that were given up.",
        ),
        Operation(
            name="Ping",
            run=_ping,
            roles=ADMINS,
            feature="api-provisioning-write",
            help="Send a message of kind webhook.ping, to see whether it arrives.",
        ),
    )
    create = staticmethod(webhooks.create_webhook)
    update = staticmethod(webhooks.update_webhook)
    delete = staticmethod(webhooks.delete_webhook)


class WebhooksView(CollectionView):
    """A webhook's secret is answered when it is made, and then no more."""

    def _create_one(self, body: object) -> dict[str, Any]:
        if not isinstance(body, dict):
            raise out_of_range("webhooks must be a list of objects")
        arguments = parse_body(Webhooks, body, is_new=True)
        contact_center = self.user.contact_center
        if contact_center is None:
            raise ApiError(StatusCode.INVALID_STATE, "The user belongs to no contact center")
        webhook = webhooks.create_webhook(
            change=self.bulk_change, contact_center=contact_center, **arguments
        )
        return {**self.descriptor(Webhooks, webhook), "secret": webhook.secret}
