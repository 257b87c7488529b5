"""One transaction on the line: lock, apply rules, save, route what became possible, tell."""

import contextlib
from collections.abc import Callable, Iterator

from django.conf import settings
from django.db import transaction

from portal.events.log import Event, now_ms, publish
from telephony import matching, models
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
        self._effects: list[Effect] = []
        self._events: list[Event] = []

    @property
    def at_ms(self) -> int:
        """The present; to be read after the locks, so that times follow their order."""
        return now_ms()

    def apply(self, effects: list[Effect]) -> None:
        self._effects += effects

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

    # --- routing ---

    def route_call(self, call: Call) -> None:
        """Give a waiting call an agent, or the agent an older call and this one another agent."""
        self.save()
        while call.is_waiting and (row := matching.find_agent(call, at_ms=self.at_ms)):
            if not self._deliver_to(self.hold_agent(row)):
                return

    def route_agent(self, agent: AgentSession) -> None:
        """Give an agent the call that waits longest for somebody with his skills."""
        self.save()
        if agent.is_available and matching.is_reachable(agent):
            self._deliver_to(agent)

    def _deliver_to(self, agent: AgentSession) -> bool:
        at_ms = self.at_ms
        row = matching.find_call(agent, at_ms=at_ms)
        if row is None:
            return False
        call = self.hold_call(row)
        ring_ms = ring_timeout_ms()
        self.apply(queueing.distribute(call, agent, ring_timeout_ms=ring_ms, at_ms=at_ms))
        self.save()
        return True

    # --- the end of the transaction ---

    def finish(self) -> None:
        self.save()
        self._save_timers()
        publish(*told(self._effects), *self._events)

    def claim_timer(self, kind: TimerKind, target: str) -> bool:
        """Take a timer that is due; False where another process has, or it was called off."""
        due = models.Timer.objects.filter(kind=kind, target=target, due_at_ms__lte=self.at_ms)
        deleted, _ = due.delete()
        return deleted == 1

    def _save_timers(self) -> None:
        last: dict[tuple[TimerKind, str], StartTimer | StopTimer] = {}
        stopped: set[tuple[TimerKind, str]] = set()
        for effect in self._effects:
            if isinstance(effect, StartTimer | StopTimer):
                last[effect.kind, effect.target] = effect
                if isinstance(effect, StopTimer):
                    stopped.add((effect.kind, effect.target))
        if stopped:
            models.Timer.objects.filter(
                kind__in={kind for kind, _ in stopped}, target__in={target for _, target in stopped}
            ).delete()
        started = [effect for effect in last.values() if isinstance(effect, StartTimer)]
        if started:
            # A timer left over must not keep a call from being delivered: it is set anew.
            models.Timer.objects.bulk_create(
                [
                    models.Timer(
                        kind=effect.kind,
                        target=effect.target,
                        due_at_ms=effect.due_at_ms,
                        contact_center_id=effect.contact_center_id,
                    )
                    for effect in started
                ],
                update_conflicts=True,
                unique_fields=["target", "kind"],
                update_fields=["due_at_ms"],
            )


@contextlib.contextmanager
def open_line() -> Iterator[Line]:
    with transaction.atomic():
        line = Line()
        yield line
        line.finish()


def ring_timeout_ms() -> int:
    return int(settings.RING_TIMEOUT_SECONDS * 1000)
