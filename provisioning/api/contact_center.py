"""`/contact-center`: the one that the caller is in."""

from typing import Any

from rest_framework.request import Request

from portal.api.fields import Access, Identifier, Text
from portal.api.resources import Resource
from portal.api.roles import ADMINS, EVERYONE, Action
from portal.api.status import not_found
from portal.api.uris import uuid_or_none
from portal.api.views import SingleView
from provisioning.models import ContactCenter
from provisioning.services import contact_centers


def contact_center_of(request: Request) -> ContactCenter:
    """The caller's own; the cloud admin may name another by `?contactCenterId=`.

    Raises ApiError 6 where there is none.
    """
    user: Any = request.user
    named = request.query_params.get("contactCenterId")
    found: ContactCenter | None = user.contact_center
    if user.is_superuser and named is not None:
        identity = uuid_or_none(named)
        found = ContactCenter.objects.filter(pk=identity).first() if identity else None
    if found is None:
        raise not_found("contactCenter")
    return found


class ContactCenters(Resource):
    path, singular, plural = "contact-center", "contactCenter", "contactCenters"
    model = ContactCenter
    fields = (
        Identifier(),
        Text(name="name"),
        Text(name="domain", access=Access.READ_ONLY),
        Text(name="country", max_length=2, help="ISO 3166 code, two letters."),
        Text(name="timeZone", max_length=64, help="For example America/Detroit."),
    )
    permissions = {Action.READ: EVERYONE, Action.UPDATE: ADMINS}
    write_feature = "api-provisioning-write"
    update = staticmethod(contact_centers.update_contact_center)

    @classmethod
    def path_of(cls, obj: Any) -> str:
        """The address has no id: it is always one's own."""
        return f"/{cls.path}"


class ContactCenterView(SingleView):
    resource = ContactCenters

    def get_object(self) -> Any:
        return contact_center_of(self.request)
