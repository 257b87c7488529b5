"""An agent's channels; voice is the only one yet. Source: seed 003 "Channels API"."""

import dataclasses
from typing import Any

from django.db.models import QuerySet, Value

from portal.api.fields import Choice
from portal.api.resources import Operation, Resource
from portal.api.roles import SUPERVISORS, has_role
from portal.api.status import ApiError
from provisioning.models import User
from telephony.api.agent_states import (
    CHANNEL_OPERATIONS,
    CHANNEL_STATE,
    USERS_CHANNEL_OPERATIONS,
    USERS_CHANNEL_STATE,
)
from telephony.api.live import USER, do_not_disturb_of, user_state_of

_VOICE = "voice"


def _in_channel_form(operation: Operation) -> Operation:
    """Contract §6: answers below /me/channels carry `status` beside statusCode."""

    def run(request: Any, target: Any, body: dict[str, Any]) -> dict[str, Any]:
        try:
            return {"status": "ok", **(operation.run(request, target, body) or {})}
        except ApiError as error:
            raise ApiError(
                error.code,
                error.message,
                http_status=error.http_status,
                status="error",
                errorDescription=error.message,
                **error.extra,
            ) from error

    return dataclasses.replace(operation, run=run)


class OwnChannels(Resource):
    """The caller's channels, below `/me`; each user is the row of his voice channel."""

    path, singular, plural = "me/channels", "channel", "channels"
    model = User
    identified_by = "channel"
    fields = (
        Choice(name="channel", choices=(_VOICE,)),
        user_state_of(USER),
        do_not_disturb_of(USER, name="dndState"),
    )
    read_feature = "api-voice"
    operations = tuple(_in_channel_form(operation) for operation in CHANNEL_OPERATIONS)
    fallback_operation = _in_channel_form(CHANNEL_STATE)

    @classmethod
    def visible_to(cls, user: Any) -> QuerySet[Any]:
        visible: QuerySet[Any] = super().visible_to(user).annotate(channel=Value(_VOICE))
        return visible

    @classmethod
    def find(cls, objects: QuerySet[Any], bare_id: str) -> Any | None:
        return objects.first() if bare_id == _VOICE else None

    @classmethod
    def path_of(cls, obj: Any) -> str:
        return f"/{cls.path}/{obj.channel}"


class UsersChannels(OwnChannels):
    """A user's channels, below `/users/ID`: for supervisors, and for himself."""

    path = "users/channels"
    operations = tuple(_in_channel_form(operation) for operation in USERS_CHANNEL_OPERATIONS)
    fallback_operation = _in_channel_form(USERS_CHANNEL_STATE)

    @classmethod
    def visible_to(cls, user: Any) -> QuerySet[Any]:
        visible = super().visible_to(user)
        return visible if has_role(user, SUPERVISORS) else visible.filter(pk=user.pk)

    @classmethod
    def path_of(cls, obj: Any) -> str:
        return cls.path_from(obj.pk)

    @classmethod
    def path_rows(cls, objects: QuerySet[Any]) -> QuerySet[Any]:
        return objects.values_list("pk")

    @classmethod
    def path_from(cls, *row: Any) -> str:
        return f"/users/{row[0].hex}/channels/{_VOICE}"
