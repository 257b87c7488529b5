"""Who gets which call, as queries. The rule is `telephony.switch.queueing.choose_agent`.

Each finds by a partial index that holds only agents who can take a call, or only calls that wait,
and skips rows that another process holds: that process matches them, or the timer task does soon.
"""

from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet

from provisioning.models import Queue, QueueSkill, UserSkill
from telephony.models import AgentSession, Call, VoiceLink
from telephony.switch import state


def find_agent(call: state.Call, *, at_ms: int) -> AgentSession | None:
    """The longest-idle available agent for a waiting call, locked."""
    passed_over = [user for user, until_ms in call.rejections.items() if until_ms > at_ms]
    lacking = QueueSkill.objects.filter(queue_id__in=[call.queue_id]).filter(
        ~Exists(_held_by(OuterRef(OuterRef("user_id")), OuterRef("skill_id"), OuterRef("level")))
    )
    return (
        AgentSession.objects.select_for_update(skip_locked=True, of=("self",))
        .select_related("device__phone_number")
        .filter(contact_center_id=call.contact_center_id, is_available=True)
        .filter(~Exists(lacking), ~Exists(_link_down(OuterRef("device__voice_environment_id"))))
        .exclude(pk__in=passed_over)
        .order_by("idle_since_ms", "user")
        .first()
    )


def find_call(agent: state.AgentSession, *, at_ms: int) -> Call | None:
    """The longest-waiting call that an agent has the skills for, locked."""
    lacking = QueueSkill.objects.filter(queue=OuterRef("queue_id")).filter(
        ~Exists(_held_by(agent.user_id, OuterRef("skill_id"), OuterRef("level")))
    )
    not_passed_over = ~Q(rejections__has_key=agent.user_id) | Q(
        **{f"rejections__{agent.user_id}__lte": at_ms}
    )
    return (
        Call.objects.select_for_update(skip_locked=True, of=("self",))
        .filter(contact_center_id=agent.contact_center_id, is_waiting=True)
        .filter(~Exists(lacking), not_passed_over)
        .order_by("queued_at_ms", "id")
        .first()
    )


def find_idle_agents() -> QuerySet[AgentSession]:
    """Available agents with the skills of a queue in which calls wait."""
    # By queue and not by call: calls that nobody here can take may wait by the hundred.
    waiting = Call.objects.filter(is_waiting=True).values_list("queue_id", flat=True).distinct()
    user = OuterRef(OuterRef(OuterRef("user_id")))
    lacking = QueueSkill.objects.filter(queue=OuterRef("pk")).filter(
        ~Exists(_held_by(user, OuterRef("skill_id"), OuterRef("level")))
    )
    queues = Queue.objects.filter(
        ~Exists(lacking), pk__in=set(waiting), contact_center=OuterRef("contact_center")
    )
    return AgentSession.objects.filter(Exists(queues), is_available=True)


def is_reachable(agent: state.AgentSession) -> bool:
    """Whether the link to the switch of the agent's device is up."""
    return not VoiceLink.objects.filter(
        is_up=False, voice_environment__devices__in=[agent.device_id]
    ).exists()


def _held_by(user: Any, skill: Any, level: Any) -> QuerySet[UserSkill]:
    return UserSkill.objects.filter(Q(user=user) & Q(skill=skill) & Q(level__gte=level))


def _link_down(environment: Any) -> QuerySet[VoiceLink]:
    return VoiceLink.objects.filter(voice_environment=environment, is_up=False)
