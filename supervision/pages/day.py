"""An agent's day as a page draws it: stretches of states and calls, by the center's clock."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Q
from django.utils.translation import gettext as translate

from portal.events.log import now_ms
from provisioning.models import ContactCenter, Queue, User
from supervision.models import AgentInterval
from supervision.statistics.windows import local_midnight_ms

_MINUTE_MS = 60_000
# Between the marks under the bars, in minutes: the shortest that needs no more marks than this.
_STEPS = (5, 10, 15, 30, 60, 120, 180, 240)
_MOST_STEPS = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Stretch:
    """`kind` is the state's colour: Ready, NotReady, LoggedOut, Ringing, Established, Held, …"""

    kind: str
    label: str
    note: str
    began_ms: int
    ended_ms: int
    is_open: bool
    # Where it stands on a bar that is a thousand wide.
    x: float = 0
    width: float = 0

    @property
    def seconds(self) -> int:
        return self.ended_ms // 1000 - self.began_ms // 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Total:
    kind: str
    label: str
    seconds: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Day:
    """`marks` are the moments named under the bars, at even distances, the first and last too."""

    from_ms: int
    to_ms: int
    states: Sequence[Stretch]
    calls: Sequence[Stretch]
    state_totals: Sequence[Total]
    call_totals: Sequence[Total]
    marks: Sequence[int]

    @property
    def tables(self) -> list[Sequence[Stretch]]:
        """States and calls, newest first."""
        return [self.states[::-1], self.calls[::-1]]


def today_begins_ms(center: ContactCenter) -> int:
    zone = ZoneInfo(center.time_zone)
    today = datetime.fromtimestamp(now_ms() / 1000, zone).date()
    return local_midnight_ms(today, zone)


def day_of(agent: User, center: ContactCenter) -> Day:
    """Today so far, since something happened first."""
    midnight_ms, end_ms = today_begins_ms(center), now_ms()
    found = AgentInterval.objects.filter(
        Q(ended_ms=None) | Q(ended_ms__gt=midnight_ms),
        user_id=agent.pk,
        contact_center_id=center.pk,
        began_ms__lt=end_ms,
    )
    intervals = list(found.order_by("began_ms", "pk"))
    first_ms = max(midnight_ms, intervals[0].began_ms if intervals else end_ms)
    marks = _marks(midnight_ms, first_ms, end_ms)
    from_ms, to_ms = marks[0], marks[-1]
    queue_ids = {one.queue_id for one in intervals if one.queue_id is not None}
    names = dict(Queue.objects.filter(pk__in=queue_ids).values_list("pk", "name"))
    shown = [_stretch(one, names, from_ms, end_ms, to_ms) for one in intervals]
    states = [s for s, one in zip(shown, intervals, strict=True) if one.kind == one.STATE]
    calls = [s for s, one in zip(shown, intervals, strict=True) if one.kind == one.CALL]
    return Day(
        from_ms=from_ms,
        to_ms=to_ms,
        states=states,
        calls=calls,
        state_totals=_totals(states),
        call_totals=_totals(calls),
        marks=marks,
    )


def _marks(midnight_ms: int, first_ms: int, end_ms: int) -> list[int]:
    """Round moments at even distances, which hold both."""
    for minutes in _STEPS:
        step_ms = minutes * _MINUTE_MS
        from_ms = first_ms - (first_ms - midnight_ms) % step_ms
        count = max(1, -(-(end_ms - from_ms) // step_ms))
        if count <= _MOST_STEPS:
            break
    return [from_ms + place * step_ms for place in range(count + 1)]


def _stretch(
    one: AgentInterval, queues: dict[Any, str], from_ms: int, end_ms: int, to_ms: int
) -> Stretch:
    began_ms = max(one.began_ms, from_ms)
    ended_ms = max(began_ms, min(one.ended_ms or end_ms, end_ms))
    span = to_ms - from_ms
    if one.kind == AgentInterval.STATE:
        label, note = one.display_name or state_name(one.state), one.reason
        if one.state == "LoggedOut":
            label = state_name(one.state)
    else:
        label, note = state_name(one.state), queues.get(one.queue_id, "")
    return Stretch(
        kind=one.state,
        label=label,
        note=note,
        began_ms=began_ms,
        ended_ms=ended_ms,
        is_open=one.ended_ms is None,
        x=round((began_ms - from_ms) * 1000 / span, 2),
        # The thinnest still shows.
        width=max(0.8, round((ended_ms - began_ms) * 1000 / span, 2)),
    )


def _totals(stretches: Iterable[Stretch]) -> list[Total]:
    """How long each was, the longest first."""
    seconds: dict[tuple[str, str], int] = defaultdict(int)
    for one in stretches:
        seconds[one.kind, one.label] += one.seconds
    ordered = sorted(seconds.items(), key=lambda item: -item[1])
    return [Total(kind=kind, label=label, seconds=total) for (kind, label), total in ordered]


def state_name(state: str) -> str:
    names = {
        "Ready": translate("Ready"),
        "NotReady": translate("Not ready"),
        "LoggedOut": translate("Logged out"),
        "Waiting": translate("Waiting"),
        "Dialing": translate("Dialing"),
        "Ringing": translate("Ringing"),
        "Established": translate("Talking"),
        "Held": translate("On hold"),
    }
    return names.get(state, state)
