"""What agents attach to calls."""

from collections.abc import Mapping
from typing import Any, Unpack

from django.db import transaction

from portal.api.status import not_found
from portal.events.log import publish
from provisioning.models import User
from provisioning.models.settings_group import SYSTEM_GROUPS
from provisioning.services.user_settings import settings_for
from telephony.events import CallDisposition
from telephony.models import CallRecord, Leg
from telephony.services.acting import Act, Who, request
from telephony.switch import attached_data
from telephony.switch.effects import Effect

DEFAULT_DISPOSITION_KEY = "DispositionCode"


def attach_user_data(
    *, user: User, call_id: str, user_data: Mapping[str, Any], **who: Unpack[Who]
) -> bool:
    """A key that is there already has both values afterwards, as a list."""

    def rule(act: Act) -> list[Effect]:
        return attached_data.attach(act.call, act.leg, user_data, at_ms=act.at_ms)

    return request("AttachUserData", user, call_id, rule, **who)


def update_user_data(
    *, user: User, call_id: str, user_data: Mapping[str, Any], **who: Unpack[Who]
) -> bool:
    def rule(act: Act) -> list[Effect]:
        return attached_data.update(act.call, act.leg, user_data, at_ms=act.at_ms)

    return request("UpdateUserData", user, call_id, rule, **who)


def delete_user_data(*, user: User, call_id: str, **who: Unpack[Who]) -> bool:
    def rule(act: Act) -> list[Effect]:
        return attached_data.delete_all(act.call, act.leg, at_ms=act.at_ms)

    return request("DeleteUserData", user, call_id, rule, **who)


def delete_user_data_pair(*, user: User, call_id: str, key: str, **who: Unpack[Who]) -> bool:
    def rule(act: Act) -> list[Effect]:
        return attached_data.delete_pair(act.call, act.leg, key, at_ms=act.at_ms)

    return request("DeleteUserDataPair", user, call_id, rule, **who)


def set_disposition(
    *,
    user: User,
    call_id: str | None,
    call_uuid: str | None,
    disposition: str,
    key: str | None = None,
    **who: Unpack[Who],
) -> bool:
    """The outcome of a call that is on, by id or uuid, or of one that is over, by uuid.

    Under the key given, else the one of the voice setting `dispositionKey`. Raises ApiError 6 for a
    call that the user is, or was, not in.
    """
    key = key or disposition_key(user)
    live = Leg.objects.filter(user=user)
    live = live.filter(call_id=call_id) if call_id else live.filter(call__uuid=call_uuid)
    if call_uuid:
        live = live.filter(call__uuid=call_uuid)
    found = live.values_list("call_id", flat=True).first()
    if found is None:
        _set_afterwards(user, call_uuid, call_id, key, disposition)
        return True

    def rule(act: Act) -> list[Effect]:
        return attached_data.set_disposition(
            act.call, act.leg, key=key, disposition=disposition, at_ms=act.at_ms
        )

    return request("SetCallDisposition", user, found, rule, **who)


@transaction.atomic
def _set_afterwards(
    user: User, call_uuid: str | None, call_id: str | None, key: str, disposition: str
) -> None:
    records = CallRecord.objects.visible_to(user).select_for_update(of=("self",))
    records = records.filter(call_uuid=call_uuid) if call_uuid else records.filter(call_id=call_id)
    record = records.order_by("-ended_ms").first()
    if record is None:
        raise not_found("call")
    record.dispositions = {**record.dispositions, key: disposition}
    record.save(update_fields=["dispositions"])
    publish(
        CallDisposition(
            contact_center_id=str(record.contact_center_id),
            call_id=record.call_id,
            call_uuid=record.call_uuid,
            user_id=str(user.pk),
            disposition_key=key,
            disposition=disposition,
        )
    )


def disposition_key(user: User) -> str:
    setting = settings_for(user, SYSTEM_GROUPS["voice"]).get("dispositionKey", {})
    value = setting.get("value")
    return value if isinstance(value, str) and value else DEFAULT_DISPOSITION_KEY
