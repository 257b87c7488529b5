"""Random days at the switch: whatever people do, in whatever order, the invariants hold."""

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from telephony.modes import AFTER_CALL_WORK, NOT_READY, READY, SYSTEM_MODES
from telephony.switch import agents as agent_rules
from telephony.switch import queueing, talking
from telephony.switch.capabilities import possible_operations
from telephony.switch.effects import CallFact, StartTimer, StopTimer, TimerKind
from telephony.switch.state import AgentSession, WrapUp
from telephony.switch.tables import LegState, Presence, RefusedError

RING_MS = 15_000
WRAP_UP = WrapUp(mode=AFTER_CALL_WORK, duration_ms=10_000)
AGENTS = ("a", "b", "c")


class SwitchMachine(RuleBasedStateMachine):
    def __init__(self):
        super().__init__()
        self.now = 1_000_000
        self.calls = {}
        self.timers = {}
        self.facts = []

    @initialize()
    def people(self):
        self.agents = {
            name: AgentSession(user_id=name, contact_center_id="center") for name in AGENTS
        }

    # --- what the room around the rules does ---

    def apply(self, effects):
        for effect in effects:
            if isinstance(effect, StartTimer):
                self.timers[effect.kind, effect.target] = effect.due_at_ms
            elif isinstance(effect, StopTimer):
                self.timers.pop((effect.kind, effect.target), None)
            else:
                self.facts.append(effect)
        self.calls = {key: call for key, call in self.calls.items() if not call.is_released}
        self.route()

    def route(self):
        waiting = sorted(
            (call for call in self.calls.values() if call.is_waiting),
            key=lambda call: (call.queued_at_ms, call.id),
        )
        for call in waiting:
            agent = queueing.choose_agent(
                call, self.agents.values(), levels={}, required={}, at_ms=self.now
            )
            if agent is not None:
                effects = queueing.distribute(call, agent, ring_timeout_ms=RING_MS, at_ms=self.now)
                self.apply(effects)
                return

    def attempt(self, act):
        try:
            effects = act()
        except RefusedError:
            return False
        self.apply(effects)
        return True

    def some_call(self, number):
        calls = list(self.calls.values())
        return calls[number % len(calls)] if calls else None

    # --- what people do ---

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
            return
        call = self.calls[target]
        leg = call.ringing_leg
        self.apply(
            talking.ring_timeout(
                call, leg, self.agents[leg.user_id], absent=NOT_READY, at_ms=self.now
            )
        )

    @rule()
    def call_comes_in(self):
        name = f"call{len(self.facts)}"
        call = queueing.inbound_call(
            call_id=name,
            uuid=name,
            contact_center_id="center",
            ani="+1",
            dnis="9000",
            user_data={},
            at_ms=self.now,
        )
        self.calls[name] = call
        self.apply(queueing.enter_queue(call, "queue", at_ms=self.now))

    @rule(number=st.integers(0, 9))
    def caller_hangs_up(self, number):
        if (call := self.some_call(number)) is not None:
            self.apply(talking.caller_hangs_up(call, self.agents, wrap_up=WRAP_UP, at_ms=self.now))

    @rule(
        number=st.integers(0, 9),
        operation=st.sampled_from(["Answer", "Reject", "Hangup"]),
    )
    def agent_operates(self, number, operation):
        call = self.some_call(number)
        leg = call and next((leg for leg in call.legs if not leg.is_outside), None)
        if leg is None:
            return
        agent = self.agents[leg.user_id]
        rules = {
            "Answer": lambda: talking.answer(call, leg, at_ms=self.now),
            "Reject": lambda: talking.reject(
                call, leg, agent, pass_over_ms=RING_MS, at_ms=self.now
            ),
            "Hangup": lambda: talking.hang_up(
                call, leg, self.agents, wrap_up=WRAP_UP, at_ms=self.now
            ),
        }
        is_offered = operation in possible_operations(call, leg)
        assert self.attempt(rules[operation]) == is_offered

    @rule(name=st.sampled_from(AGENTS))
    def agent_starts(self, name):
        agent = self.agents[name]
        self.apply(
            agent_rules.start_session(
                agent,
                device_id=f"phone {name}",
                number=name,
                answers_on_request=True,
                mode=NOT_READY,
                at_ms=self.now,
            )
        )

    @rule(name=st.sampled_from(AGENTS), mode=st.sampled_from(list(SYSTEM_MODES.values())))
    def agent_changes(self, name, mode):
        agent = self.agents[name]
        has_session = agent.mode.presence is not Presence.INACTIVE
        assert (
            self.attempt(lambda: agent_rules.set_mode(agent, mode, at_ms=self.now)) == has_session
        )

    @rule(name=st.sampled_from(AGENTS), is_on=st.booleans())
    def agent_wants_quiet(self, name, is_on):
        agent = self.agents[name]
        self.attempt(lambda: agent_rules.set_do_not_disturb(agent, is_on=is_on, at_ms=self.now))

    @rule(name=st.sampled_from(AGENTS))
    def agent_leaves(self, name):
        agent = self.agents[name]
        for call in list(self.calls.values()):
            leg = call.leg_of(name)
            if leg is not None and leg.state is LegState.RINGING:
                agent_rules_effects = talking.leave_while_ringing(call, leg, agent, at_ms=self.now)
                agent_rules_effects += agent_rules.end_session(agent, at_ms=self.now)
                self.apply(agent_rules_effects)
                return
        self.apply(agent_rules.end_session(agent, at_ms=self.now))

    # --- what holds at all times ---

    @invariant()
    def a_call_waits_or_has_a_party_at_a_device(self):
        for call in self.calls.values():
            at_devices = [leg for leg in call.legs if not leg.is_outside]
            assert call.is_waiting == (not at_devices)
            assert call.outside_leg is not None
            assert all(leg.state is not LegState.RELEASED for leg in call.legs)

    @invariant()
    def an_agent_has_one_call_at_most(self):
        legs = [leg for call in self.calls.values() for leg in call.legs if leg.user_id]
        for name, agent in self.agents.items():
            own = [leg for leg in legs if leg.user_id == name]
            assert agent.leg_count == len(own) <= 1
            assert all(leg.device_id == agent.device_id for leg in own)

    @invariant()
    def parties_of_a_talk_are_established_together(self):
        for call in self.calls.values():
            states = {leg.state for leg in call.legs}
            assert states in (
                {LegState.DIALING},
                {LegState.DIALING, LegState.RINGING},
                {LegState.ESTABLISHED},
            )

    @invariant()
    def what_rings_and_wraps_up_has_a_timer(self):
        ringing = {call.id for call in self.calls.values() if call.ringing_leg}
        timed = {target for kind, target in self.timers if kind is TimerKind.RING_TIMEOUT}
        assert ringing == timed
        for kind, target in self.timers:
            if kind is TimerKind.WRAP_UP:
                assert self.agents[target].mode == AFTER_CALL_WORK

    @invariant()
    def nobody_is_idle_while_a_call_waits_for_him(self):
        for call in self.calls.values():
            if call.is_waiting:
                assert (
                    queueing.choose_agent(
                        call, self.agents.values(), levels={}, required={}, at_ms=self.now
                    )
                    is None
                    # A rejection that ran out is seen at the next round of the timer task.
                    or call.rejections
                )

    @invariant()
    def the_facts_tell_where_each_call_is(self):
        """Replaying what was told gives the same calls."""
        places = {}
        for fact in self.facts:
            if not isinstance(fact, CallFact):
                continue
            match fact.kind:
                case "call.queued":
                    places[fact.call_id] = "queue"
                case "call.distributed" | "call.ring_cancelled":
                    places[fact.call_id] = None
                case "call.ringing" | "call.answered":
                    places[fact.call_id] = (fact.kind, fact.user_id)
                case _:
                    del places[fact.call_id]
        for call in self.calls.values():
            leg = next((leg for leg in call.legs if not leg.is_outside), None)
            if leg is None:
                assert places.pop(call.id) == "queue"
                continue
            kind = "call.ringing" if leg.state is LegState.RINGING else "call.answered"
            assert places.pop(call.id) == (kind, leg.user_id)
        assert places == {}


SwitchMachine.TestCase.settings = settings(max_examples=60, stateful_step_count=40, deadline=None)
test_random_days = SwitchMachine.TestCase
