"""Random days of agents, customers and supervisors: monitoring shows to nobody who must not know.

Customers are outside parties, and in internal calls whoever is not monitored.
"""

import dataclasses

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from telephony.modes import READY
from telephony.switch import agents as agent_rules
from telephony.switch import conferences, dialing, monitoring, queueing, talking, transfers
from telephony.switch.capabilities import possible_operations
from telephony.switch.destinations import Extension
from telephony.switch.effects import CallFact, MonitoringFact, view_of
from telephony.switch.monitoring import Monitoring
from telephony.switch.monitoring_table import (
    MONITOR_OPERATIONS,
    MonitoringState,
    MonitorMode,
    MonitorOperation,
    MonitorPhase,
    MonitorScope,
    is_muted_in,
)
from telephony.switch.state import AgentSession, Leg
from telephony.switch.tables import (
    CallOperation,
    CallType,
    LegState,
    MonitorKind,
    RefusedError,
)
from telephony.switch.watching import Watch, Watcher

AGENTS = ("a", "b", "c")
SUPERVISORS = ("s", "t")
TALKS = (LegState.ESTABLISHED, LegState.HELD)
IN_CALL = (
    MonitorOperation.SWITCH_TO_BARGE_IN,
    MonitorOperation.SWITCH_TO_LISTEN_IN,
    MonitorOperation.MUTE,
    MonitorOperation.UNMUTE,
)
numbers = st.integers(0, 9)


class MonitoringMachine(RuleBasedStateMachine):
    def __init__(self):
        super().__init__()
        self.now = 1_000_000
        self.made = 0
        self.calls = {}
        self.watches = []
        self.facts = []
        self.seen = {}

    @initialize()
    def people(self):
        self.sessions = {
            name: AgentSession(user_id=name, contact_center_id="center")
            for name in (*AGENTS, *SUPERVISORS)
        }
        self.beside = {name: [] for name in self.sessions}
        for name, session in self.sessions.items():
            agent_rules.start_session(
                session,
                device_id=f"phone {name}",
                number=name,
                answers_on_request=True,
                mode=READY,
                at_ms=self.now,
            )
        self.customer_calls("a", is_answered=True)
        self.supervisor_asks(
            "s", "a", MonitorKind.BARGE_IN, MonitorMode.ALL_CALLS, MonitorScope.CALL
        )

    # --- what the room around the rules does ---

    def act(self, rule_of_somebody):
        """One transaction; False where the switch refuses."""
        self.now += 1000
        watcher = Watcher()
        for call in self.calls.values():
            watcher.note(call, at_ms=self.now)
        told = []
        try:
            told += rule_of_somebody()
        except RefusedError:
            return False
        while watcher.put_right(list(self.calls.values()), self.watches, told, at_ms=self.now):
            pass
        for leg in [leg for call in self.calls.values() for leg in call.legs]:
            leg.id = leg.id or self.name()
        self.calls = {key: call for key, call in self.calls.items() if not call.is_released}
        self.watches = [one for one in self.watches if not one.monitoring.is_over]
        self.facts += told
        self.remember(told)
        return True

    def remember(self, told):
        """What each user's clients were told last of each call."""
        for effect in told:
            for view in getattr(effect, "views", ()):
                shown = view if isinstance(effect, CallFact) else view[0]
                key = shown.user_id, shown.call_id
                if isinstance(effect, MonitoringFact) and shown.user_id != effect.user_id:
                    # An empty message would tell of a supervisor, too.
                    before = dataclasses.replace(
                        self.seen[key], duration_seconds=shown.duration_seconds
                    )
                    assert before != shown
                self.seen[key] = shown

    def name(self):
        self.made += 1
        return self.made

    def some_call(self, number):
        calls = [*self.calls.values()]
        return calls[number % len(calls)] if calls else None

    def some_leg(self, call, number, *, is_party=True):
        legs = [leg for leg in call.legs if leg.is_party is is_party and not leg.is_outside]
        return legs[number % len(legs)] if legs else None

    def extension(self, name):
        return Extension(
            number=name,
            device_id=f"phone {name}",
            user_id=name,
            is_busy=self.sessions[name].leg_count > 1,
            beside=self.beside[name],
        )

    def others(self, call):
        return [one for one in self.calls.values() if one is not call]

    def pick_up(self, call, name, is_answered):
        leg = call.leg_of(name)
        if is_answered and leg is not None:
            others = self.others(call)
            assert self.act(lambda: talking.answer(call, leg, at_ms=self.now, others=others))

    def watch_of(self, name):
        found = (one for one in self.watches if one.monitoring.supervisor_id == name)
        return next(found, None)

    # --- what agents and customers do ---

    @rule(name=st.sampled_from(AGENTS), is_answered=st.booleans())
    def customer_calls(self, name, is_answered):
        agent = self.sessions[name]
        if not agent.is_available:
            return
        key = f"call{self.name()}"
        call = queueing.inbound_call(
            call_id=key,
            uuid=f"uuid {key}",
            contact_center_id="center",
            ani="+1650",
            dnis="9000",
            user_data={},
            at_ms=self.now,
        )
        self.calls[key] = call

        def ring():
            effects = queueing.enter_queue(call, "queue", at_ms=self.now)
            return effects + queueing.distribute(
                call, agent, ring_timeout_ms=15_000, at_ms=self.now
            )

        self.act(ring)
        leg = call.leg_of(name)
        leg.beside = self.beside[name]
        self.beside[name].append(leg)
        if is_answered:
            assert self.act(lambda: talking.answer(call, leg, at_ms=self.now))

    @rule(caller=st.sampled_from(AGENTS), called=st.sampled_from(AGENTS), is_answered=st.booleans())
    def agent_dials_another(self, caller, called, is_answered):
        if caller == called or self.sessions[caller].leg_count > 0:
            return
        key = f"call{self.name()}"
        call = dialing.new_call(
            call_id=key,
            uuid=f"uuid {key}",
            contact_center_id="center",
            type=CallType.INTERNAL,
            ani=caller,
            dnis=called,
            user_data={},
            at_ms=self.now,
        )
        self.calls[key] = call
        leg = Leg(
            number=caller,
            state=LegState.DIALING,
            began_ms=self.now,
            device_id=f"phone {caller}",
            user_id=caller,
            beside=self.beside[caller],
        )
        self.act(lambda: dialing.dial(call, leg, self.extension(called), self.sessions))
        self.pick_up(call, called, is_answered)

    @rule(number=numbers, which=numbers)
    def agent_answers(self, number, which):
        call = self.some_call(number)
        ringing = [leg for leg in call.legs if leg.state is LegState.RINGING] if call else []
        if ringing:
            leg = ringing[which % len(ringing)]
            others = self.others(call)
            assert self.act(lambda: talking.answer(call, leg, at_ms=self.now, others=others))

    @rule(number=numbers, which=numbers)
    def agent_hangs_up(self, number, which):
        call = self.some_call(number)
        leg = self.some_leg(call, which) if call else None
        if leg is not None:
            self.act(
                lambda: talking.hang_up(call, leg, self.sessions, wrap_up=None, at_ms=self.now)
            )

    @rule(number=numbers)
    def customer_hangs_up(self, number):
        call = self.some_call(number)
        if call is not None and call.outside_leg is not None:
            self.act(
                lambda: talking.caller_hangs_up(call, self.sessions, wrap_up=None, at_ms=self.now)
            )

    @rule(number=numbers, which=numbers)
    def agent_holds_or_retrieves(self, number, which):
        call = self.some_call(number)
        leg = self.some_leg(call, which) if call else None
        if leg is None:
            return
        if leg.state is LegState.HELD:
            others = self.others(call)
            self.act(lambda: talking.retrieve(call, leg, at_ms=self.now, others=others))
        else:
            self.act(lambda: talking.hold(call, leg, at_ms=self.now))

    @rule(
        number=numbers,
        which=numbers,
        name=st.sampled_from(AGENTS),
        stays=st.booleans(),
        is_answered=st.booleans(),
    )
    def agent_passes_on(self, number, which, name, stays, is_answered):
        call = self.some_call(number)
        leg = self.some_leg(call, which) if call else None
        if leg is None or call.leg_of(name) is not None:
            return
        to = self.extension(name)
        if stays:
            self.act(
                lambda: conferences.single_step_conference(
                    call, leg, to, self.sessions, user_data={}, at_ms=self.now
                )
            )
        else:
            self.act(
                lambda: transfers.single_step_transfer(
                    call, leg, to, self.sessions, user_data={}, wrap_up=None, at_ms=self.now
                )
            )
        self.pick_up(call, name, is_answered)

    @rule(number=numbers, which=numbers, to=st.sampled_from(AGENTS), is_answered=st.booleans())
    def agent_consults(self, number, which, to, is_answered):
        call = self.some_call(number)
        leg = self.some_leg(call, which) if call else None
        if leg is not None and (new := self.consult(call, leg, to)) is not None:
            self.pick_up(new, to, is_answered)

    def consult(self, call, leg, to):
        key = f"call{self.name()}"
        new = dialing.new_call(
            call_id=key,
            uuid=f"uuid {key}",
            contact_center_id="center",
            type=CallType.CONSULT,
            ani=leg.number,
            dnis=to,
            user_data={},
            at_ms=self.now,
        )
        self.calls[key] = new
        others = self.others(call)
        done = self.act(
            lambda: conferences.consult(
                call,
                leg,
                CallOperation.INITIATE_TRANSFER,
                new,
                self.extension(to),
                self.sessions,
                others=others,
                at_ms=self.now,
            )
        )
        if done and not new.is_released:
            return new
        self.calls.pop(key, None)
        return None

    @rule(number=numbers, other=numbers, which=numbers, is_conference=st.booleans())
    def agent_completes(self, number, other, which, is_conference):
        call, second = self.some_call(number), self.some_call(other)
        leg = self.some_leg(call, which) if call else None
        second_leg = second.leg_of(leg.user_id) if second is not None and leg is not None else None
        if second_leg is None or not second_leg.is_party:
            return
        complete = conferences.complete_conference if is_conference else transfers.complete_transfer
        self.act(
            lambda: complete(
                call, leg, second, second_leg, self.sessions, wrap_up=None, at_ms=self.now
            )
        )

    # --- what supervisors do ---

    @rule(
        name=st.sampled_from(SUPERVISORS),
        agent=st.sampled_from(AGENTS),
        kind=st.sampled_from(MonitorKind),
        mode=st.sampled_from(MonitorMode),
        scope=st.sampled_from(MonitorScope),
    )
    def supervisor_asks(self, name, agent, kind, mode, scope):
        taken = {one.monitoring.device_id: one.monitoring.supervisor_id for one in self.watches}
        if taken.get(f"phone {agent}", name) != name:
            return
        state = MonitoringState(
            kind=kind,
            mode=mode,
            scope=scope,
            device_id=f"phone {agent}",
            own_device_id=f"phone {name}",
            needs_session=True,
        )
        session, own = self.sessions[name], self.watch_of(name)
        if own is not None and own.monitoring.device_id == state.device_id:
            call = self.calls.get(own.monitoring.call_id)
            assert self.act(
                lambda: monitoring.ask_anew(own.monitoring, session, state, call, at_ms=self.now)
            )
            return
        if own is not None:
            self.stop(own)
        fresh = Monitoring(
            session_id=str(self.name()),
            contact_center_id="center",
            supervisor_id=name,
            supervisor_number=name,
            agent_id=agent,
            state=state,
        )
        self.watches.append(Watch(fresh, session))
        assert self.act(lambda: monitoring.start(fresh, session, at_ms=self.now))

    def stop(self, watch):
        call = self.calls.get(watch.monitoring.call_id)
        assert self.act(
            lambda: monitoring.stop(
                watch.monitoring, watch.supervisor, call, why="Cancelled", at_ms=self.now
            )
        )

    @precondition(lambda self: self.watches)
    @rule(name=st.sampled_from(SUPERVISORS))
    def supervisor_cancels(self, name):
        if (own := self.watch_of(name)) is not None:
            self.stop(own)

    @rule(name=st.sampled_from(SUPERVISORS), operation=st.sampled_from(IN_CALL))
    def supervisor_operates(self, name, operation):
        call, leg, own = self.place_of(name)
        if leg is None:
            return
        kind, was_muted = leg.monitoring, leg.has_muted_agent
        done = self.act(
            lambda: monitoring.operate(own.monitoring, call, leg, operation, at_ms=self.now)
        )
        is_there = monitoring.agent_leg(call, own.monitoring) is not None
        is_possible = operation in MONITOR_OPERATIONS[MonitorPhase(kind)]
        assert done == (is_possible and (is_there or operation is not MonitorOperation.MUTE))
        if done and operation in (MonitorOperation.MUTE, MonitorOperation.UNMUTE):
            assert leg.has_muted_agent is (operation is MonitorOperation.MUTE)
        else:
            assert leg.has_muted_agent is was_muted

    @rule(name=st.sampled_from(SUPERVISORS))
    def supervisor_hangs_up(self, name):
        call, leg, own = self.place_of(name)
        if leg is not None:
            parties = [one.number for one in call.party_legs]
            assert self.act(
                lambda: talking.hang_up(call, leg, self.sessions, wrap_up=None, at_ms=self.now)
            )
            assert [one.number for one in call.party_legs] == parties
            # The agent may talk in another call as well.
            assert own.monitoring.call_id != call.id

    @rule(name=st.sampled_from(SUPERVISORS))
    def supervisor_holds_or_retrieves(self, name):
        call, leg, _ = self.place_of(name)
        if leg is not None and leg.state is LegState.HELD:
            assert self.act(lambda: talking.retrieve(call, leg, at_ms=self.now))
        elif leg is not None:
            assert self.act(lambda: talking.hold(call, leg, at_ms=self.now))

    @rule(name=st.sampled_from(SUPERVISORS), to=st.sampled_from(AGENTS))
    def supervisor_invites(self, name, to):
        call, leg, _ = self.place_of(name)
        if leg is not None:
            self.act(
                lambda: conferences.single_step_conference(
                    call, leg, self.extension(to), self.sessions, user_data={}, at_ms=self.now
                )
            )

    @rule(name=st.sampled_from(SUPERVISORS), number=numbers)
    def supervisor_removes(self, name, number):
        call, leg, _ = self.place_of(name)
        if leg is not None and call.is_conference:
            out = call.party_legs[number % len(call.party_legs)]
            self.act(lambda: talking.go(call, out, self.sessions, wrap_up=None, at_ms=self.now))

    def place_of(self, name):
        own = self.watch_of(name)
        call = self.calls.get(own.monitoring.call_id) if own else None
        leg = monitoring.supervisor_leg(call, own.monitoring) if own else None
        return call, leg, own

    # --- what holds at all times ---

    def monitored(self):
        """Each call with a supervisor's leg, that leg and his monitoring."""
        for call in self.calls.values():
            for leg in call.legs:
                if not leg.is_party:
                    yield call, leg, self.watch_of(leg.user_id)

    @invariant()
    def nobody_sees_a_supervisor_who_must_not(self):
        for call in self.calls.values():
            alone = dataclasses.replace(call, legs=call.party_legs)
            heard = [leg for leg in call.legs if leg.monitoring is MonitorKind.BARGE_IN]
            has_customer = call.outside_leg is not None
            for leg in call.party_legs:
                now = view_of(call, leg, at_ms=self.now)
                may_know = any(
                    has_customer or one.monitored_device_id == leg.device_id for one in heard
                )
                if leg.is_outside or not may_know:
                    if not leg.is_outside:
                        assert now == view_of(alone, leg, at_ms=self.now)
                    continue
                assert now.is_supervisor_listening_in
                assert not set(SUPERVISORS).isdisjoint(now.participants)
            # Data is read by all.
            assert set(SUPERVISORS).isdisjoint(call.user_data.values())

    @invariant()
    def nobody_was_told_of_a_supervisor_who_must_not_be(self):
        """All messages of all users that were ever sent, in whatever order things happened."""
        for fact in self.facts[-40:]:
            if isinstance(fact, CallFact):
                assert fact.user_id not in SUPERVISORS
            if isinstance(fact, MonitoringFact):
                told = {view.user_id for view, _ in fact.views} - {fact.user_id}
                if fact.step in ("Started", "Changed", "Ended", "Updated"):
                    assert told == set()

    @invariant()
    def a_leg_belongs_to_a_monitoring_and_the_other_way_round(self):
        inside = {}
        for call, leg, watch in self.monitored():
            assert watch is not None
            assert watch.monitoring.call_id == call.id
            assert leg.monitored_device_id == watch.monitoring.device_id
            assert leg.is_muted is is_muted_in(leg.monitoring)
            inside[watch.monitoring.session_id] = call.id
        for watch in self.watches:
            assert watch.monitoring.call_id == inside.get(watch.monitoring.session_id)
            assert watch.supervisor.monitoring == watch.monitoring.state

    @invariant()
    def legs_are_counted_and_a_phone_speaks_on_one(self):
        legs = [leg for call in self.calls.values() for leg in call.legs]
        for name, session in self.sessions.items():
            own = [leg for leg in legs if leg.user_id == name]
            assert session.leg_count == len(own)
            assert sum(leg.state is LegState.ESTABLISHED for leg in own) <= 1

    @invariant()
    def supervisors_keep_no_call_alive(self):
        for call in self.calls.values():
            assert call.party_legs
            assert len(call.party_legs) + call.is_waiting >= 2

    @invariant()
    def who_can_enter_a_talk_is_in_one(self):
        for watch in self.watches:
            own = watch.monitoring
            if own.call_id is not None or watch.supervisor.leg_count:
                continue
            for call in self.calls.values():
                leg = monitoring.agent_leg(call, own)
                if call.id != own.left_call_id:
                    assert leg is None or leg.state not in TALKS

    @invariant()
    def scope_and_mode_hold(self):
        for call, _, watch in self.monitored():
            if watch.monitoring.state.scope is MonitorScope.AGENT:
                assert monitoring.agent_leg(call, watch.monitoring) is not None

    @invariant()
    def supervisors_were_told_what_they_see(self):
        """Replaying what was told gives the views as they are; capabilities are the table's."""
        for call, leg, _ in self.monitored():
            now = view_of(call, leg, at_ms=self.now)
            told = self.seen[leg.user_id, call.id]
            assert dataclasses.replace(told, duration_seconds=now.duration_seconds) == now
            offered = set(possible_operations(call, leg)) & set(map(str, IN_CALL))
            possible = set(MONITOR_OPERATIONS[MonitorPhase(leg.monitoring)]) & set(IN_CALL)
            unlisted = {MonitorOperation.MUTE, MonitorOperation.UNMUTE}
            assert offered == set(map(str, possible - unlisted))

    @invariant()
    def agents_were_told_who_listens(self):
        for call in self.calls.values():
            for leg in call.party_legs:
                if leg.is_outside or leg.state not in TALKS:
                    continue
                now = view_of(call, leg, at_ms=self.now)
                told = self.seen[leg.user_id, call.id]
                assert told.is_supervisor_listening_in == now.is_supervisor_listening_in
                assert told.is_monitored_user_muted == now.is_monitored_user_muted

    @invariant()
    def who_left_was_told_that_he_did(self):
        for (user_id, call_id), told in self.seen.items():
            if user_id in SUPERVISORS:
                call = self.calls.get(call_id)
                is_in = call is not None and call.leg_of(user_id) is not None
                assert is_in == (told.state != LegState.RELEASED)


MonitoringMachine.TestCase.settings = settings(
    max_examples=60, stateful_step_count=40, deadline=None
)
test_random_monitoring = MonitoringMachine.TestCase


class LongMonitoringMachine(MonitoringMachine):
    pass


LongMonitoringMachine.TestCase.settings = settings(
    max_examples=300, stateful_step_count=60, deadline=None
)
test_long_random_monitoring = pytest.mark.slow(LongMonitoringMachine.TestCase)
