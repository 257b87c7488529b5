from django.utils.translation import gettext_lazy as _

from portal.api.roles import Role

ROLE_LABELS = {
    Role.ADMIN.value: _("Admin"),
    Role.SUPERVISOR.value: _("Supervisor"),
    Role.AGENT.value: _("Agent"),
}
