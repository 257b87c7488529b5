"""Channel names: which are well formed, which patterns match one, who may subscribe to what.

Source: the Bayeux protocol 1.0, "Channel globbing"; contract §5.
"""

import re
from functools import lru_cache

from notifications.messages import ME, SERVICES, TOPICS, USERS
from portal.api.roles import SUPERVISORS, Role

_SEGMENT = r"[A-Za-z0-9\-_!~()$@.]+"
_CHANNEL = re.compile(rf"(?:/{_SEGMENT})+")
_PATTERN = re.compile(rf"(?:/{_SEGMENT})*/(?:{_SEGMENT}|\*\*?)")
_MAX_LENGTH = 255


def is_channel(name: object) -> bool:
    return isinstance(name, str) and len(name) <= _MAX_LENGTH and bool(_CHANNEL.fullmatch(name))


def is_pattern(name: object) -> bool:
    """A channel, or one whose last segment is `*` (one more segment) or `**` (one or more)."""
    return isinstance(name, str) and len(name) <= _MAX_LENGTH and bool(_PATTERN.fullmatch(name))


def is_meta(name: str) -> bool:
    return name == "/meta" or name.startswith("/meta/")


def is_service(name: str) -> bool:
    """Messages to the server itself, which are never broadcast."""
    return name == "/service" or name.startswith("/service/")


@lru_cache(maxsize=4096)
def patterns_of(channel: str) -> tuple[str, ...]:
    """Every pattern that matches the channel, itself among them."""
    segments = channel.split("/")[1:]
    parents = ["".join(f"/{one}" for one in segments[:count]) for count in range(len(segments))]
    return (channel, parents[-1] + "/*", *(parent + "/**" for parent in parents))


def may_subscribe(pattern: str, roles: frozenset[Role]) -> bool:
    """Below /v2/me everything is one's own; a wildcard may be had where it reaches a topic."""
    if pattern == ME or pattern.startswith(ME + "/"):
        return True
    if pattern == USERS:
        return not roles.isdisjoint(SUPERVISORS)
    return pattern == SERVICES or (
        pattern.endswith("*") and any(pattern in patterns_of(topic) for topic in TOPICS)
    )
