"""Who gets which call, as queries. The rules are in `telephony.switch.queueing`.

Each finds by a partial index that holds only agents who can take a call, or only calls that may be
delivered, and skips rows that another process holds: that process matches them, or the timer task
does soon. Of the waiting calls only the first of each kind is looked at (`Call.waits_for`: calls
that the same agents can take), however many wait behind it.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import Exists, OuterRef, Q, QuerySet, Subquery, Sum
from django.db.models.expressions import RawSQL
from django.db.models.functions import Coalesce

from portal.events.statements import Prepared
from provisioning.models import ContactCenter, QueueSkill, UserSkill
from telephony.models import AgentSession, Call, VoiceLink
from telephony.switch import state
from telephony.switch.routes import AgentOrder

# As `queueing.waiting_order` says.
_ORDER = ("-priority", "queued_at_ms", "id")

# Jumps from kind to kind along the index, instead of reading all that waits.
_FIRST_OF_EACH_KIND = """
WITH RECURSIVE kind(name) AS (
    SELECT * FROM (
        SELECT waits_for FROM telephony_call
        WHERE contact_center_id = %s AND is_deliverable
        ORDER BY waits_for LIMIT 1
    ) lowest
    UNION ALL
    SELECT (
        SELECT waits_for FROM telephony_call
        WHERE contact_center_id = %s AND is_deliverable AND waits_for > kind.name
        ORDER BY waits_for LIMIT 1
    )
    FROM kind WHERE kind.name IS NOT NULL
)
SELECT (
    SELECT id FROM telephony_call
    WHERE contact_center_id = %s AND is_deliverable AND waits_for = kind.name
    ORDER BY priority DESC, queued_at_ms, id LIMIT 1
)
FROM kind WHERE kind.name IS NOT NULL
"""


def find_agent(call: state.Call, *, at_ms: int) -> AgentSession | None:
    """The available agent who is first in the order of the call's route, locked."""
    order = call.route.order
    center = UUID(call.contact_center_id)
    wanted: tuple[Any, ...] = (UUID(call.queue_id or ""), call.lowered_by)
    if call.route.skill_id is not None:
        wanted = (UUID(call.route.skill_id),)
    passed_over = [UUID(user) for user, until_ms in call.rejections.items() if until_ms > at_ms]
    found: AgentSession | None
    if passed_over:
        agents = _by_skill if call.route.skill_id is not None else _by_queue
        found = agents(order, center, *wanted).exclude(pk__in=passed_over).first()
    else:
        prepared = _BY_SKILL if call.route.skill_id is not None else _BY_QUEUE
        found = prepared[order].first(center, *wanted)
    return found


@dataclass(frozen=True, slots=True)
class Candidate:
    """A waiting call that an agent could take, as it was when it was read: nothing is locked."""

    call_id: str
    waits_for: str


def find_candidates(agent: state.AgentSession, *, at_ms: int) -> list[Candidate]:
    """The first call of each kind that an agent could take; the one that goes first comes first."""
    found = []
    for place in _FITTING(UUID(agent.contact_center_id), UUID(agent.user_id)):
        if place[2].get(agent.user_id, 0) <= at_ms:
            found.append(place)
        elif (other := _behind(agent, place[1], at_ms=at_ms)) is not None:
            found.append(other)
    found.sort(key=lambda place: (-place[3], place[4], place[0]))
    return [Candidate(call_id, waits_for) for call_id, waits_for, *_ in found]


def lock_first(agent: state.AgentSession, candidate: Candidate, *, at_ms: int) -> Call | None:
    """The first call of the candidate's kind that nobody else holds by now, locked."""
    return (
        _of_kind(agent, candidate.waits_for, at_ms=at_ms)
        .select_for_update(skip_locked=True, of=("self",))
        .order_by(*_ORDER)
        .first()
    )


def centers_with_waiting_calls() -> list[UUID]:
    deliverable = Call.objects.filter(contact_center=OuterRef("pk"), is_deliverable=True)
    return list(ContactCenter.objects.filter(Exists(deliverable)).values_list("pk", flat=True))


def find_idle_agents(contact_center_id: UUID) -> QuerySet[AgentSession]:
    """Available agents who could take a call that waits."""
    # The calls are looked up once, not for each agent.
    firsts = list(_firsts(contact_center_id).values_list("pk", flat=True))
    fitting = Call.objects.filter(_wants_held_by(OuterRef("user")), pk__in=firsts)
    return AgentSession.objects.filter(
        Exists(fitting), contact_center=contact_center_id, is_available=True
    )


def is_reachable(agent: state.AgentSession) -> bool:
    """Whether the link to the switch of the agent's device is up."""
    return agent.device_id is not None and not _LINK_DOWN(UUID(agent.device_id))


_PLACE = ("priority", "queued_at_ms")


def _firsts(contact_center_id: UUID) -> QuerySet[Call]:
    """The first of each kind of waiting call."""
    field: Any = Call._meta.get_field("contact_center")
    center = field.get_db_prep_value(contact_center_id, connection)
    # The statement is a constant.
    return Call.objects.filter(pk__in=RawSQL(_FIRST_OF_EACH_KIND, [center] * 3))  # noqa: S611


def _behind(agent: state.AgentSession, kind: str, *, at_ms: int) -> tuple[Any, ...] | None:
    """The next of a kind whose first call the agent has rejected."""
    calls = _of_kind(agent, kind, at_ms=at_ms).order_by(*_ORDER)
    return calls.values_list("pk", "waits_for", "rejections", *_PLACE).first()


def _of_kind(agent: state.AgentSession, kind: str, *, at_ms: int) -> QuerySet[Call]:
    not_passed_over = ~Q(rejections__has_key=agent.user_id) | Q(
        **{f"rejections__{agent.user_id}__lte": at_ms}
    )
    return Call.objects.filter(
        not_passed_over,
        contact_center=UUID(agent.contact_center_id),
        is_deliverable=True,
        waits_for=kind,
    )


def _wants_held_by(user: Any) -> Q:
    """Of calls: whether the user has what the call wants of agents.

    `user` is an id, or refers to the query around the calls' own.
    """
    own = isinstance(user, UUID)
    has_target = UserSkill.objects.filter(
        user=user if own else OuterRef(user), skill=OuterRef("target_skill")
    )
    held = UserSkill.objects.filter(
        user=user if own else OuterRef(OuterRef(user)),
        skill=OuterRef("skill"),
        level__gte=OuterRef("level") - OuterRef(OuterRef("lowered_by")),
    )
    lacking = QueueSkill.objects.filter(~Exists(held), queue=OuterRef("queue"))
    return Q(Q(target_skill=None) & ~Exists(lacking)) | Q(Exists(has_target))


def _available(center: UUID, can_take: Any) -> QuerySet[AgentSession]:
    return (
        AgentSession.objects.select_for_update(skip_locked=True, of=("self",))
        .select_related("device__phone_number")
        .filter(can_take, contact_center_id=center, is_available=True)
        .filter(~Exists(_link_down(OuterRef("device__voice_environment_id"))))
    )


def _by_queue(
    order: AgentOrder, center: UUID, queue: UUID, lowered_by: int
) -> QuerySet[AgentSession]:
    """The agents who have what a queue asks for, the first one first."""
    held = UserSkill.objects.filter(
        user=OuterRef(OuterRef("user")),
        skill=OuterRef("skill"),
        level__gte=OuterRef("level") - lowered_by,
    )
    lacking = QueueSkill.objects.filter(~Exists(held), queue_id=queue)
    own = UserSkill.objects.filter(user=OuterRef("user"), skill__queue_skills__queue_id=queue)
    return _ordered(_available(center, ~Exists(lacking)), order, own)


def _by_skill(order: AgentOrder, center: UUID, skill: UUID) -> QuerySet[AgentSession]:
    """The agents who have a skill, the first one first."""
    own = UserSkill.objects.filter(user=OuterRef("user"), skill_id=skill)
    return _ordered(_available(center, Exists(own)), order, own)


def _ordered(
    agents: QuerySet[AgentSession], order: AgentOrder, own: QuerySet[UserSkill]
) -> QuerySet[AgentSession]:
    """`own`: of each agent, the skills that count."""
    if order is AgentOrder.LONGEST_IDLE:
        return agents.order_by("idle_since_ms", "user")
    total = own.values("user").annotate(total=Sum("level")).values("total")
    skilled = Coalesce(Subquery(total), 0)
    return agents.annotate(skilled=skilled).order_by("-skilled", "idle_since_ms", "user")


def _first(agents: Callable[..., QuerySet[AgentSession]], order: AgentOrder) -> Callable[..., Any]:
    return lambda *wanted: agents(order, *wanted)[:1]


def _link_down(environment: Any) -> QuerySet[VoiceLink]:
    return VoiceLink.objects.filter(voice_environment=environment, is_up=False)


_BY_QUEUE = {order: Prepared(_first(_by_queue, order), UUID, UUID, int) for order in AgentOrder}
_BY_SKILL = {order: Prepared(_first(_by_skill, order), UUID, UUID) for order in AgentOrder}
_FITTING = Prepared(
    lambda center, user: (
        _firsts(center)
        .filter(_wants_held_by(user))
        .order_by(*_ORDER)
        .values_list("pk", "waits_for", "rejections", *_PLACE)
    ),
    UUID,
    UUID,
)
_LINK_DOWN = Prepared(
    lambda device: VoiceLink.objects.filter(
        is_up=False, voice_environment__devices__in=[device]
    ).values_list("is_up"),
    UUID,
)
