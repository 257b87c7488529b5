from django.db import models

from telephony.models.base import LiveModel


class VoiceLink(LiveModel):
    """How requests reach a voice environment's switch, and whether they do.

    An environment without a row has the embedded switch, and is up.
    """

    voice_environment = models.OneToOneField(
        "provisioning.VoiceEnvironment",
        primary_key=True,
        on_delete=models.CASCADE,
        related_name="voice_link",
    )
    is_up = models.BooleanField(default=True)
    # Which `telephony.backend` leads to the switch.
    backend = models.CharField(max_length=64, default="embedded")

    class Meta:
        verbose_name = "voice link"

    def __str__(self) -> str:
        return f"{self.voice_environment_id} {'up' if self.is_up else 'down'}"
