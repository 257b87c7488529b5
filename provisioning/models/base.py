import uuid
from typing import TYPE_CHECKING, Any, Self

from django.db import models

if TYPE_CHECKING:
    from provisioning.models.contact_center import ContactCenter


class ContactCenterQuerySet(models.QuerySet[Any]):
    """What a user may see of a model, in one method that every room uses."""

    def visible_to(self, user: Any) -> Self:
        """The objects of the user's own contact center; none for a user who has no contact center.

        A model whose objects not every role may see overrides this.
        """
        return self.filter(contact_center_id=user.contact_center_id)


class ContactCenterModel(models.Model):
    """Base of all that belongs to one contact center."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    contact_center: "models.ForeignKey[ContactCenter, ContactCenter]" = models.ForeignKey(
        "provisioning.ContactCenter", on_delete=models.CASCADE, related_name="+"
    )
    created_at = models.DateTimeField(auto_now_add=True)
    # Grows with each change; what an ETag is made of.
    version = models.PositiveIntegerField(default=1, editable=False)

    objects = ContactCenterQuerySet.as_manager()

    class Meta:
        abstract = True
