"""That a user's last notification connection has gone, or one has come, as events of the log.

What is pushed is what stands in the log between the two. Only users whose session a mobile
application holds are told of.
"""

from uuid import UUID

from django.db import transaction

from notifications.events import ClientsConnected, ClientsGone
from portal.events.log import publish
from telephony.models import ContactCenterSession


def tell_connected(*, user_id: str) -> None:
    _tell(ClientsConnected, user_id)


def tell_gone(*, user_id: str) -> None:
    _tell(ClientsGone, user_id)


@transaction.atomic
def _tell(event_class: type[ClientsConnected | ClientsGone], user_id: str) -> None:
    sessions = ContactCenterSession.objects.filter(pk=UUID(user_id), mobile_session__isnull=False)
    center_id = sessions.values_list("contact_center_id", flat=True).first()
    if center_id is not None:
        publish(event_class(contact_center_id=str(center_id), user_id=user_id))
