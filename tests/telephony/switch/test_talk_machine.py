"""Random talks: agents do everything that calls allow, and the invariants hold.

Queues, sessions and states are in `test_machine`; here are dialling, holding, conferences and
transfers, with several calls at a phone.
"""

import itertools
from collections import Counter
from functools import partial

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from telephony.modes import AFTER_CALL_WORK, NOT_READY, READY
from telephony.switch import (
    agents as agent_rules,
)
from telephony.switch import (
    attached_data,
    conferences,
    dialing,
    queueing,
    recording,
    talking,
    transfers,
)
from telephony.switch.capabilities import possible_operations, state_after
from telephony.switch.destinations import Extension, OutsideNumber, QueueNumber
from telephony.switch.effects import (
    CallEnded,
    CallFact,
    PartEnded,
    StartTimer,
    StopTimer,
    TimerKind,
    participants_of,
)
from telephony.switch.joining import related
from telephony.switch.parties import FIRST_CONFERENCE_PARTY
from telephony.switch.state import AgentSession, Leg, WrapUp
from telephony.switch.tables import (
    RECORDING_OPERATIONS,
    CallOperation,
    LegState,
    RefusedError,
)

RING_MS = 15_000
WRAP_UP = WrapUp(mode=AFTER_CALL_WORK, duration_ms=10_000)
AGENTS = ("a", "b", "c", "d")
STATE_AFTER = {
    "call.ringing": LegState.RINGING,
    "call.dialing": LegState.DIALING,
    "call.answered": LegState.ESTABLISHED,
    "call.held": LegState.HELD,
    "call.retrieved": LegState.ESTABLISHED,
}
ENDS = {"call.released", "call.ring_abandoned", "call.ring_cancelled"}
_JOINING = [
    CallOperation.COMPLETE_TRANSFER,
    CallOperation.COMPLETE_CONFERENCE,
    CallOperation.MERGE_WITH_OTHER_CALL,
    CallOperation.SWAP_CALLS,
]
small = st.integers(0, 7)


class TalkMachine(RuleBasedStateMachine):
    def __init__(self):
        super().__init__()
        self.now = 1_000_000
        self.names = itertools.count(1)
        self.calls = {}
        self.timers = {}
        self.phones = {name: [] for name in AGENTS}
        # What was told: the state of each part, the last view of each, and the data of each call.
        self.states = {}
        self.views = {}
        self.data = {}
        self.begun = set()
        self.ended = Counter()
        self.parts_begun = 0
        self.parts_ended = 0

    @initialize(ready=st.sets(st.sampled_from(AGENTS)))
    def people(self, ready):
        self.agents = {
            name: AgentSession(user_id=name, contact_center_id="center") for name in AGENTS
        }
        for name, agent in self.agents.items():
            agent_rules.start_session(
                agent,
                device_id=name,
                number=f"500{AGENTS.index(name)}",
                answers_on_request=True,
                mode=READY if name in ready else NOT_READY,
                at_ms=self.now,
            )

    # --- what the room around the rules does ---

    def apply(self, effects):
        for effect in effects:
            if isinstance(effect, StartTimer):
                self.timers[effect.kind, effect.target] = effect.due_at_ms
            elif isinstance(effect, StopTimer):
                self.timers.pop((effect.kind, effect.target), None)
            elif isinstance(effect, CallFact):
                self.hear(effect)
            elif isinstance(effect, CallEnded):
                self.ended[effect.call_uuid] += 1
            elif isinstance(effect, PartEnded):
                self.parts_ended += 1
        self.calls = {key: call for key, call in self.calls.items() if not call.is_released}
        self.route()

    def hear(self, fact):
        if fact.device_id is not None and fact.kind in STATE_AFTER:
            self.states[fact.call_id, fact.device_id] = STATE_AFTER[fact.kind]
        if fact.kind in ENDS:
            self.states.pop((fact.call_id, fact.device_id), None)
        for view in fact.views:
            self.views[view.call_id, view.device_id] = view
        if fact.kind == "call.data":
            told = {**self.data.get(fact.call_id, {}), **fact.user_data}
            self.data[fact.call_id] = {
                key: value for key, value in told.items() if key not in fact.removed
            }
        elif fact.kind in ("call.queued", "call.dialing", "call.ringing"):
            self.data[fact.call_id] = {**self.data.get(fact.call_id, {}), **fact.user_data}

    def route(self):
        for call in list(self.calls.values()):
            if not call.is_waiting:
                continue
            agent = queueing.choose_agent(
                call, self.agents.values(), levels={}, required={}, at_ms=self.now
            )
            if agent is not None:
                effects = queueing.distribute(call, agent, ring_timeout_ms=RING_MS, at_ms=self.now)
                leg = call.legs[-1]
                leg.beside = self.phones[agent.user_id]
                leg.beside.append(leg)
                self.apply(effects)

    def attempt(self, act):
        before = repr((self.calls, self.agents))
        try:
            effects = act()
        except RefusedError:
            assert repr((self.calls, self.agents)) == before, "a refusal changed something"
            return False
        self.apply(effects)
        return True

    def destination(self, number, call, *, with_queue=True):
        """An agent who is not in the call, somebody outside, or a queue."""
        there = {leg.device_id for leg in call.legs} if call else set()
        free = [name for name in AGENTS if name not in there]
        if number < len(free):
            name = free[number]
            return Extension(
                number=self.agents[name].number,
                device_id=name,
                user_id=name,
                is_busy=self.agents[name].is_do_not_disturb,
                beside=self.phones[name],
            )
        if number == 5 and with_queue and (call is None or call.ringing_leg is None):
            return QueueNumber(number="9000", queue_id="queue")
        name = f"+1{next(self.names)}"
        return OutsideNumber(
            number=name,
            party=f"party {name}",
            is_busy=False,
            answers_after_ms=None if number == 7 else 1_000,
        )

    def new_call(self, kind, **more):
        name = f"call{next(self.names)}"
        call = dialing.new_call(
            call_id=name,
            uuid=name,
            contact_center_id="center",
            type=kind,
            ani="",
            dnis="9000",
            user_data=dict(more),
            at_ms=self.now,
        )
        return call

    def add(self, call):
        if not call.is_released:
            self.calls[call.id] = call
        self.begun.add(call.id)

    def legs_of(self, name):
        return [
            (call, leg) for call in self.calls.values() for leg in call.legs if leg.user_id == name
        ]

    def others(self, call, leg):
        return [
            other
            for other, one in self.legs_of(leg.user_id)
            if other is not call and one.device_id == leg.device_id
        ]

    # --- what people do ---

    @rule(name=st.sampled_from(AGENTS), number=small)
    def somebody_dials(self, name, number):
        destination = self.destination(number, None)
        if getattr(destination, "device_id", None) == name:
            return
        call = self.new_call(dialing.type_towards(destination), Product="Guitars")
        caller = Leg(
            number=self.agents[name].number,
            state=LegState.DIALING,
            began_ms=self.now,
            device_id=name,
            user_id=name,
            beside=self.phones[name],
        )
        others = [other for other, _ in self.legs_of(name)]

        def act():
            effects = dialing.dial(call, caller, destination, self.agents, others=others)
            self.add(call)
            return effects

        assert self.attempt(act)
        self.enter(call, destination)

    def enter(self, call, destination):
        if isinstance(destination, QueueNumber) and not call.is_released:
            self.apply(queueing.enter_queue(call, destination.queue_id, at_ms=self.now))

    @rule(number=small)
    def somebody_calls_from_outside(self, number):
        destination = self.destination(number, None)
        if isinstance(destination, OutsideNumber):
            return
        name = f"call{next(self.names)}"
        call = queueing.inbound_call(
            call_id=name,
            uuid=name,
            contact_center_id="center",
            ani=f"+1{name}",
            dnis=destination.number,
            user_data={},
            at_ms=self.now,
        )
        self.add(call)
        self.apply(dialing.reach(call, destination, self.agents, at_ms=self.now))
        self.enter(call, destination)

    @rule(number=small)
    def somebody_outside_hangs_up(self, number):
        outside = [
            (call, leg) for call in self.calls.values() for leg in call.legs if leg.is_outside
        ]
        if outside:
            call, leg = outside[number % len(outside)]
            self.apply(talking.go(call, leg, self.agents, wrap_up=WRAP_UP, at_ms=self.now))

    @rule(milliseconds=st.integers(1, 20_000))
    def time_passes(self, milliseconds):
        self.now += milliseconds
        for (kind, target), due in list(self.timers.items()):
            if due <= self.now and (kind, target) in self.timers:
                del self.timers[kind, target]
                self.fire(kind, target)

    def fire(self, kind, target):
        if kind is TimerKind.WRAP_UP:
            self.apply(agent_rules.wrap_up_over(self.agents[target], READY, at_ms=self.now))
        elif kind is TimerKind.RING_TIMEOUT:
            call = self.calls[target]
            leg = call.ringing_leg
            agent = self.agents[leg.user_id]
            self.apply(talking.ring_timeout(call, leg, agent, absent=NOT_READY, at_ms=self.now))
        elif kind is TimerKind.OUTSIDE_ANSWERS:
            [(call, leg)] = [
                (call, leg)
                for call in self.calls.values()
                for leg in call.legs
                if leg.party == target
            ]
            self.apply(talking.pick_up(call, leg, at_ms=self.now))

    @rule(name=st.sampled_from(AGENTS), mode=st.sampled_from([READY, NOT_READY]))
    def somebody_changes_his_state(self, name, mode):
        self.attempt(lambda: agent_rules.set_mode(self.agents[name], mode, at_ms=self.now))
        self.route()

    @rule(name=st.sampled_from(AGENTS), is_on=st.booleans())
    def somebody_wants_quiet(self, name, is_on):
        agent = self.agents[name]
        self.apply(agent_rules.set_do_not_disturb(agent, is_on=is_on, at_ms=self.now))

    @rule(
        name=st.sampled_from(AGENTS),
        number=small,
        more=small,
        operation=st.sampled_from(list(CallOperation)),
    )
    def somebody_operates(self, name, number, more, operation):
        self.operate(name, number, more, operation)

    @rule(name=st.sampled_from(AGENTS), number=small, more=small, choice=st.integers(0, 30))
    def somebody_does_what_is_offered(self, name, number, more, choice):
        """Most operations are not offered at most times: this goes further."""
        legs = self.legs_of(name)
        if legs:
            offered = possible_operations(*legs[number % len(legs)])
            if offered:
                operation = CallOperation(offered[choice % len(offered)])
                self.operate(name, number, more, operation)

    @rule(name=st.sampled_from(AGENTS), number=st.integers(0, 3))
    def two_talk(self, name, number):
        """Most talks begin with an answer, which chance alone brings about too seldom."""
        self.somebody_dials(name, number)
        self.everybody_answers()

    @rule(number=st.integers(0, 3))
    def somebody_outside_talks(self, number):
        self.somebody_calls_from_outside(number)
        self.everybody_answers()

    @rule(
        name=st.sampled_from(AGENTS),
        number=small,
        more=small,
        operation=st.sampled_from(
            [
                CallOperation.INITIATE_TRANSFER,
                CallOperation.INITIATE_CONFERENCE,
                CallOperation.SINGLE_STEP_CONFERENCE,
            ]
        ),
        is_answered=st.booleans(),
    )
    def somebody_consults(self, name, number, more, operation, is_answered):
        self.operate(name, number, more, operation)
        if is_answered:
            self.everybody_answers()

    @rule(operation=st.sampled_from(_JOINING), number=small)
    def somebody_joins_calls(self, operation, number):
        found = [
            (leg.user_id, place)
            for name in AGENTS
            for place, (call, leg) in enumerate(self.legs_of(name))
            if self.is_allowed(call, leg, operation)
        ]
        if found:
            name, place = found[number % len(found)]
            self.operate(name, place, 0, operation)

    def everybody_answers(self):
        for name in AGENTS:
            for place, (_, leg) in enumerate(self.legs_of(name)):
                if leg.state is LegState.RINGING:
                    self.operate(name, place, 0, CallOperation.ANSWER)

    def operate(self, name, number, more, operation):
        legs = self.legs_of(name)
        if not legs:
            return
        call, leg = legs[number % len(legs)]
        is_allowed = self.is_allowed(call, leg, operation)
        deed = self.deed_of(call, leg, operation, more)
        if deed is None:
            return
        act, then = deed
        assert self.attempt(act) == is_allowed, operation
        if is_allowed:
            then()

    def is_allowed(self, call, leg, operation):
        hidden = {
            CallOperation.SET_CALL_DISPOSITION,
            CallOperation.MERGE_WITH_OTHER_CALL,
            CallOperation.UNMUTE_CALL,
        }
        if operation not in hidden:
            return str(operation) in possible_operations(call, leg)
        assert str(operation) not in possible_operations(call, leg)
        try:
            state_after(call, leg, operation)
        except RefusedError:
            return False
        return True

    def deed_of(self, call, leg, operation, more):
        """The rule of an operation, and what is done once it is applied; None: nobody is there."""
        deeds = {
            **self.deeds_alone(call, leg),
            **self.deeds_with_data(call, leg, more),
            **self.deeds_with_another_call(call, leg),
        }
        if operation in deeds:
            return deeds[operation], self.nothing
        if operation is CallOperation.REMOVE_PARTICIPANT:
            return self.removing(call, leg, more)
        return self.reaching(call, leg, operation, more)

    def nothing(self):
        pass

    def deeds_alone(self, call, leg):
        others, agents, at = self.others(call, leg), self.agents, {"at_ms": self.now}
        agent = agents[leg.user_id]
        return {
            CallOperation.ANSWER: lambda: talking.answer(call, leg, others=others, **at),
            CallOperation.REJECT: lambda: talking.reject(
                call, leg, agent, pass_over_ms=RING_MS, **at
            ),
            CallOperation.HANGUP: lambda: talking.hang_up(call, leg, agents, wrap_up=WRAP_UP, **at),
            CallOperation.HOLD: lambda: talking.hold(call, leg, **at),
            CallOperation.RETRIEVE: lambda: talking.retrieve(call, leg, others=others, **at),
            CallOperation.SEND_DTMF: lambda: talking.send_dtmf(call, leg, **at),
            CallOperation.MUTE_CALL: lambda: talking.set_mute(call, leg, is_on=True, **at),
            CallOperation.UNMUTE_CALL: lambda: talking.set_mute(call, leg, is_on=False, **at),
            **{
                operation: partial(recording.control, call, leg, operation, **at)
                for operation in RECORDING_OPERATIONS
            },
        }

    def deeds_with_data(self, call, leg, more):
        at, data = {"at_ms": self.now}, {f"k{more}": more}
        return {
            CallOperation.ATTACH_USER_DATA: lambda: attached_data.attach(call, leg, data, **at),
            CallOperation.UPDATE_USER_DATA: lambda: attached_data.update(call, leg, data, **at),
            CallOperation.DELETE_USER_DATA: lambda: attached_data.delete_all(call, leg, **at),
            CallOperation.DELETE_USER_DATA_PAIR: lambda: attached_data.delete_pair(
                call, leg, f"k{more}", **at
            ),
            CallOperation.SET_CALL_DISPOSITION: lambda: attached_data.set_disposition(
                call, leg, key="D", disposition="Done", **at
            ),
        }

    def deeds_with_another_call(self, call, leg):
        others = self.others(call, leg)
        party = {"wrap_up": WRAP_UP, "at_ms": self.now}

        def joining(rule, *, is_swap=False):
            def act():
                other, other_leg = related(call, leg, others)
                if is_swap:
                    return rule(call, leg, other, other_leg, at_ms=self.now)
                return rule(call, leg, other, other_leg, self.agents, **party)

            return act

        return {
            CallOperation.SWAP_CALLS: joining(talking.swap, is_swap=True),
            CallOperation.MERGE_WITH_OTHER_CALL: joining(conferences.merge),
            CallOperation.COMPLETE_CONFERENCE: joining(conferences.complete_conference),
            CallOperation.COMPLETE_TRANSFER: joining(transfers.complete_transfer),
        }

    def removing(self, call, leg, more):
        present = [one for one in call.party_legs if one is not leg]
        if not present:
            return None
        number = present[more % len(present)].number
        party = {"wrap_up": WRAP_UP, "at_ms": self.now}
        rule = conferences.remove_participant
        return lambda: rule(call, leg, number, self.agents, **party), self.nothing

    def reaching(self, call, leg, operation, more):
        agents, others = self.agents, self.others(call, leg)
        party = {"wrap_up": WRAP_UP, "at_ms": self.now}
        destination = self.destination(
            more, call, with_queue=operation is not CallOperation.SINGLE_STEP_CONFERENCE
        )
        if operation in (CallOperation.INITIATE_CONFERENCE, CallOperation.INITIATE_TRANSFER):
            if getattr(destination, "device_id", None) == leg.device_id:
                return None
            new = self.new_call("Consult")

            def consult():
                effects = conferences.consult(
                    call,
                    leg,
                    operation,
                    new,
                    destination,
                    agents,
                    others=others,
                    at_ms=self.now,
                )
                self.add(new)
                return effects

            return consult, lambda: self.enter(new, destination)
        if destination.is_busy:
            return None
        if operation is CallOperation.SINGLE_STEP_CONFERENCE:
            rule = conferences.single_step_conference
            return (
                lambda: rule(call, leg, destination, agents, user_data={}, at_ms=self.now),
                lambda: None,
            )
        rule = transfers.single_step_transfer
        return (
            lambda: rule(call, leg, destination, agents, user_data={"Why": more}, **party),
            lambda: self.enter(call, destination),
        )

    # --- what holds at all times ---

    @invariant()
    def every_leg_belongs_to_one_call(self):
        legs = [leg for call in self.calls.values() for leg in call.legs]
        assert len({id(leg) for leg in legs}) == len(legs)
        for name, beside in self.phones.items():
            assert {id(leg) for leg in beside} == {id(leg) for leg in legs if leg.device_id == name}
        for call in self.calls.values():
            numbers = Counter(leg.number for leg in call.legs)
            assert max(numbers.values()) == 1, "somebody is in a call twice"

    @invariant()
    def a_call_lives_as_long_as_two_talk_or_one_waits(self):
        for call in self.calls.values():
            assert len(call.party_legs) + call.is_waiting >= 2
            assert all(leg.state is not LegState.RELEASED for leg in call.legs)
            assert not (call.is_waiting and call.ringing_leg)

    @invariant()
    def a_phone_speaks_on_one_call(self):
        for beside in self.phones.values():
            assert sum(leg.is_active for leg in beside) <= 1

    @invariant()
    def agents_know_how_many_calls_they_have(self):
        for name, agent in self.agents.items():
            assert agent.leg_count == len(self.legs_of(name))

    @invariant()
    def participants_are_symmetric(self):
        for call in self.calls.values():
            for one in call.party_legs:
                for other in call.party_legs:
                    sees = other.number in participants_of(call, one)
                    assert sees == (one is not other)

    @invariant()
    def what_was_told_gives_the_same_states(self):
        actual = {
            (call.id, leg.device_id): leg.state
            for call in self.calls.values()
            for leg in call.legs
            if leg.device_id
        }
        assert self.states == actual

    @invariant()
    def everybody_was_told_of_what_he_sees(self):
        for call in self.calls.values():
            for leg in call.legs:
                if leg.device_id is None:
                    continue
                view = self.views[call.id, leg.device_id]
                assert view.state == leg.state
                assert view.participants == participants_of(call, leg)
                assert view.user_data == call.user_data
                assert view.is_muted == leg.is_muted
                assert view.recording_state == call.recording

    @invariant()
    def statistics_know_the_data(self):
        for call in self.calls.values():
            assert self.data.get(call.id, {}) == call.user_data

    @invariant()
    def conferences_end(self):
        for call in self.calls.values():
            if not call.is_conference:
                assert call.conference_owner is None
                assert FIRST_CONFERENCE_PARTY not in call.user_data

    @invariant()
    def what_is_over_is_recorded_once(self):
        over = self.begun - self.calls.keys()
        assert self.ended == Counter(over)

    @invariant()
    def timers_belong_to_somebody(self):
        parties = {leg.party for call in self.calls.values() for leg in call.legs if leg.party}
        ringing = {call.id for call in self.calls.values() if call.ringing_leg}
        for kind, target in self.timers:
            if kind is TimerKind.OUTSIDE_ANSWERS:
                assert target in parties
        assert {t for kind, t in self.timers if kind is TimerKind.RING_TIMEOUT} == ringing


TalkMachine.TestCase.settings = settings(max_examples=60, stateful_step_count=40, deadline=None)
test_random_talks = TalkMachine.TestCase


class LongTalks(TalkMachine):
    pass


LongTalks.TestCase.settings = settings(max_examples=400, stateful_step_count=60, deadline=None)
test_long_random_talks = pytest.mark.slow(LongTalks.TestCase)
