from django.db import models

from telephony.models.base import LiveModel


class VoiceLink(LiveModel):
    """Whether requests reach a voice environment's switch; one without a row is up."""

    voice_environment = models.OneToOneField(
        "provisioning.VoiceEnvironment",
        primary_key=True,
        on_delete=models.CASCADE,
        related_name="voice_link",
    )
    is_up = models.BooleanField(default=True)

    class Meta:
        verbose_name = "voice link"

    def __str__(self) -> str:
        return f"{self.voice_environment_id} {'up' if self.is_up else 'down'}"
