"""Where a request comes from, for those who count by address."""

import ipaddress

from django.conf import settings
from django.http import HttpRequest


def address_of(request: HttpRequest) -> str | None:
    """The caller's IP address; behind a proxy (PORTAL_TLS), the one that the proxy has seen.

    Of X-Forwarded-For only the last entry is the proxy's own: anybody can send the others.
    """
    address: str = request.META.get("REMOTE_ADDR", "")
    if settings.IS_BEHIND_TLS:
        forwarded = request.META.get("HTTP_X_FORWARDED_FOR", "")
        address = forwarded.rsplit(",", 1)[-1].strip() or address
    try:
        return str(ipaddress.ip_address(address))
    except ValueError:
        return None
