"""What one transaction means for supervisors: their legs put right in all the calls it changed."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from telephony.switch import monitoring as rules
from telephony.switch.effects import CallEnded, CallFact, Effect, PartyView, view_of
from telephony.switch.monitoring import Before, Monitoring
from telephony.switch.state import AgentSession, Call, Leg


@dataclass(slots=True)
class Watch:
    monitoring: Monitoring
    supervisor: AgentSession


class Watcher:
    """Remembers how supervisors saw the calls before the rules, and compares."""

    def __init__(self) -> None:
        self._before: dict[str, dict[str, Before]] = {}
        self._moving: dict[str, tuple[Call, Leg]] = {}

    def note(self, call: Call, *, at_ms: int) -> None:
        """A call as it was when it was locked."""
        for leg in call.legs:
            if not leg.is_party:
                self._remember(call, leg, at_ms=at_ms)

    def supervisor_ids(self) -> set[str]:
        """Those who were in the calls."""
        return {user_id for seen in self._before.values() for user_id in seen}

    def device_ids(self) -> set[str]:
        """The devices that they monitor."""
        legs = (one.leg for seen in self._before.values() for one in seen.values())
        return {str(leg.monitored_device_id) for leg in legs}

    def put_right(
        self, calls: Sequence[Call], watches: Sequence[Watch], told: list[Effect], *, at_ms: int
    ) -> bool:
        """Let everybody leave, stay, come along or enter; what it brings about goes into `told`.

        Gives whether somebody has left. A device has one established leg: he may enter another
        call once that is saved, and this is done again.
        """
        alive = [watch for watch in watches if not watch.monitoring.is_over]
        self._retell(alive, told)
        left = [self._follow(calls, watch, told, at_ms=at_ms) for watch in alive]
        return any(left)

    def _retell(self, watches: Sequence[Watch], told: list[Effect]) -> None:
        """A supervisor is no party: his leg's facts are not to be counted as one's."""
        if not self._before:
            return
        inside = {one.monitoring.supervisor_id: one.monitoring for one in watches}
        for number, effect in enumerate(told):
            if not isinstance(effect, CallFact) or effect.user_id not in inside:
                continue
            if effect.user_id in self._before.get(effect.call_id, {}):
                told[number] = rules.retold(inside[effect.user_id], effect)

    def _follow(
        self, calls: Sequence[Call], watch: Watch, told: list[Effect], *, at_ms: int
    ) -> bool:
        monitoring, supervisor = watch.monitoring, watch.supervisor
        call = _call_of(monitoring, calls)
        if call is not None and self._has_left(call, calls, watch, told, at_ms=at_ms):
            return True
        if (moving := self._moving.pop(monitoring.session_id, None)) is not None:
            target, leg = moving
            told += rules.move(target, monitoring, supervisor, leg, at_ms=at_ms)
        told += rules.join(calls, monitoring, supervisor, at_ms=at_ms)
        call = _call_of(monitoring, calls)
        if call is not None and (leg_now := rules.supervisor_leg(call, monitoring)) is not None:
            self._remember(call, leg_now, at_ms=at_ms)
        return False

    def _has_left(
        self, call: Call, calls: Sequence[Call], watch: Watch, told: list[Effect], *, at_ms: int
    ) -> bool:
        monitoring, supervisor = watch.monitoring, watch.supervisor
        before = self._as_told(call, monitoring, told)
        target = _goes_on_in(call, calls, told)
        told += rules.follow(
            call, monitoring, supervisor, before=before, goes_on_in=target, at_ms=at_ms
        )
        if monitoring.call_id is None:
            self._before[call.id].pop(monitoring.supervisor_id, None)
            if target is not None and before is not None:
                self._moving[monitoring.session_id] = (target, before.leg)
            return True
        if before is not None:
            told += rules.view_change(call, monitoring, before.view, at_ms=at_ms)
        return False

    def _as_told(self, call: Call, monitoring: Monitoring, told: list[Effect]) -> Before | None:
        """The supervisor's leg, and the call as he was last told of it."""
        before = self._before.get(call.id, {}).get(monitoring.supervisor_id)
        if before is None:
            return None
        view = _last_view(call.id, monitoring.supervisor_id, told)
        return Before(leg=before.leg, view=view or before.view)

    def _remember(self, call: Call, leg: Leg, *, at_ms: int) -> None:
        seen = Before(leg=leg, view=view_of(call, leg, at_ms=at_ms))
        self._before.setdefault(call.id, {})[str(leg.user_id)] = seen


def _call_of(monitoring: Monitoring, calls: Sequence[Call]) -> Call | None:
    return next((call for call in calls if call.id == monitoring.call_id), None)


def _goes_on_in(call: Call, calls: Sequence[Call], told: list[Effect]) -> Call | None:
    """The call that has taken this one in."""
    if not call.is_released:
        return None
    ended = (one for one in told if isinstance(one, CallEnded) and one.call_id == call.id)
    uuids = {one.continued_in for one in ended}
    return next((one for one in calls if one.uuid in uuids), None)


def _last_view(call_id: str, user_id: str, told: list[Effect]) -> PartyView | None:
    for effect in reversed(told):
        views: Sequence[Any] = getattr(effect, "views", ())
        for view in views:
            seen: PartyView = view if isinstance(effect, CallFact) else view[0]
            if (seen.call_id, seen.user_id) == (call_id, user_id):
                return seen
    return None
