"""Who may act on whom: everybody on himself, supervisors on those whom they supervise.

To see an agent is another permission: `visible_to`.
"""

from typing import Any

from portal.api.status import no_permission
from provisioning.models import User


def acting_on(request: Any, owner_id: Any) -> User:
    """Whom the request is about: the owner of a device, or of what happens at it.

    Raises ApiError 5 where whoever asks may not act on him, and for what nobody owns.
    """
    actor: User = request.user
    if owner_id is not None and owner_id == actor.pk:
        return actor
    found: User | None = User.objects.supervised_by(actor).filter(pk=owner_id).first()
    if found is None:
        raise no_permission()
    return found
