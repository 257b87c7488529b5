"""The one door through which what clients ask of the switch passes, to the backend it is for.

A service that carries out a client's request is written

    def hold(*, user: User, call_id: str) -> bool:
        return hand_over("Hold", user, call_id=call_id, carry_out=lambda: …)

where `carry_out` opens the line, applies the rule and gives what `Line.attempt` gave.
"""

from collections.abc import Callable, Mapping
from typing import Any
from uuid import UUID

from django.db import transaction

from portal.api.status import ApiError, StatusCode
from portal.events.log import publish
from portal.events.statements import Prepared
from provisioning.models import User
from telephony.backend import EMBEDDED, Request, UnavailableError, backend_named
from telephony.events import RequestRefused
from telephony.models import VoiceLink

SERVICE_DOWN = "Voice service is not available at this time"


def hand_over(
    operation: str,
    user: User,
    *,
    carry_out: Callable[[], bool],
    device_id: UUID | str | None = None,
    call_id: str | None = None,
    parameters: Mapping[str, Any] | None = None,
) -> bool:
    """Hand a request to the backend of its device, or of the user's device in its call.

    True when it was accepted, False when the switch refused it, which `request.refused` tells.
    Raises ApiError 4 with HTTP 503 where it could not be handed over.
    """
    request = Request(
        operation=operation,
        contact_center_id=str(user.contact_center_id),
        user_id=str(user.pk),
        device_id=None if device_id is None else str(device_id),
        call_id=call_id,
        parameters=parameters or {},
        carry_out=carry_out,
    )
    try:
        return backend_named(_backend_of(request)).handle(request)
    except UnavailableError as error:
        raise unavailable() from error


@transaction.atomic
def refuse(*, request: Request, message: str, call_uuid: str | None = None) -> None:
    """Tell whoever asked that the switch did not do it."""
    publish(
        RequestRefused(
            contact_center_id=request.contact_center_id,
            user_id=request.user_id,
            device_id=request.device_id,
            call_id=request.call_id,
            call_uuid=call_uuid,
            operation=request.operation,
            message=message,
        )
    )


def unavailable() -> ApiError:
    return ApiError(StatusCode.INTERNAL_ERROR, SERVICE_DOWN, http_status=503)


def _backend_of(request: Request) -> str:
    """The name of the backend. Raises UnavailableError where the link to its switch is down."""
    if request.device_id is not None:
        found = _LINK_OF_DEVICE.first(UUID(request.device_id))
    elif request.call_id is not None:
        found = _LINK_OF_PARTY.first(request.call_id, UUID(request.user_id))
    else:
        return EMBEDDED
    if found is None:
        return EMBEDDED
    is_up, backend = found
    if not is_up:
        raise UnavailableError
    return str(backend)


_LINK_OF_DEVICE = Prepared(
    lambda device: VoiceLink.objects.filter(voice_environment__devices=device).values_list(
        "is_up", "backend"
    ),
    UUID,
)
_LINK_OF_PARTY = Prepared(
    lambda call, user: VoiceLink.objects.filter(
        voice_environment__devices__legs__call_id=call,
        voice_environment__devices__legs__user_id=user,
    ).values_list("is_up", "backend"),
    str,
    UUID,
)
