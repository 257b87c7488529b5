"""`/planned-skills`: what users are to have for a time; below `/users/ID` and `/me` too."""

from portal.api.fields import Choice, Identifier, Link, Moment, Text
from portal.api.resources import PROVISIONED_BY_ADMINS, Relation, Resource
from provisioning.api.skills import LEVEL, Skills
from provisioning.api.users import Users
from provisioning.models import PlannedSkill
from provisioning.services import planned_skills


class PlannedSkills(Resource):
    """Skills that users are to have for a time, or have for it now; planned at /users/ID/skills."""

    path, singular, plural = "planned-skills", "plannedSkill", "plannedSkills"
    model = PlannedSkill
    select_related = ("skill", "user")
    fields = (
        Identifier(),
        Link(name="userUri", target=lambda: Users),
        Link(name="skillUri", target=lambda: Skills),
        Text(name="name", source="skill.name"),
        LEVEL,
        Moment(name="validFrom"),
        Moment(name="validUntil", help="Absent where the skill is to last."),
        Choice(name="state", choices=PlannedSkill.STATES),
    )
    ordering = ("valid_from",)
    permissions = PROVISIONED_BY_ADMINS
    read_feature = "api-provisioning-read"
    write_feature = "api-provisioning-write"
    delete = staticmethod(planned_skills.cancel_plan)


PLANNED_SKILLS = Relation(
    resource=PlannedSkills,
    name="planned-skills",
    parent_lookup="user_id",
    permissions=PROVISIONED_BY_ADMINS,
    unassign=planned_skills.cancel_plan,
)
