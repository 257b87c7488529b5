"""django-admin for ops: writes go through the services, what has no service is read-only."""

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from provisioning.admin import contact_centers, devices, groups, queues, read_only, skills, users
from provisioning.admin.look import branded

__all__ = ["contact_centers", "devices", "groups", "queues", "read_only", "skills", "users"]

admin.site.index_title = _("Operations")
admin.site.extra_context = branded  # type: ignore[attr-defined]
