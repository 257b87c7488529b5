"""One transaction on the line: lock, apply rules, save, route what became possible, tell."""

import contextlib
from collections.abc import Callable, Iterable, Iterator
from uuid import UUID

from django.conf import settings
from django.db import transaction

from portal.events.log import Event, now_ms, publish
from portal.events.statements import delete_all, insert
from provisioning.models import Queue
from telephony import matching, models
from telephony.following import Following
from telephony.history import write_records
from telephony.ledger import write_steps
from telephony.queue_routes import route_of
from telephony.repository import Repository
from telephony.switch import queueing
from telephony.switch.effects import Effect, Refusal, StartTimer, StopTimer, TimerKind
from telephony.switch.state import AgentSession, Call
from telephony.switch.tables import RefusedError
from telephony.telling import told


class Line(Repository):
    """A repository that also collects what the rules bring about."""

    def __init__(self) -> None:
        super().__init__()
        self.effects: list[Effect] = []
        self._events: list[Event] = []
        self.following = Following(self)

    @property
    def at_ms(self) -> int:
        """The present; to be read after the locks, so that times follow their order."""
        return now_ms()

    def apply(self, effects: list[Effect]) -> None:
        self.effects += effects

    def tell(self, event: Event) -> None:
        """An event that no rule brings about."""
        self._events.append(event)

    def attempt(self, rule: Callable[[], list[Effect]], refusal: Callable[[str], Refusal]) -> bool:
        """Apply a rule that somebody asked for; the switch's refusal becomes an event."""
        try:
            self.apply(rule())
        except RefusedError as error:
            self.apply([refusal(str(error))])
            return False
        return True

    # --- what others must be locked, written and told with ---

    def hold_call(self, row: models.Call) -> Call:
        is_held = row.pk in self._calls
        call = super().hold_call(row)
        if not is_held:
            self.following.note(call)
        return call

    def lock_agents(self, user_ids: Iterable[str]) -> dict[str, AgentSession]:
        wanted = set(user_ids)
        found = super().lock_agents(wanted | self.following.supervisor_ids())
        return {user_id: agent for user_id, agent in found.items() if user_id in wanted}

    def save(self) -> None:
        has_left = self.following.run()
        super().save()
        self.following.save()
        if has_left:
            # A device has one established leg: the next is entered when the last row has gone.
            self.save()

    # --- routing ---

    def enter_queue(self, call: Call, queue: Queue) -> None:
        """The call waits in the queue, or where its routing template sends it, for an agent.

        For calls of any type; one that waits leaves its queue for this one.
        """
        self._go_through(call, queue)
        self.route_call(call)

    def take_routing_step(self, call: Call) -> None:
        """What became of a waiting call by the time it has waited: `queueing.take_routing_step`."""
        was_greeting = call.is_greeting
        self.apply(queueing.take_routing_step(call, at_ms=self.at_ms))
        if was_greeting and call.is_deliverable and (queue := _onward(call)) is not None:
            self._go_through(call, queue, visited=(*call.route.visited, str(call.queue_id)))
        if call.is_waiting:
            self.route_call(call)

    def _go_through(self, call: Call, queue: Queue, *, visited: tuple[str, ...] = ()) -> None:
        """Enter the queue, and those that queues without a greeting send the call on to."""
        following: Queue | None = queue
        while following is not None:
            queue_id = str(following.pk)
            route = route_of(following, call, visited=visited)
            self.apply(queueing.enter_queue(call, queue_id, route=route, at_ms=self.at_ms))
            visited = (*visited, queue_id)
            following = None if call.is_greeting else _onward(call)

    def route_call(self, call: Call) -> None:
        """Give a waiting call an agent, or the agent an older call and this one another agent."""
        self.save()
        while call.is_deliverable and (row := matching.find_agent(call, at_ms=self.at_ms)):
            if not self._deliver_to(self.hold_agent(row)):
                return

    def route_agent(self, agent: AgentSession) -> None:
        """Give an agent the first of the calls that wait for somebody with his skills."""
        self.save()
        if agent.is_available and matching.is_reachable(agent):
            self._deliver_to(agent)

    def _deliver_to(self, agent: AgentSession) -> bool:
        at_ms = self.at_ms
        for candidate in matching.find_candidates(agent, at_ms=at_ms):
            call = self.held_call(candidate.call_id)
            if call is None:
                row = matching.lock_first(agent, candidate, at_ms=at_ms)
                call = self.hold_call(row) if row else None
            if call is not None:
                ring_ms = ring_timeout_ms()
                self.apply(queueing.distribute(call, agent, ring_timeout_ms=ring_ms, at_ms=at_ms))
                self.save()
                return True
        return False

    # --- the end of the transaction ---

    def finish(self) -> None:
        self.save()
        self._save_timers()
        write_steps(self.effects)
        write_records(self.effects)
        publish(*told(self.effects), *self._events)

    def claim_timer(self, kind: TimerKind, target: str) -> bool:
        """Take a timer that is due; False where another process has, or it was called off."""
        due = models.Timer.objects.filter(kind=kind, target=target, due_at_ms__lte=self.at_ms)
        deleted, _ = due.delete()
        return deleted == 1

    def postpone_timer(self, kind: TimerKind, target: str, *, by_ms: int) -> None:
        """Have a timer that is due come again; nothing where it was called off."""
        due = models.Timer.objects.filter(kind=kind, target=target, due_at_ms__lte=self.at_ms)
        due.update(due_at_ms=self.at_ms + by_ms)

    def _save_timers(self) -> None:
        last: dict[tuple[TimerKind, str], StartTimer | StopTimer] = {}
        stopped: set[tuple[TimerKind, str]] = set()
        for effect in self.effects:
            if isinstance(effect, StartTimer | StopTimer):
                last[effect.kind, effect.target] = effect
                if isinstance(effect, StopTimer):
                    stopped.add((effect.kind, effect.target))
        if stopped:
            delete_all(models.Timer, ("kind", "target"), sorted(stopped))
        started = [effect for effect in last.values() if isinstance(effect, StartTimer)]
        if started:
            # A timer left over must not keep a call from being delivered: it is set anew.
            insert(
                models.Timer,
                [
                    {
                        "kind": effect.kind,
                        "target": effect.target,
                        "due_at_ms": effect.due_at_ms,
                        "contact_center_id": effect.contact_center_id,
                    }
                    for effect in started
                ],
                or_update=("due_at_ms", ("target", "kind")),
            )


@contextlib.contextmanager
def open_line() -> Iterator[Line]:
    with transaction.atomic():
        line = Line()
        yield line
        line.finish()


def _onward(call: Call) -> Queue | None:
    """Where the call's route sends it; None where nowhere, or where that queue has gone."""
    if call.route.onward_queue_id is None:
        return None
    return Queue.objects.filter(
        contact_center=UUID(call.contact_center_id), pk=call.route.onward_queue_id
    ).first()


def ring_timeout_ms() -> int:
    return int(settings.RING_TIMEOUT_SECONDS * 1000)
