"""Which events webhooks may be told of, and the patterns that choose among them."""

from collections.abc import Iterable, Sequence

from portal.events.log import event_kinds

# Sent on demand, to try a webhook; no event of the log.
PING = "webhook.ping"
# What rooms tell each other for their own purposes; the second names a person's own telephone.
_WITHHELD = ("notification.", "agent.mobile_session")
MAX_PATTERNS = 50


def offered_kinds() -> list[str]:
    return sorted(kind for kind in event_kinds() if not kind.startswith(_WITHHELD))


def matches(patterns: Iterable[str], kind: str) -> bool:
    """Whether one of the patterns names the kind: `call.ringing`, `call.*` or `*`."""
    if kind.startswith(_WITHHELD):
        return False
    return any(
        pattern in {"*", kind} or (pattern.endswith(".*") and kind.startswith(pattern[:-1]))
        for pattern in patterns
    )


def unknown_patterns(patterns: Sequence[str]) -> list[str]:
    """Those that no kind on offer matches."""
    offered = offered_kinds()
    return [one for one in patterns if not any(matches([one], kind) for kind in offered)]
