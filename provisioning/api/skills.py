from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from portal.api.fields import (
    Access,
    Constant,
    Field,
    Identifier,
    Loaded,
    Moment,
    NumberText,
    Text,
)
from portal.api.resources import PROVISIONED_BY_ADMINS, Resource
from portal.api.uris import referenced_id, uuid_or_none
from provisioning.models import PlannedSkill, QueueSkill, Skill, UserSkill
from provisioning.models.skill import MAX_SKILL_LEVEL
from provisioning.services import skills
from provisioning.services.fields import SkillLevel


class Skills(Resource):
    path, singular, plural = "skills", "skill", "skills"
    model = Skill
    fields = (
        Identifier(),
        Text(name="name", required=True, help="Unique in the contact center."),
        Text(name="description", max_length=1000, may_be_empty=True),
        Constant(name="level", value="0", help="A skill that nobody holds has level 0."),
    )
    ordering = ("name",)
    named_by = ("name",)
    permissions = PROVISIONED_BY_ADMINS
    read_feature = "api-provisioning-read"
    write_feature = "api-provisioning-write"
    create = staticmethod(skills.create_skill)
    update = staticmethod(skills.update_skill)
    delete = staticmethod(skills.delete_skill)


# A skill is given by the first three; the others come along where a client sends what it has read.
_NAMES_OF_SKILLS = frozenset({"uri", "path", "id", "name", "description"})
LEVEL = NumberText(name="level", most=MAX_SKILL_LEVEL, help="From 0 to 10.")


@dataclass(frozen=True, kw_only=True)
class EndOfPlan(Moment, Loaded):
    """When a skill in effect ends; of the plan that gave it."""

    access: Access = Access.READ_WRITE
    column: str | None = None


def _load_ends(user_skills: Sequence[Any], reading: Any) -> dict[Any, int]:
    by_pair = {(one.user_id, one.skill_id): one.pk for one in user_skills}
    plans = PlannedSkill.objects.filter(
        state=PlannedSkill.ACTIVE, user__among={user_id for user_id, _ in by_pair}
    ).values_list("user_id", "skill_id", "valid_until")
    return {
        by_pair[user_id, skill_id]: round(valid_until.timestamp() * 1000)
        for user_id, skill_id, valid_until in plans
        if (user_id, skill_id) in by_pair
    }


class UserSkills(Resource):
    """The skills that a user holds, each at a level, for good or until a time."""

    path, singular, plural = "skills", "skill", "skills"
    model = UserSkill
    argument_name = "user_skill"
    identified_by = "skill_id"
    select_related = ("skill", "user")
    is_seen_with_parent = True
    fields = (
        Identifier(source="skill_id"),
        Text(name="name", source="skill.name", access=Access.READ_ONLY),
        Text(name="description", source="skill.description", access=Access.READ_ONLY),
        LEVEL,
        Moment(name="validFrom", access=Access.WRITE_ONLY, column=None),
        EndOfPlan(
            name="validUntil",
            load=_load_ends,
            needs_objects=False,
            row_attributes=("user_id", "skill_id"),
        ),
    )
    ordering = ("skill__name",)


class QueueSkills(Resource):
    """What queues are found by: the skills that they ask for. It has no address of its own."""

    path, singular, plural = "skills", "skill", "skills"
    model = QueueSkill
    fields = (
        Identifier(source="skill_id"),
        Text(name="name", source="skill.name", access=Access.READ_ONLY),
        LEVEL,
    )


@dataclass(frozen=True, kw_only=True)
class SkillLevels(Field):
    """A list of `{uri, level}`: skills given with a level each."""

    times: ClassVar[frozenset[str]] = frozenset()

    name: str = "skills"
    column: str | None = None

    def parse(self, value: Any) -> list[SkillLevel]:
        if not isinstance(value, list):
            raise self.refuse("a list of skills")
        return [self._parse_one(one) for one in value]

    def _parse_one(self, value: Any) -> SkillLevel:
        given = value if isinstance(value, dict) else {"uri": value}
        if unknown := sorted(given.keys() - _NAMES_OF_SKILLS - {"level", *self.times}):
            raise self.refuse(f"a list of skills without {', '.join(unknown)[:300]}")
        reference = next((given[key] for key in ("uri", "path", "id") if key in given), None)
        identity = uuid_or_none(referenced_id(reference, Skills.path))
        if identity is None:
            raise self.refuse("a list of skills, each named by its URI, path or id")
        level: SkillLevel = {
            "skill_id": str(identity),
            "level": LEVEL.parse(given.get("level", 0)),
        }
        return self._with_times(level, given)

    def _with_times(self, level: SkillLevel, given: dict[str, Any]) -> SkillLevel:
        return level

    def schema(self) -> dict[str, Any]:
        properties = {
            "uri": {"type": "string"},
            "path": {"type": "string"},
            "id": {"type": "string"},
            "level": LEVEL.schema(),
        }
        return {"type": "array", "items": {"type": "object", "properties": properties}}


@dataclass(frozen=True, kw_only=True)
class TimedSkillLevels(SkillLevels):
    """Skills for good, or each from `validFrom` to `validUntil`."""

    times: ClassVar[frozenset[str]] = frozenset({"validFrom", "validUntil"})

    def _with_times(self, level: SkillLevel, given: dict[str, Any]) -> SkillLevel:
        for name, argument in (("validFrom", "valid_from"), ("validUntil", "valid_until")):
            if name in given:
                level[argument] = Moment(name=name).parse(given[name])  # type: ignore[literal-required]
        return level

    def schema(self) -> dict[str, Any]:
        schema = super().schema()
        for name in sorted(self.times):
            schema["items"]["properties"][name] = Moment(name=name).schema()
        return schema


@dataclass(frozen=True, kw_only=True)
class RequiredSkills(SkillLevels, Loaded):
    """The skills that a queue asks for; replaced whole."""

    access: Access = Access.READ_WRITE


def load_required_skills(queues: Sequence[Any], reading: Any) -> dict[Any, Any]:
    """What each queue asks for, by the queue's id."""
    rows = QueueSkill.objects.filter(queue__in=queues).select_related("skill")
    by_queue: dict[Any, list[dict[str, Any]]] = {}
    for row in rows.order_by("skill__name", "pk"):
        path = f"/skills/{row.skill_id}"
        by_queue.setdefault(row.queue_id, []).append(
            {
                "id": str(row.skill_id),
                "name": row.skill.name,
                "level": str(row.level),
                "uri": reading.base + path,
                "path": path,
            }
        )
    return by_queue
