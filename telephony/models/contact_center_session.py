from django.db import models
from django.db.models import Q

from telephony.models.base import LiveModel


class ContactCenterSession(LiveModel):
    """What a running contact center session was started with; one row a session."""

    user = models.OneToOneField(
        "provisioning.User",
        primary_key=True,
        on_delete=models.CASCADE,
        related_name="contact_center_session",
    )
    started_ms = models.BigIntegerField()
    place = models.ForeignKey(
        "provisioning.Place", on_delete=models.SET_NULL, null=True, related_name="+"
    )
    # The place's device, where it was nobody's before; it is nobody's again afterwards.
    borrowed_device = models.ForeignKey(
        "provisioning.Device", on_delete=models.SET_NULL, null=True, related_name="+"
    )
    login_code = models.CharField(max_length=64, blank=True)
    queue = models.ForeignKey(
        "provisioning.Queue", on_delete=models.SET_NULL, null=True, related_name="+"
    )
    # As clients send it; None where no mobile application holds the session.
    mobile_session = models.JSONField(null=True)

    class Meta:
        verbose_name = "contact center session"
        constraints = [
            models.UniqueConstraint(
                fields=["contact_center", "login_code"],
                condition=~Q(login_code=""),
                name="session_login_code_once",
            )
        ]

    def __str__(self) -> str:
        return f"{self.user_id} since {self.started_ms}"
