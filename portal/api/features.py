"""What a contact center may use. A disabled feature's resources do not exist for it.

Source: contract §1 "Features"; seed 003 "Features".
"""

from dataclasses import dataclass
from typing import Any

from portal.api.status import not_found


@dataclass(frozen=True, slots=True)
class Feature:
    id: str
    display_name: str
    description: str
    by_default: bool = False


FEATURES: dict[str, Feature] = {
    feature.id: feature
    for feature in (
        Feature(
            "api-provisioning-read",
            "Provisioning API, reading",
            "Reading users, skills, devices, queues and settings.",
            by_default=True,
        ),
        Feature(
            "api-provisioning-write",
            "Provisioning API, writing",
            "Creating, changing and deleting what a contact center is made of.",
            by_default=True,
        ),
        Feature("api-voice", "Voice API", "Calls, devices and agent states.", by_default=True),
        Feature(
            "api-supervisor-monitoring",
            "Supervisor monitoring",
            "Listening in, coaching and barging in on agents' calls.",
        ),
        Feature("api-voice-recording", "Call recording", "Recording of calls and its control."),
        Feature("api-multimedia", "Multimedia", "E-mail, chat and workbins."),
        Feature("api-statistics", "Statistics API", "Live and past statistics."),
        Feature(
            "api-mobile-push-notifications",
            "Mobile push notifications",
            "Notifications on mobile devices while no session is connected.",
        ),
        Feature(
            "ui-supervisor-provisioning-routing",
            "Routing pages",
            "Queues and routing templates in the portal's pages.",
        ),
        Feature("ui-supervisor-provisioning-skill", "Skill pages", "Skills in the portal's pages."),
        Feature("ui-supervisor-provisioning-user", "User pages", "Users in the portal's pages."),
        Feature("ui-supervisor-edit-user", "User editing", "Editing users in the portal's pages."),
        Feature("ui-wallboard", "Wallboard", "The live wallboard."),
    )
}


def require_feature(user: Any, feature_id: str | None) -> None:
    """Refuse with 404 what the user's contact center has no feature for; None is always there."""
    if feature_id and feature_id not in features_of(user):
        raise not_found()


def features_of(user: Any) -> frozenset[str]:
    """The ids of the features that the user's contact center has; the cloud admin has all."""
    if user.contact_center_id is None:
        return frozenset(FEATURES)
    ids: frozenset[str] = user.feature_ids()
    return ids
