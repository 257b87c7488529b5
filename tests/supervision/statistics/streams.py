"""Random scenarios: a small contact center and what may happen in it, sense or nonsense."""

import random
from datetime import date
from zoneinfo import ZoneInfo

from supervision.statistics.events import SwitchEvent
from supervision.statistics.windows import local_midnight_ms

OPENING = local_midnight_ms(date(2024, 3, 5), ZoneInfo("UTC"))
AGENTS = {"a1": ("1001", "1002"), "a2": ("1003",), "a3": ("1004",)}
QUEUES = ("q1", "q2")
SKILL_AG = {"s1": ("a1", "a2"), "s2": ("a3",)}
SKILL_Q = {"s1": ("q1",), "s2": ("q1", "q2")}
WORLD = {"queues": QUEUES, "agents": AGENTS, "skill_ag": SKILL_AG, "skill_q": SKILL_Q}
OBJECTS = {
    "QUEUE": QUEUES,
    "SKILL_Q": tuple(SKILL_Q),
    "AGENT": tuple(AGENTS),
    "SKILL_AG": tuple(SKILL_AG),
}
DNS = ("1001", "1002", "1003", "1004")
CALLS = ("c1", "c2", "c3", "c4", "c5")
TYPES = (None, None, "Inbound", "Outbound", "Internal", "Consult", "Unknown")

NOTES = ({"L": "es"}, {"L": "fr"}, {"L": None}, {"DNIS": "800"})
GAPS_MS = (0, 0, 1, 400, 1000, 3000, 5500, 10_000, 20_000, 65_000)
FIELDS = ("call", "queue", "dn", "agent", "group", "type", "mode", "reason", "data")
FREQUENT = (
    *("call_queued", "call_distributed", "call_abandoned", "call_ringing", "call_answered") * 2,
    *("call_released", "call_held", "call_retrieved", "call_dialing", "call_ring_abandoned") * 2,
    *("agent_login", "agent_ready", "agent_notready", "agent_acw", "call_data") * 2,
    *("call_ring_cancelled", "agent_logout", "dn_unregistered", "dn_registered"),
    *("group_add", "group_remove", "queue_skill_add", "queue_skill_remove"),
)
_AT_DN = ("call", "dn", "type", "data")
_NEEDED = {
    "call_queued": ("call", "queue", "data"),
    "call_abandoned": ("call",),
    "call_distributed": ("call",),
    "call_data": ("call", "data"),
    "agent_login": ("agent", "dn"),
    "agent_logout": ("agent",),
    "agent_ready": ("dn", "reason"),
    "agent_notready": ("dn", "reason"),
    "agent_acw": ("dn", "reason"),
    "dn_registered": ("dn",),
    "dn_unregistered": ("dn",),
    "group_add": ("group", "agent"),
    "group_remove": ("group", "agent"),
    "queue_skill_add": ("group", "queue"),
    "queue_skill_remove": ("group", "queue"),
}


def _value(lot, name, field):
    if field == "data":
        return lot.choice(NOTES if name == "call_data" else (*NOTES, None, None, None, None))
    return lot.choice(
        {
            "call": CALLS,
            "dn": DNS,
            "queue": QUEUES,
            "agent": tuple(AGENTS),
            "group": tuple(SKILL_AG),
            "type": TYPES,
            "reason": (None, None, "lunch"),
        }[field]
    )


def _any_event(lot):
    name = lot.choice(FREQUENT)
    needed = _NEEDED.get(name, _AT_DN)
    return [{"name": name, **{field: _value(lot, name, field) for field in needed}}]


def _story(lot):
    """A call that goes as calls do, from the queue or straight to a DN, to one of its ends."""
    call, dn = lot.choice(CALLS), lot.choice(DNS)
    at = {"call": call, "dn": dn}
    told = [{"name": "call_queued", "call": call, "queue": lot.choice(QUEUES)}]
    told.append({"name": "call_distributed", "call": call})
    if lot.random() < 0.3:
        told = []
    told.append({"name": "call_ringing" if told or lot.random() < 0.5 else "call_dialing", **at})
    if lot.random() < 0.2:
        return [*told, {"name": lot.choice(("call_ring_abandoned", "call_ring_cancelled")), **at}]
    told.append({"name": "call_answered", **at})
    if lot.random() < 0.3:
        told += [{"name": "call_held", **at}, {"name": "call_retrieved", **at}]
    return [*told, {"name": "call_released", **at}, {"name": "agent_acw", "dn": dn}]


def lot_of(seed):
    """Repeatable chance."""
    return random.Random(seed)


def log_of(seed, size, *, begin_ms=OPENING + 1000, gaps=GAPS_MS):
    """A log: sense and nonsense interleaved, times never going back, many of them equal."""
    lot = lot_of(seed)
    logins = [(agent, dn) for agent, numbers in AGENTS.items() for dn in numbers]
    plan = [{"name": "agent_login", "agent": a, "dn": n} for a, n in logins[: lot.randint(0, 4)]]
    while len(plan) < size:
        position = lot.randrange(max(0, len(plan) - 6), len(plan) + 1)
        for event in _story(lot) if lot.random() < 0.3 else _any_event(lot):
            plan.insert(position, event)
            position = lot.randint(position + 1, min(len(plan), position + 3))
    now_ms, log = begin_ms, []
    for fields in plan:
        now_ms += lot.choice(gaps)
        log.append(SwitchEvent(now_ms, **fields))
    return log
