"""How people outside behave when they are called; the simulator and tests say it."""

from provisioning.models import ContactCenter
from telephony.models import OutsideParty
from telephony.switch.conferences import digits_of


def set_outside_party(
    *,
    contact_center: ContactCenter,
    number: str,
    answers_after_ms: int | None = 0,
    hangs_up_after_ms: int | None = None,
    is_busy: bool = False,
) -> OutsideParty:
    """From now on this number is busy, or answers after a time, or never (None), and hangs up a
    time after that, or never.
    """
    party, _ = OutsideParty.objects.update_or_create(
        contact_center=contact_center,
        digits=digits_of(number),
        defaults={
            "answers_after_ms": answers_after_ms,
            "hangs_up_after_ms": hangs_up_after_ms,
            "is_busy": is_busy,
        },
    )
    return party
