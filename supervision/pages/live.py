"""What the browser side of a live page is told: where to connect, when to warn, its words."""

from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _

SOCKET_PATH = "/ws/supervision"
# From where on a tile warns, and from where on it alarms.
THRESHOLDS = {
    "waiting": {"warning": 5, "critical": 10},
    "longestWaitSeconds": {"warning": 60, "critical": 120},
    "serviceLevelPercent": {"warning": 80, "critical": 60},
}
# For how long an agent may do something before it is told.
TIME_IN_STATE_SECONDS = {
    "Ringing": {"warning": 10, "critical": 20},
    "OnCall": {"warning": 600, "critical": 1200},
    "NotReady": {"warning": 900, "critical": 1800},
}


def live_configuration() -> dict[str, Any]:
    return {
        "socketPath": SOCKET_PATH,
        "signInPath": settings.LOGIN_URL,
        "thresholds": THRESHOLDS,
        "timeInStateSeconds": TIME_IN_STATE_SECONDS,
        "words": {
            "connecting": _("Connecting…"),
            "updated": _("Updated {age} ago"),
            "lost": _("Connection lost. The numbers are of {time}. Reconnecting…"),
            "neverConnected": _("No connection to the live numbers yet. Trying again…"),
            "unavailable": _("The statistics are not running. The numbers are of {time}."),
            "unavailableFromStart": _("The statistics are not running. There are no numbers yet."),
            "stale": _("The numbers are late: the last ones are of {time}."),
            "restored": _("Connected. The numbers are live again."),
            "levelGood": _("Good"),
            "levelWarning": _("Warning"),
            "levelCritical": _("Critical"),
            "levelUnknown": _("No data"),
            "ready": _("Ready"),
            "notReady": _("Not ready"),
            "loggedOut": _("Logged out"),
            "page": _("Page {page} of {pages}"),
            "callOf": _("Call from {queue}"),
            "directCall": _("Direct call"),
            "ringing": _("ringing"),
            "onHold": _("on hold"),
            "agentsAll": _("{all} agents"),
            "agentsFound": _("{count} of {all} agents"),
        },
    }
