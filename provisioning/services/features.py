from django.db import transaction

from portal.api.features import FEATURES
from portal.api.status import ApiError, StatusCode, not_found
from provisioning.change import Change
from provisioning.models import AssignedFeature
from provisioning.services.recording import changed, facts, record


@transaction.atomic
def unassign_feature(*, change: Change, feature: AssignedFeature) -> None:
    """Take a feature from its contact center: what belongs to it is not there any more.

    Raises ApiError 3 for a feature that is assigned by default, 6 where it has gone.
    """
    locked = AssignedFeature.objects.select_for_update().filter(pk=feature.pk).first()
    if locked is None:
        raise not_found("feature")
    if FEATURES[locked.feature_id].by_default:
        raise ApiError(
            StatusCode.FORBIDDEN, f"Feature {locked.feature_id} is assigned by default and stays"
        )
    event = changed(
        change,
        contact_center_id=locked.contact_center_id,
        resource="features",
        object_id=locked.feature_id,
        before=facts(locked),
        after=None,
        action="unassigned",
    )
    locked.delete()
    record(event)
