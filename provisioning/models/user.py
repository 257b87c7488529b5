import uuid
from typing import Any, Self

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import PermissionsMixin
from django.db import models
from django.db.models.functions import Upper
from django.utils import timezone
from django.utils.crypto import salted_hmac
from django.utils.functional import cached_property

from portal.api.roles import ADMINS, SUPERVISORS, Role, has_role
from provisioning.models.base import ContactCenterQuerySet
from provisioning.models.contact_center import AssignedFeature
from provisioning.models.group import GroupMember, GroupSupervisor, with_all_below


class _JsonList(models.Aggregate):
    """All values as one JSON list."""

    function = "JSON_GROUP_ARRAY"
    output_field = models.JSONField()

    def as_postgresql(self, compiler: Any, connection: Any, **context: Any) -> Any:
        return self.as_sql(compiler, connection, function="JSONB_AGG", **context)


class UserQuerySet(ContactCenterQuerySet):
    def agents(self) -> Self:
        return self.filter(is_agent=True)

    def supervised_by(self, supervisor: Any) -> Self:
        """Whom a supervisor may act on; to see somebody, `visible_to` is enough.

        The users of the groups that he supervises and of all groups below them; without a group,
        and for admins, all of the contact center. Nobody for whoever is neither.
        """
        if not has_role(supervisor, SUPERVISORS):
            return self.none()
        visible = self.visible_to(supervisor)
        if has_role(supervisor, ADMINS):
            return visible
        supervised = GroupSupervisor.objects.visible_to(supervisor).filter(user=supervisor)
        roots = list(supervised.values_list("group_id", flat=True))
        if not roots:
            return visible
        groups = with_all_below(supervisor.contact_center_id, roots)
        members = GroupMember.objects.filter(group_id__in=groups)
        return visible.filter(pk__in=members.values("user_id"))

    def with_features(self) -> Self:
        """Users whose `feature_ids` cost no further query."""
        features = (
            AssignedFeature.objects.filter(contact_center_id=models.OuterRef("contact_center_id"))
            .order_by()
            .values("contact_center_id")
            .annotate(listed=_JsonList("feature_id"))
            .values("listed")
        )
        return self.annotate(loaded_feature_ids=models.Subquery(features))


class UserManager(BaseUserManager["User"].from_queryset(UserQuerySet)):  # type: ignore[misc]
    def get_by_natural_key(self, username: str | None) -> "User":
        user: User = self.get(user_name__iexact=username)
        return user

    def create_superuser(self, user_name: str, password: str, **fields: Any) -> "User":
        """A cloud admin, for `manage.py createsuperuser`; belongs to no contact center."""
        user = User(user_name=user_name, is_staff=True, is_superuser=True, **fields)
        user.set_password(password)
        user.save()
        return user


class User(AbstractBaseUser, PermissionsMixin):
    """A person of a contact center: agent, supervisor, admin, or any set of these."""

    ROLE_COLUMNS = {
        Role.ADMIN.value: "is_admin",
        Role.SUPERVISOR.value: "is_supervisor",
        Role.AGENT.value: "is_agent",
    }

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    contact_center = models.ForeignKey(
        "provisioning.ContactCenter",
        on_delete=models.CASCADE,
        related_name="users",
        null=True,
        blank=True,
    )
    user_name = models.CharField("user name", max_length=254)
    first_name = models.CharField(max_length=255, blank=True)
    last_name = models.CharField(max_length=255, blank=True)
    email_address = models.EmailField(blank=True)
    employee_id = models.CharField(max_length=64, blank=True)
    login_code = models.CharField(max_length=64, blank=True)
    default_place = models.ForeignKey(
        "provisioning.Place",
        on_delete=models.SET_NULL,
        related_name="default_users",
        null=True,
        blank=True,
    )
    is_admin = models.BooleanField("admin", default=False)
    is_supervisor = models.BooleanField("supervisor", default=False)
    is_agent = models.BooleanField("agent", default=False)
    is_active = models.BooleanField("enabled", default=True)
    is_staff = models.BooleanField("may use django-admin", default=False)
    change_password_on_first_login = models.BooleanField(default=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    version = models.PositiveIntegerField(default=1, editable=False)

    # Of the roles, those that a token's request may use. On that request's object, never a column.
    roles_limit: frozenset[str] | None = None

    objects = UserManager()

    USERNAME_FIELD = "user_name"
    EMAIL_FIELD = "email_address"
    REQUIRED_FIELDS = []

    class Meta:
        constraints = [
            # Upper, since that is what the database compares for `iexact`.
            models.UniqueConstraint(Upper("user_name"), name="user_name_once")
        ]
        indexes = [
            models.Index(fields=["contact_center", "last_name", "first_name", "id"]),
            models.Index(fields=["contact_center", "user_name", "id"]),
        ]

    def __str__(self) -> str:
        return self.user_name

    def _get_session_auth_hash(self, secret: str | None = None) -> str:
        """What sessions are checked against: the user, and not the password.

        Contract §2: sessions outlive a changed password, "use the new password upon next login",
        and the notification that it was changed comes over one of them. A user who must leave at
        once is disabled.
        """
        return salted_hmac(
            "provisioning.session", str(self.pk), secret=secret, algorithm="sha256"
        ).hexdigest()

    @property
    def roles(self) -> list[str]:
        held = [role for role, column in self.ROLE_COLUMNS.items() if getattr(self, column)]
        limit = self.roles_limit
        return held if limit is None else [role for role in held if role in limit]

    @cached_property
    def _feature_ids(self) -> frozenset[str]:
        if "loaded_feature_ids" in self.__dict__:
            return frozenset(self.__dict__["loaded_feature_ids"] or ())
        assigned = AssignedFeature.objects.filter(contact_center_id=self.contact_center_id)
        return frozenset(assigned.values_list("feature_id", flat=True))

    def feature_ids(self) -> frozenset[str]:
        """The ids of the contact center's features; read once for each loaded user."""
        return self._feature_ids

    @property
    def full_name(self) -> str:
        return f"{self.first_name} {self.last_name}".strip() or self.user_name

    def get_full_name(self) -> str:
        return self.full_name

    def get_short_name(self) -> str:
        return self.first_name or self.user_name
