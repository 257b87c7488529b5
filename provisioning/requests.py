from typing import Any

from rest_framework.request import Request

from provisioning.change import Change

MAX_REASON_LENGTH = 200


def change_of_api_request(request: Request) -> Change:
    """What services are told of an API request: who asks, and the reason in X-Change-Reason."""
    reason = request.headers.get("X-Change-Reason", "")[:MAX_REASON_LENGTH]
    user: Any = request.user
    return Change(actor=user, origin="api", reason=reason)
