"""Which web pages of other hosts may call the API: the `access-control` setting of contact centers.

Source: contract §1 "CORS"; seed 001 "Cross Domain (CORS) Filter".
"""

import re
from typing import Any
from urllib.parse import urlsplit

from django.http import HttpRequest

from provisioning.models import Setting

GROUP, KEY = "access-control", "allowedOrigins"
_PATTERN = re.compile(r"https?://(\*\.)?[a-z0-9-]+(\.[a-z0-9-]+)*(:[0-9]{1,5})?", re.IGNORECASE)


def is_valid_origin(pattern: object) -> bool:
    """Whether a setting may allow this: an origin, or all below a domain (`https://*.example.com`)."""
    if not isinstance(pattern, str) or not _PATTERN.fullmatch(pattern):
        return False
    host = (urlsplit(pattern).netloc).rpartition(":")[0] or urlsplit(pattern).netloc
    return not host.startswith("*.") or "." in host[2:]


def matches(origin: str, pattern: str) -> bool:
    scheme, wildcard, domain = pattern.partition("://*.")
    if not wildcard:
        return origin.lower() == pattern.lower()
    given_scheme, _, host = origin.lower().partition("://")
    return given_scheme == scheme.lower() and host.endswith("." + domain.lower())


def allows_request(sender: Any, request: HttpRequest, **kwargs: Any) -> bool:
    """corsheaders' question. A preflight carries no user: any contact center's list answers it.

    It asks for every path, and takes a yes for pages as well: they are nobody else's business.
    """
    origin = request.headers.get("Origin", "")
    if not origin or not request.path_info.startswith("/api/"):
        return False
    user = getattr(request, "user", None)
    settings = Setting.objects.filter(group=GROUP, key=KEY)
    if user is not None and user.is_authenticated:
        settings = settings.filter(contact_center_id=user.contact_center_id)
    return any(
        is_valid_origin(pattern) and matches(origin, pattern)
        for value in settings.values_list("value", flat=True)
        for pattern in (value.get("value", []) if isinstance(value, dict) else [])
    )
