"""Calls that are on, and calls that are over, with filters; and the story of one."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

import django_filters  # type: ignore[import-untyped]
from django import forms
from django.core.paginator import Page as ListChunk
from django.db.models import Exists, F, OuterRef, Prefetch, Q, QuerySet
from django.db.models.fields.json import KeyTransform
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext as translate
from django.utils.translation import gettext_lazy as _
from django.views.generic import TemplateView

from portal.events.log import now_ms
from portal.web.lists import Column, EmptyList, ListPage
from portal.web.navigation import CALL_READERS
from portal.web.pages import Crumb, Page
from provisioning.models import Queue, User
from supervision.models import AgentInterval
from supervision.pages.call_rows import (
    CallRow,
    disposition_names,
    people_by_id,
    queue_names,
    rows_of,
)
from supervision.pages.day import state_name
from telephony.models import Call, CallPartRecord, CallRecord, Leg
from telephony.services.call_data import disposition_key
from telephony.switch.conferences import digits_of
from telephony.switch.tables import CallType

CELLS = "supervision/calls/cells"
TYPE_LABELS = {
    CallType.INBOUND: _("Inbound"),
    CallType.OUTBOUND: _("Outbound"),
    CallType.INTERNAL: _("Internal"),
    CallType.CONSULT: _("Consultation"),
}
_TYPES = tuple((str(name), label) for name, label in TYPE_LABELS.items())


def _visible_queues(request: HttpRequest) -> QuerySet[Queue]:
    queues: QuerySet[Queue] = Queue.objects.visible_to(request.user)
    return queues.order_by("name")


def _people(viewer: Any, text: str) -> QuerySet[User]:
    """Those whose name has every word."""
    found: QuerySet[User] = User.objects.visible_to(viewer)
    for word in text.split():
        found = found.filter(
            Q(first_name__icontains=word)
            | Q(last_name__icontains=word)
            | Q(user_name__icontains=word)
        )
    return found


class _CallFilter(django_filters.FilterSet):  # type: ignore[misc]
    """What both kinds of lists are narrowed by."""

    q = django_filters.CharFilter(method="with_number", label=_("Search"))
    queue = django_filters.ModelChoiceFilter(
        method="in_queue", label=_("Queue"), queryset=_visible_queues, empty_label=_("Any queue")
    )
    agent = django_filters.CharFilter(
        method="of_agent",
        label=_("Agent"),
        max_length=100,
        widget=forms.TextInput(attrs={"placeholder": _("Agent"), "autocomplete": "off"}),
    )
    type = django_filters.ChoiceFilter(label=_("Kind"), choices=_TYPES, empty_label=_("Any kind"))

    def with_number(self, calls: QuerySet[Any], name: str, value: str) -> QuerySet[Any]:
        """Digits of a number in it, however written; or its id."""
        for word in value.split():
            digits = digits_of(word)
            found = self.named(word)
            if digits and not any(character.isalpha() for character in word):
                found |= Q(ani__contains=digits) | Q(dnis__contains=digits)
            calls = calls.filter(found)
        return calls

    def named(self, text: str) -> Q:
        raise NotImplementedError

    def in_queue(self, calls: QuerySet[Any], name: str, value: Queue) -> QuerySet[Any]:
        return calls.filter(queue_id=value.pk)


class LiveCallFilter(_CallFilter):
    def named(self, text: str) -> Q:
        return Q(id=text.lower()) | Q(uuid=text.upper())

    def of_agent(self, calls: QuerySet[Any], name: str, value: str) -> QuerySet[Any]:
        legs = Leg.objects.filter(call=OuterRef("pk"), user__in=_people(self.request.user, value))
        return calls.filter(Exists(legs))


class _Moment(forms.DateTimeField):
    """A moment of the contact center's zone, to the minute."""

    def __init__(self, **more: Any) -> None:
        widget = forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M")
        super().__init__(**{**more, "widget": widget})


class _MomentFilter(django_filters.DateTimeFilter):  # type: ignore[misc]
    field_class = _Moment


class PastCallFilter(_CallFilter):
    outcome = django_filters.ChoiceFilter(
        method="with_outcome",
        label=_("Outcome"),
        choices=(("answered", _("Answered")), ("missed", _("Not answered"))),
        empty_label=_("Any outcome"),
    )
    disposition = django_filters.ChoiceFilter(
        method="with_disposition", label=_("Disposition"), empty_label=_("Any disposition")
    )
    since = _MomentFilter(method="from_moment", label=_("From"))
    until = _MomentFilter(method="to_moment", label=_("Until"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        names = disposition_names(self.request.user)
        self.form.fields["disposition"].choices = [
            ("", _("Any disposition")),
            *sorted(names.items(), key=lambda item: item[1].casefold()),
        ]

    def named(self, text: str) -> Q:
        return Q(call_id=text.lower()) | Q(call_uuid=text.upper())

    def of_agent(self, calls: QuerySet[Any], name: str, value: str) -> QuerySet[Any]:
        parts = CallPartRecord.objects.filter(
            contact_center_id=self.request.user.contact_center_id,
            call_uuid=OuterRef("call_uuid"),
            user_id__in=_people(self.request.user, value).values("pk"),
        )
        return calls.filter(Exists(parts))

    def with_outcome(self, calls: QuerySet[Any], name: str, value: str) -> QuerySet[Any]:
        return calls.filter(answered_ms__isnull=value == "missed")

    def with_disposition(self, calls: QuerySet[Any], name: str, value: str) -> QuerySet[Any]:
        """Set during the call or afterwards."""
        key = disposition_key(self.request.user)
        set_so: QuerySet[Any] = calls.annotate(
            set_during=KeyTransform(key, "user_data"),
            set_after=KeyTransform(key, "dispositions"),
        ).filter(Q(set_after=value) | Q(set_after__isnull=True, set_during=value))
        return set_so

    def from_moment(self, calls: QuerySet[Any], name: str, value: Any) -> QuerySet[Any]:
        return calls.filter(ended_ms__gte=round(value.timestamp() * 1000))

    def to_moment(self, calls: QuerySet[Any], name: str, value: Any) -> QuerySet[Any]:
        return calls.filter(began_ms__lt=round(value.timestamp() * 1000))


class _CallPage(Page):
    """Times that are typed are the contact center's, as those that are shown."""

    grants = CALL_READERS

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        center = getattr(request.user, "contact_center", None)
        if center is None:
            return super().dispatch(request, *args, **kwargs)
        with timezone.override(ZoneInfo(center.time_zone)):
            return super().dispatch(request, *args, **kwargs)


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveCallRow:
    call: Call
    state: str
    legs: Sequence[Leg]
    now_ms: int

    @property
    def agents(self) -> list[User]:
        people = (leg.user for leg in self.legs if leg.user is not None and not leg.monitoring)
        return list(dict.fromkeys(people))

    @property
    def supervisors(self) -> list[User]:
        return [leg.user for leg in self.legs if leg.monitoring and leg.user is not None]

    @property
    def since_ms(self) -> int:
        if self.state == "Waiting" and self.call.queued_at_ms is not None:
            return self.call.queued_at_ms
        return self.call.answered_ms or self.call.began_ms


class LiveCalls(_CallPage, ListPage[Call]):
    """The calls that are on, fetched again every few seconds."""

    title = _("Calls")
    template_name = "supervision/calls/live.html"
    caption = _("Calls that are on now")
    filterset_class = LiveCallFilter
    search_label = _("Search number or call id")
    default_sort = "began"
    columns = (
        Column(
            key="began",
            label=_("Began"),
            template=f"{CELLS}/live_began.html",
            order_by=("began_ms",),
        ),
        Column(key="state", label=_("State"), template=f"{CELLS}/live_state.html"),
        Column(
            key="number", label=_("Number"), template=f"{CELLS}/live_number.html", order_by=("ani",)
        ),
        Column(
            key="queue",
            label=_("Queue"),
            template=f"{CELLS}/live_queue.html",
            order_by=("queue__name",),
            css_class="d-none d-md-table-cell",
        ),
        Column(key="agents", label=_("Agents"), template=f"{CELLS}/agents.html"),
        Column(
            key="recording",
            label=_("Recording"),
            template=f"{CELLS}/live_recording.html",
            css_class="d-none d-lg-table-cell",
        ),
    )
    empty = EmptyList(
        title=_("No call is on"),
        text=_("Calls stand here while they wait, ring and are talked."),
        icon="phone-off",
    )

    def objects(self) -> QuerySet[Call]:
        calls: QuerySet[Call] = Call.objects.visible_to(self.user)
        legs = Leg.objects.select_related("user").order_by("began_ms", "pk")
        return calls.select_related("queue").prefetch_related(Prefetch("legs", legs, "parties"))

    def rows(self) -> ListChunk[Any]:
        chunk: ListChunk[Any] = super().rows()
        at_ms = now_ms()
        chunk.object_list = [
            LiveCallRow(call=call, state=_live_state(call), legs=call.parties, now_ms=at_ms)
            for call in chunk.object_list
        ]
        return chunk

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        htmx: Any = request.htmx  # type: ignore[attr-defined]
        is_refresh = bool(htmx) and "refresh" in request.GET
        if is_refresh:
            # As the list is seen now: by what is searched, sorted and paged.
            shown = (htmx.current_url_abs_path or "").partition("?")[2]
            request.GET = QueryDict(shown)
        response = super().get(request, *args, **kwargs)
        if is_refresh:
            response.headers.pop("HX-Push-Url", None)
        return response


def _live_state(call: Call) -> str:
    """Waiting, or the farthest that one of the called has come."""
    if call.is_waiting:
        return "Waiting"
    parties: Sequence[Leg] = call.parties  # type: ignore[attr-defined]
    states = {leg.state for leg in parties if leg.device_id and not leg.monitoring}
    order = ("Established", "Held", "Ringing", "Dialing")
    return next((state for state in order if state in states), "Dialing")


class PastCalls(_CallPage, ListPage[CallRecord]):
    title = _("Calls")
    template_name = "supervision/calls/past.html"
    caption = _("Calls that are over, newest first")
    filterset_class = PastCallFilter
    search_label = _("Search number or call id")
    default_sort = "-ended"
    columns = (
        Column(
            key="ended", label=_("Ended"), template=f"{CELLS}/ended.html", order_by=("ended_ms",)
        ),
        Column(key="number", label=_("Number"), template=f"{CELLS}/number.html", order_by=("ani",)),
        Column(
            key="queue",
            label=_("Queue"),
            template=f"{CELLS}/queue.html",
            css_class="d-none d-md-table-cell",
        ),
        Column(key="agents", label=_("Agents"), template=f"{CELLS}/agents.html"),
        Column(
            key="wait",
            label=_("Wait"),
            template=f"{CELLS}/wait.html",
            css_class="d-none d-xl-table-cell text-end",
        ),
        Column(
            key="talk",
            label=_("Talk"),
            template=f"{CELLS}/talk.html",
            order_by=("talk_ms",),
            css_class="d-none d-sm-table-cell text-end",
        ),
        Column(
            key="disposition",
            label=_("Disposition"),
            template=f"{CELLS}/disposition.html",
            css_class="d-none d-lg-table-cell",
        ),
    )
    empty = EmptyList(
        title=_("No call is over yet"),
        text=_("Calls that have ended will stand here, as long as they are kept."),
        icon="history",
    )

    def objects(self) -> QuerySet[CallRecord]:
        records: QuerySet[CallRecord] = CallRecord.objects.visible_to(self.user)
        return records.annotate(talk_ms=F("ended_ms") - F("answered_ms"))

    def rows(self) -> ListChunk[Any]:
        chunk: ListChunk[Any] = super().rows()
        chunk.object_list = rows_of(self.user, list(chunk.object_list))
        return chunk

    def crumbs(self) -> list[Crumb]:
        return [Crumb(_("Calls"), reverse("calls"))]

    def get_title(self) -> str:
        return translate("Past calls")


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """What one party was in a call, on a bar of the call's time that is a thousand wide."""

    who: str
    user: User | None
    queue_name: str
    number: str
    began_ms: int
    answered_ms: int | None
    ended_ms: int | None
    state: str
    phases: Sequence["Phase"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Phase:
    kind: str
    label: str
    began_ms: int
    ended_ms: int
    x: float
    width: float


class CallDetail(_CallPage, TemplateView):
    """One call, whether it is on or over: who had part in it when, its data, its recording."""

    template_name = "supervision/calls/detail.html"

    @cached_property
    def call(self) -> Call | None:
        calls = Call.objects.visible_to(self.user).select_related("queue")
        found: Call | None = calls.filter(uuid=self.kwargs["call_uuid"]).first()
        return found

    @cached_property
    def record(self) -> CallRecord | None:
        records = CallRecord.objects.visible_to(self.user)
        found: CallRecord | None = records.filter(call_uuid=self.kwargs["call_uuid"]).first()
        return found

    @property
    def either(self) -> Any:
        """The two kinds of rows have the same columns for what both tell."""
        one = self.call or self.record
        if one is None:
            raise Http404
        return one

    @property
    def ended_ms(self) -> int:
        return self.record.ended_ms if self.call is None and self.record else now_ms()

    def get_title(self) -> str:
        return translate("Call %(id)s") % {"id": self.kwargs["call_uuid"]}

    def crumbs(self) -> list[Crumb]:
        crumbs = [Crumb(_("Calls"), reverse("calls"))]
        if self.call is None:
            crumbs.append(Crumb(_("Past calls"), reverse("past-calls")))
        return crumbs

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        either = self.either
        row: CallRow | None = None
        if self.call is None and self.record is not None:
            [row] = rows_of(self.user, [self.record])
        return super().get_context_data(
            call=either,
            is_live=self.call is not None,
            row=row,
            type_label=TYPE_LABELS.get(either.type, either.type),
            queue_name=queue_names(self.user, [either.queue_id]).get(either.queue_id, ""),
            parts=self._parts(),
            ended_ms=self.ended_ms,
            user_data=sorted(either.user_data.items()),
            came_from=self._came_from(),
            **kwargs,
        )

    def _came_from(self) -> list[str]:
        """The calls that went into this one; they ended while it was on."""
        records = CallRecord.objects.visible_to(self.user).filter(
            ended_ms__gte=self.either.began_ms,
            ended_ms__lte=self.ended_ms,
            continued_in=self.kwargs["call_uuid"],
        )
        return list(records.order_by("ended_ms").values_list("call_uuid", flat=True))

    def _parts(self) -> list[Part]:
        """Those who have left, and those who are in it still, in the order of their coming."""
        left = CallPartRecord.objects.filter(
            contact_center_id=self.user.contact_center_id, call_uuid=self.kwargs["call_uuid"]
        )
        rows: list[Any] = list(left.order_by("began_ms", "pk"))
        if self.call is not None:
            rows += Leg.objects.filter(call=self.call, monitoring="").order_by("began_ms", "pk")
        people = people_by_id(self.user, (row.user_id for row in rows))
        queues = queue_names(self.user, (row.queue_id for row in rows))
        phases = self._phases({row.user_id for row in rows} - {None})
        return [
            Part(
                who=people[row.user_id].full_name if row.user_id in people else row.number,
                user=people.get(row.user_id),
                queue_name=queues.get(row.queue_id, ""),
                number=row.number,
                began_ms=row.began_ms,
                answered_ms=row.answered_ms,
                ended_ms=getattr(row, "ended_ms", None),
                state=getattr(row, "state", "Released"),
                phases=self._phases_of(row, phases),
            )
            for row in sorted(rows, key=lambda row: row.began_ms)
        ]

    def _phases(self, user_ids: set[Any]) -> list[AgentInterval]:
        """What agents did in it, where their activity is kept."""
        found = AgentInterval.objects.filter(
            Q(ended_ms=None) | Q(ended_ms__gt=self.either.began_ms),
            contact_center_id=self.user.contact_center_id,
            user_id__in=user_ids,
            call_id=self._call_id,
            began_ms__lte=self.ended_ms,
        )
        return list(found.order_by("began_ms", "pk"))

    @property
    def _call_id(self) -> str:
        return self.call.id if self.call else self.either.call_id

    def _phases_of(self, row: Any, found: list[AgentInterval]) -> list[Phase]:
        until_ms = getattr(row, "ended_ms", None) or self.ended_ms
        own = [
            (one.state, max(one.began_ms, row.began_ms), min(one.ended_ms or until_ms, until_ms))
            for one in found
            if row.user_id is not None and one.user_id == row.user_id
        ]
        if not own:
            answered_ms = row.answered_ms or until_ms
            before = "Waiting" if row.device_id is None else "Ringing"
            own = [(before, row.began_ms, answered_ms), ("Established", answered_ms, until_ms)]
        return [self._phase(*one) for one in own if one[1] < one[2]]

    def _phase(self, state: str, began_ms: int, ended_ms: int) -> Phase:
        from_ms = self.either.began_ms
        span = max(1, self.ended_ms - from_ms)
        return Phase(
            kind=state,
            label=state_name(state),
            began_ms=began_ms,
            ended_ms=ended_ms,
            x=round(max(0, began_ms - from_ms) * 1000 / span, 2),
            width=max(2, round((ended_ms - began_ms) * 1000 / span, 2)),
        )
