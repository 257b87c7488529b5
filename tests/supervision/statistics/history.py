"""The switch's past, kept whole: every action with the log positions of its begin and end.

Written from statistics-spec.md sections 2-4 alone, for the oracle; it shares nothing with the
engine but the event class. ``seq`` counts everything that happened, so that what one event does is
ordered too.
"""

from dataclasses import dataclass, field
from typing import Any

RANK = (
    *("NotMonitored", "Monitored", "LoggedIn", "OnHook", "WaitForNextCall", "OffHook"),
    *("CallDialing", "CallRinging", "NotReadyForNextCall", "AfterCallWork", "CallOnHold"),
    *("CallUnknown", "CallConsult", "CallInternal", "CallOutbound", "CallInbound", "LoggedOut"),
)
MODES = {
    "agent_ready": "WaitForNextCall",
    "agent_notready": "NotReadyForNextCall",
    "agent_acw": "AfterCallWork",
}
FOREVER = 1 << 60


@dataclass
class Span:
    """Something that lasts, or happens at once (``since`` is then the start of what it ends)."""

    key: Any
    names: tuple[str, ...]
    seq: int
    at: int
    conn: str | None = None
    note: dict | None = None
    end_seq: int = FOREVER
    end: int | None = None
    since: int | None = None
    is_instant: bool = False


@dataclass
class Side:
    """A call at a DN."""

    type: str
    origin: tuple | None
    spans: dict[str, Span] = field(default_factory=dict)


@dataclass
class Line:
    """A call."""

    type: str | None = None
    wait: Span | None = None
    queue: str | None = None
    origin: tuple | None = None
    sides: dict[str, Side] = field(default_factory=dict)


class ImpossibleError(Exception):
    """The event cannot be."""


class History:
    """Replays events and remembers everything."""

    def __init__(self, opening):
        self.seq = 0
        self.now = opening
        self.spans = []
        self.logins = []
        self.joins = []
        self.calls = {}
        self.notes = {}
        self.registered = {}
        self.modes = {}
        self.login_of = {}
        self.moments = []
        self.touched = []
        self.touched_agents = []
        self.since_login = {}
        self.queues = set()
        self.agents = set()
        self.groups = set()
        self.virtual = set()

    def step(self):
        self.seq += 1
        return self.seq

    def begin(self, key, *names, conn=None, note=None):
        span = Span(key, names, self.step(), self.now, conn, note)
        self.spans.append(span)
        self.touch(key)
        return span

    def finish(self, span):
        span.end_seq, span.end = self.step(), self.now
        self.touch(span.key)

    def happen(self, key, name, since=None, conn=None, note=None):
        span = Span(key, (name,), self.step(), self.now, conn, note)
        span.end_seq, span.end, span.since, span.is_instant = span.seq, self.now, since, True
        self.spans.append(span)

    def touch(self, key):
        if key[0] == "dn" and key[1] not in self.touched:
            self.touched.append(key[1])

    def running(self, key):
        return [s for s in self.spans if s.key == key and s.end is None and not s.is_instant]

    def dn(self, number):
        if number not in self.registered:
            self.registered[number] = True
            self.begin(("dn", number), "Monitored")
        return ("dn", number)

    def note_call(self, call, more):
        notes = self.notes.setdefault(call, [])
        last = dict(notes[-1][1]) if notes else {}
        last.update(more)
        last = {key: value for key, value in last.items() if value is not None}
        notes.append((self.step(), last))
        for number in self.calls[call].sides:
            self.touch(("dn", number))

    def attached(self, span, seq):
        """What was attached to a span at a log position."""
        if span.note is not None:
            return span.note
        found = {}
        for when, note in self.notes.get(span.conn, ()):
            if when <= seq:
                found = note
        return found

    def apply(self, event):
        later = max(self.now, event.time_ms)
        try:
            act = self.prepare(event)
        except ImpossibleError:
            return
        if later > self.now:
            self.close_moment()
        self.now = later
        act()

    def close_moment(self):
        """The state that holds from now until the next timestamp."""
        decided = {}
        for number in self.registered:
            held = {s.conn for s in self.running(("dn", number)) if s.names[0] == "CallOnHold"}
            candidates = [
                s
                for s in self.running(("dn", number))
                if s.names[0] not in ("LoggedIn", "LoggedOut")
                and not (s.conn in held and s.names[0] in RANK[11:16])
            ]
            decided[number] = max(
                candidates, key=lambda s: (RANK.index(s.names[0]), -s.seq), default=None
            )
        places = {}
        for agent, number, _, _, end_seq, _ in self.logins:
            if end_seq == FOREVER:
                places.setdefault(agent, []).append(number)
        members = {
            (group, agent) for group, agent, _, _, end_seq, _ in self.joins if end_seq == FOREVER
        }
        order = [*self.touched_agents, *(self.login_of.get(number) for number in self.touched)]
        self.moments.append(
            (self.now, self.seq, decided, places, members, [*self.touched], [*order])
        )
        self.touched = []
        self.touched_agents = []

    def require(self, *conditions):
        if not all(conditions):
            raise ImpossibleError

    def prepare(self, event):
        return getattr(self, "on_" + event.name)(event)

    # calls

    def line(self, call):
        return self.calls.setdefault(call, Line())

    def fields(self, event):
        if event.type:
            self.line(event.call).type = event.type
        else:
            self.line(event.call)
        if event.data:
            self.note_call(event.call, event.data)

    def on_call_queued(self, e):
        line = self.calls.get(e.call)
        self.require(e.queue in self.queues)
        self.require(line is None or line.wait is None or line.queue != e.queue)

        def act():
            line = self.line(e.call)
            if line.wait:
                self.finish(line.wait)
            self.fields(e)
            line.type = line.type or "Inbound"
            self.note_call(e.call, {"ThisQueue": e.queue})
            key = ("queue", e.queue)
            self.happen(key, "CallEntered", conn=e.call)
            line.wait = self.begin(key, "CallWait", conn=e.call)
            line.queue, line.origin = e.queue, (e.queue, self.now)

        return act

    def leave(self, e, name):
        line = self.calls.get(e.call)
        self.require(line and line.wait)

        def act():
            self.fields(e)
            wait, line.wait = line.wait, None
            self.finish(wait)
            self.happen(wait.key, name, wait.at, e.call)
            if name == "CallAbandoned":
                line.origin = None

        return act

    def on_call_abandoned(self, e):
        return self.leave(e, "CallAbandoned")

    def on_call_distributed(self, e):
        return self.leave(e, "CallDistributed")

    def arrive(self, e):
        line = self.calls.get(e.call)
        self.require(not line or e.dn not in line.sides, self.registered.get(e.dn, True))

        def act():
            self.dn(e.dn)
            self.fields(e)
            line = self.line(e.call)
            line.sides[e.dn] = Side(e.type or line.type or "Unknown", line.origin)

        return act

    def alert(self, e, name):
        arrive = self.arrive(e)

        def act():
            arrive()
            side = self.calls[e.call].sides[e.dn]
            side.spans[name] = self.begin(("dn", e.dn), name, name + side.type, conn=e.call)
            self.happen(("dn", e.dn), name + "Started", conn=e.call)

        return act

    def on_call_ringing(self, e):
        return self.alert(e, "CallRinging")

    def on_call_dialing(self, e):
        return self.alert(e, "CallDialing")

    def side(self, e, *spans):
        line = self.calls.get(e.call)
        self.require(line and e.dn in line.sides)
        side = line.sides[e.dn]
        self.require(*(span in side.spans for span in spans))
        return line, side

    def on_call_answered(self, e):
        line = self.calls.get(e.call)
        known = line is not None and e.dn in line.sides
        arrive = None if known else self.arrive(e)
        self.require(not known or "talk" not in line.sides[e.dn].spans)

        def act():
            if arrive:
                arrive()
            else:
                self.fields(e)
            line = self.calls[e.call]
            side = line.sides[e.dn]
            if known:
                side.type = e.type or side.type
            key = ("dn", e.dn)
            rang = side.spans.pop("CallRinging", None)
            for span in (rang, side.spans.pop("CallDialing", None)):
                if span:
                    self.finish(span)
            side.spans["talk"] = self.begin(key, "Call" + side.type, conn=e.call)
            self.happen(key, "Call" + side.type + "Started", conn=e.call)
            if rang:
                self.happen(key, "CallAnswered", rang.at, e.call)
                self.at_origin(side, "CallAnswered", e.call)
            line.origin = None

        return act

    def at_origin(self, side, name, call):
        if side.origin:
            self.happen(("queue", side.origin[0]), name, side.origin[1], call)

    def on_call_ring_abandoned(self, e):
        line, side = self.side(e, "CallRinging")

        def act():
            self.fields(e)
            rang = side.spans["CallRinging"]
            self.finish(rang)
            self.happen(rang.key, "CallAbandonedFromRinging", rang.at, e.call)
            self.at_origin(side, "CallAbandonedFromRinging", e.call)
            line.origin = None
            del line.sides[e.dn]

        return act

    def on_call_ring_cancelled(self, e):
        line, side = self.side(e, "CallRinging")

        def act():
            self.fields(e)
            rang = side.spans["CallRinging"]
            self.finish(rang)
            if side.origin:
                self.happen(rang.key, "CallForwarded", rang.at, e.call)
            del line.sides[e.dn]

        return act

    def on_call_held(self, e):
        _, side = self.side(e, "talk")
        self.require("hold" not in side.spans)

        def act():
            self.fields(e)
            names = ("CallOnHold", "CallOnHold" + side.type)
            side.spans["hold"] = self.begin(("dn", e.dn), *names, conn=e.call)

        return act

    def on_call_retrieved(self, e):
        _, side = self.side(e, "hold")

        def act():
            self.fields(e)
            hold = side.spans.pop("hold")
            self.finish(hold)
            self.happen(hold.key, "CallRetrievedFromHold", hold.at, e.call)

        return act

    def on_call_released(self, e):
        line, side = self.side(e)

        def act():
            self.fields(e)
            for name in ("hold", "talk", "CallDialing", "CallRinging"):
                if name in side.spans:
                    self.finish(side.spans[name])
            if "talk" in side.spans:
                since = side.spans["talk"].at
                key = ("dn", e.dn)
                self.happen(key, "Call" + side.type + "Completed", since, e.call)
                if side.origin and side.type == "Inbound":
                    self.happen(("queue", side.origin[0]), "CallReleased", since, e.call)
            del line.sides[e.dn]

        return act

    def on_call_data(self, e):
        return lambda: self.fields(e)

    # agents

    def on_agent_login(self, e):
        self.require(e.agent in self.agents, not self.login_of.get(e.dn))

        def act():
            self.dn(e.dn)
            if not any(agent == e.agent for agent in self.login_of.values()):
                self.since_login[e.agent] = (self.now, self.seq)
            self.login_of[e.dn] = e.agent
            self.logins.append([e.agent, e.dn, self.step(), self.now, FOREVER, None])
            self.touch(("dn", e.dn))
            if self.registered[e.dn]:
                self.begin(("dn", e.dn), "LoggedIn", note={})
                self.mode(e.dn, MODES.get("agent_" + (e.mode or "notready")), e.reason)

        return act

    def mode(self, number, name, reason):
        note = {"ExtensionReasonCode": reason, "Reasons": reason} if reason else {}
        span = self.begin(("dn", number), name, note=note)
        self.modes[number] = (span, reason)

    def end_mode(self, number):
        if number in self.modes:
            self.finish(self.modes.pop(number)[0])

    def numbers(self, e):
        if e.dn is not None:
            numbers = [e.dn] if self.login_of.get(e.dn) else []
        else:
            numbers = [
                dn for agent, dn, _, _, end, _ in self.logins if agent == e.agent and end == FOREVER
            ]
        self.require(numbers)
        return numbers

    def on_agent_logout(self, e):
        numbers = self.numbers(e)
        self.require(all(e.agent in (None, self.login_of[n]) for n in numbers))

        def act():
            for number in numbers:
                for span in self.running(("dn", number)):
                    if span.names == ("LoggedIn",):
                        self.finish(span)
                self.end_mode(number)
                self.happen(("dn", number), "AgentLogout", note={})
                for login in self.logins:
                    if login[1] == number and login[4] == FOREVER:
                        login[4:] = [self.step(), self.now]
                self.touched_agents.append(self.login_of[number])
                del self.login_of[number]
                self.touch(("dn", number))

        return act

    def change(self, e):
        numbers = self.numbers(e)
        self.require(all(self.registered[number] for number in numbers))

        def act():
            for number in numbers:
                span, reason = self.modes.get(number, (None, None))
                if span is None or span.names != (MODES[e.name],) or reason != e.reason:
                    self.end_mode(number)
                    self.mode(number, MODES[e.name], e.reason)

        return act

    on_agent_ready = on_agent_notready = on_agent_acw = change

    def on_dn_unregistered(self, e):
        self.require(self.registered.get(e.dn))

        def act():
            self.registered[e.dn] = False
            for span in self.running(("dn", e.dn)):
                self.finish(span)
            self.modes.pop(e.dn, None)
            for line in self.calls.values():
                line.sides.pop(e.dn, None)
            self.begin(("dn", e.dn), "NotMonitored")

        return act

    def on_dn_registered(self, e):
        self.require(not self.registered.get(e.dn))

        def act():
            known = e.dn in self.registered
            for span in self.running(("dn", e.dn)):
                self.finish(span)
            self.registered[e.dn] = True
            self.begin(("dn", e.dn), "Monitored") if known else self.dn(e.dn)

        return act

    # memberships

    def membership(self, kind, group, member, *, is_joining):
        open_ones = [j for j in self.joins if j[:2] == [(kind, group), member] and j[4] == FOREVER]
        self.require(bool(open_ones) != is_joining)

        def act():
            if is_joining:
                self.joins.append([(kind, group), member, self.step(), self.now, FOREVER, None])
            else:
                open_ones[0][4:] = [self.step(), self.now]
            self.touched_agents.append(member)
            for agent, number, _, _, end, _ in self.logins:
                if agent == member and end == FOREVER:
                    self.touch(("dn", number))

        return act

    def on_group_add(self, e):
        self.require(e.agent in self.agents, e.group in self.groups)
        return self.membership("group", e.group, e.agent, is_joining=True)

    def on_group_remove(self, e):
        self.require(e.agent in self.agents, e.group in self.groups)
        return self.membership("group", e.group, e.agent, is_joining=False)

    def on_queue_skill_add(self, e):
        self.require(e.queue in self.queues, e.group in self.virtual)
        return self.membership("virtual", e.group, e.queue, is_joining=True)

    def on_queue_skill_remove(self, e):
        self.require(e.queue in self.queues, e.group in self.virtual)
        return self.membership("virtual", e.group, e.queue, is_joining=False)
