"""What remains of calls is written in the transaction that ends them."""

from collections.abc import Iterable
from typing import Any

from django.conf import settings

from portal.events.log import now_ms
from portal.events.statements import insert
from telephony.models import CallPartRecord, CallRecord
from telephony.switch.effects import CallEnded, Effect, PartEnded

_DAY_MS = 86_400_000


def write_records(effects: Iterable[Effect]) -> None:
    """A row for each part, and for each call, that the effects have ended."""
    parts = [_part(effect) for effect in effects if isinstance(effect, PartEnded)]
    calls = [_call(effect) for effect in effects if isinstance(effect, CallEnded)]
    if parts:
        insert(CallPartRecord, parts)
    if calls:
        insert(CallRecord, calls)


def forget_old_calls() -> None:
    """Delete what is older than the setting says: calls, and parts of calls."""
    before_ms = now_ms() - settings.CALL_RECORD_RETENTION_DAYS * _DAY_MS
    CallRecord.objects.filter(ended_ms__lt=before_ms).delete()
    CallPartRecord.objects.filter(ended_ms__lt=before_ms).delete()


def _part(effect: PartEnded) -> dict[str, Any]:
    return {
        "contact_center_id": effect.contact_center_id,
        "call_uuid": effect.call_uuid,
        "number": effect.number,
        "device_id": effect.device_id,
        "user_id": effect.user_id,
        "queue_id": effect.queue_id,
        "began_ms": effect.began_ms,
        "answered_ms": effect.answered_ms,
        "ended_ms": effect.ended_ms,
    }


def _call(effect: CallEnded) -> dict[str, Any]:
    return {
        "contact_center_id": effect.contact_center_id,
        "call_uuid": effect.call_uuid,
        "call_id": effect.call_id,
        "type": str(effect.call_type),
        "ani": effect.ani,
        "dnis": effect.dnis,
        "queue_id": effect.queue_id,
        "queued_at_ms": effect.queued_at_ms,
        "began_ms": effect.began_ms,
        "answered_ms": effect.answered_ms,
        "ended_ms": effect.ended_ms,
        "user_data": effect.user_data,
        "is_recorded": effect.is_recorded,
        "continued_in": effect.continued_in,
    }
