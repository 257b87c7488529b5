import uuid
from typing import Any, ClassVar

from django.db import models

from portal.api.roles import ADMINS, has_role
from provisioning.models.base import ContactCenterQuerySet
from provisioning.models.user import User


class ApiTokenQuerySet(ContactCenterQuerySet):
    def visible_to(self, user: Any) -> "ApiTokenQuerySet":
        """Admins see the tokens of their contact center's users, everybody else his own."""
        if has_role(user, ADMINS) and user.contact_center_id is not None:
            return self.filter(user__contact_center_id=user.contact_center_id)
        return self.filter(user_id=user.pk)


class ApiToken(models.Model):
    """What a program shows instead of a password; of its text only the hash is kept."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="api_tokens")
    name = models.CharField(max_length=255)
    token_hash = models.CharField(max_length=64, unique=True, editable=False)
    is_admin = models.BooleanField("admin", default=False)
    is_supervisor = models.BooleanField("supervisor", default=False)
    is_agent = models.BooleanField("agent", default=False)
    created_at = models.DateTimeField(auto_now_add=True)
    valid_until = models.DateTimeField()
    last_used_at = models.DateTimeField(null=True, blank=True, editable=False)

    objects: ClassVar[Any] = ApiTokenQuerySet.as_manager()

    class Meta:
        verbose_name = "API token"

    def __str__(self) -> str:
        return self.name

    @property
    def roles(self) -> list[str]:
        """What its requests may use at most; what the user has not, they have not either."""
        return [role for role, column in User.ROLE_COLUMNS.items() if getattr(self, column)]
