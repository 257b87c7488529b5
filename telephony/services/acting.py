"""A party's act on a call: what is locked for it, the rule, and what follows.

The calls at the party's device are locked with the call itself, since a device speaks on one call
at a time; then all their agents. Which calls these are is known only then: where one was missing,
nothing has happened yet, and it begins anew with that one too.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import TypedDict
from uuid import UUID

from portal.api.status import not_found
from portal.events.statements import Prepared
from provisioning.models import ContactCenter, Setting, User
from telephony.line import Line, open_line
from telephony.modes import AFTER_CALL_WORK
from telephony.services.requests import hand_over
from telephony.switch.effects import Effect, Refusal
from telephony.switch.parties import Agents
from telephony.switch.state import Call, Leg, WrapUp

_WRAP_UP_TIME = Prepared(
    lambda center: Setting.objects.filter(
        contact_center_id=center, group="voice", key="defaultWrapupTime"
    ).values_list("value", flat=True),
    UUID,
)


class Who(TypedDict, total=False):
    """More about whose part in a call is meant, and who asks, where it is not its user."""

    device_id: UUID | str
    asked_by: User


@dataclass(slots=True, kw_only=True)
class Act:
    """What a rule gets: everything is locked. `others` are the further calls at the device."""

    line: Line
    contact_center: ContactCenter
    call: Call
    leg: Leg
    others: list[Call]
    agents: Agents
    and_then: list[Callable[[], None]] = field(default_factory=list)

    @property
    def at_ms(self) -> int:
        return self.line.at_ms

    @property
    def wrap_up(self) -> WrapUp | None:
        return wrap_up_after(self.call, *self.others)


Rule = Callable[[Act], list[Effect]]


def request(
    operation: str,
    user: User,
    call_id: str,
    rule: Rule,
    *,
    call_ids: Iterable[str] = (),
    user_ids: Iterable[str] = (),
    **who: object,
) -> bool:
    """Hand an act to the backend of the user's device in the call, that is to the rules, usually.

    `call_ids` and `user_ids` are further calls and people that it will be about.
    """
    attempt = _attempt(operation, user, call_id, rule, call_ids, user_ids, who)
    return hand_over(operation, user, call_id=call_id, carry_out=attempt.carry_out)


def perform(operation: str, user: User, call_id: str, rule: Rule) -> bool:
    """What is done by hand at the phone itself, and asks no link."""
    return _attempt(operation, user, call_id, rule, (), (), {}).carry_out()


def _attempt(
    operation: str,
    user: User,
    call_id: str,
    rule: Rule,
    call_ids: Iterable[str],
    user_ids: Iterable[str],
    who: Mapping[str, object],
) -> "_Attempt":
    device_id = who.get("device_id")
    asked_by = who.get("asked_by")
    return _Attempt(
        operation=operation,
        user=user,
        call_id=call_id,
        rule=rule,
        device_id=None if device_id is None else str(device_id),
        asked_by=asked_by if isinstance(asked_by, User) else user,
        call_ids={call_id, *call_ids},
        user_ids=set(user_ids),
    )


@dataclass(slots=True, kw_only=True)
class _Attempt:
    operation: str
    user: User
    call_id: str
    rule: Rule
    device_id: str | None
    asked_by: User
    call_ids: set[str]
    user_ids: set[str]

    def carry_out(self) -> bool:
        while (is_done := self._try()) is None:
            pass
        return is_done

    def _try(self) -> bool | None:
        """None where a call was not locked that has to be: it is known now."""
        with open_line() as line:
            calls = line.lock_calls(self.call_ids)
            call = calls.get(self.call_id)
            leg = self._leg_in(call)
            if call is None or leg is None:
                raise not_found("call")
            user_ids = {user_id for one in calls.values() for user_id in one.user_ids}
            agents = lock_people(line, user_ids, self.user_ids, call.contact_center_id)
            line.look_around()
            if missing := line.calls_beside.get(leg.device_id or "", set()) - self.call_ids:
                self.call_ids |= missing
                return None
            center = self.user.contact_center
            if center is None:
                raise not_found("call")
            act = Act(
                line=line,
                contact_center=center,
                call=call,
                leg=leg,
                others=[one for one in calls.values() if one is not call],
                agents=agents,
            )
            return self._do(act)

    def _leg_in(self, call: Call | None) -> Leg | None:
        if call is None:
            return None
        own = [leg for leg in call.legs if leg.user_id == str(self.user.pk)]
        at_device = [leg for leg in own if self.device_id in (None, leg.device_id)]
        return at_device[0] if at_device else None

    def _do(self, act: Act) -> bool:
        line = act.line
        is_done = line.attempt(lambda: self.rule(act), lambda message: self._refusal(act, message))
        if is_done:
            for follow in act.and_then:
                follow()
            route_after(line, [act.call, *act.others], act.agents)
        return is_done

    def _refusal(self, act: Act, message: str) -> Refusal:
        return Refusal(
            at_ms=act.at_ms,
            contact_center_id=act.call.contact_center_id,
            user_id=str(self.asked_by.pk),
            device_id=act.leg.device_id,
            call_id=act.call.id,
            call_uuid=act.call.uuid,
            operation=self.operation,
            message=message,
        )


def lock_people(
    line: Line, user_ids: Iterable[str], newcomers: Iterable[str], contact_center_id: str
) -> Agents:
    """The agents of some calls, and those who will be in them; the latter may have no row yet."""
    coming = set(newcomers)
    everybody = {*user_ids, *coming}
    if coming:
        return line.lock_people(everybody, contact_center_id=contact_center_id)
    return line.lock_agents(everybody)


def route_after(line: Line, calls: Iterable[Call], agents: Agents) -> None:
    """A call may wait again, and whoever took part in one may be free."""
    for call in calls:
        if call.is_waiting:
            line.route_call(call)
    for agent in agents.values():
        if agent.is_available:
            line.route_agent(agent)


def wrap_up_after(*calls: Call) -> WrapUp | None:
    """The wrap-up that follows a call: the contact center's setting, after a queue's call only."""
    if not any(leg.queue_id for call in calls for leg in call.legs):
        return None
    setting = _WRAP_UP_TIME.first(UUID(calls[0].contact_center_id))
    seconds = _seconds(setting.get("value")) if setting else 0
    return WrapUp(mode=AFTER_CALL_WORK, duration_ms=seconds * 1000) if seconds > 0 else None


def _seconds(value: object) -> int:
    """A setting's value; any JSON may stand there, and what is no number means none."""
    try:
        return int(str(value))
    except ValueError:
        return 0
