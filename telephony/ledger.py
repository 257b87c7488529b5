"""The monitoring ledger is written in the transaction of what it tells of. Nothing rewrites it."""

import datetime
from collections.abc import Iterable
from uuid import UUID

from telephony.models import MonitoringStep
from telephony.switch.effects import Effect, MonitoringFact
from telephony.switch.monitoring import UPDATED


def write_steps(effects: Iterable[Effect]) -> None:
    """A row for each step of the monitorings that the effects tell of."""
    rows = [
        _row(effect)
        for effect in effects
        if isinstance(effect, MonitoringFact) and effect.step != UPDATED
    ]
    if rows:
        MonitoringStep.objects.bulk_create(rows)


def moment(at_ms: int) -> datetime.datetime:
    return datetime.datetime.fromtimestamp(at_ms / 1000, tz=datetime.UTC)


def _row(fact: MonitoringFact) -> MonitoringStep:
    return MonitoringStep(
        contact_center_id=UUID(fact.contact_center_id),
        session_id=UUID(fact.session_id),
        at=moment(fact.at_ms),
        step=fact.step,
        kind=str(fact.state.kind),
        mode=str(fact.state.mode),
        scope=str(fact.state.scope),
        call_id=fact.call_id or "",
        call_uuid=fact.call_uuid or "",
        detail=fact.detail,
    )
