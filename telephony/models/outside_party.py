from django.db import models

from telephony.models.base import LiveModel


class OutsideParty(LiveModel):
    """How somebody outside behaves when he is called; numbers without a row answer in a while."""

    digits = models.CharField(max_length=32)
    is_busy = models.BooleanField(default=False)
    answers_after_ms = models.PositiveIntegerField(null=True)
    hangs_up_after_ms = models.PositiveIntegerField(null=True)

    class Meta:
        verbose_name = "outside party"
        verbose_name_plural = "outside parties"
        constraints = [
            models.UniqueConstraint(
                fields=["contact_center", "digits"], name="outside_party_number_once"
            )
        ]

    def __str__(self) -> str:
        return self.digits
