"""Runs worked examples: ``python -m supervision.statistics.vectors FILE`` checks a file of them.

A scenario is ``{objects, stats, events, queries, tz?, base?}``; times are seconds after ``base``'s
local midnight in ``tz``, which is also the opening.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Mapping
from datetime import date
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from supervision.statistics.definitions import parse_definitions
from supervision.statistics.engine import Engine
from supervision.statistics.events import SwitchEvent
from supervision.statistics.windows import local_midnight_ms

DEFAULT_BASE = "2024-03-05"
TOLERANCE = 5e-5
_GROUPS = {"skill_ag": "skill", "skill_q": "skill", "user_group": "user_group"}


def run(vector: Mapping[str, Any]) -> list[Any]:
    """The value for each query of a scenario, in the order of the queries."""
    zone = vector.get("tz") or "UTC"
    base_ms = local_midnight_ms(
        date.fromisoformat(vector.get("base") or DEFAULT_BASE), ZoneInfo(zone)
    )
    engine = Engine(_definitions(vector["stats"]), zone=zone, opening=base_ms)
    _populate(engine, vector["objects"], base_ms)
    events = [SwitchEvent.from_mapping(given, base_ms) for given in vector["events"]]
    found: dict[int, Any] = {}
    queries = sorted(enumerate(vector["queries"]), key=lambda numbered: float(numbered[1]["t"]))
    position = 0
    for index, query in queries:
        at_ms = base_ms + round(query["t"] * 1000)
        while position < len(events) and max(events[position].time_ms, engine.now_ms) <= at_ms:
            engine.apply(events[position])
            position += 1
        found[index] = _ask(engine, query, vector["stats"], max(at_ms, base_ms))
    return [found[index] for index in range(len(found))]


def _definitions(stats: Any) -> Any:
    given = stats.values() if isinstance(stats, Mapping) else stats
    return parse_definitions(list(given), source="vector")


def _ask(engine: Engine, query: Mapping[str, Any], stats: Any, at_ms: int) -> Any:
    name, object_id = query["stat"], query["object"]
    if isinstance(stats, Mapping) and name in stats:
        kind, name = stats[name]["objectType"], stats[name]["name"]
    else:
        kind = next(
            one.object_type
            for one in engine.definitions
            if one.name == name and engine.has(one.object_type, object_id)
        )
    return engine.value(query.get("objectType", kind), object_id, name, at_ms)


def _populate(engine: Engine, objects: Mapping[str, Any], base_ms: int) -> None:
    for queue in objects.get("queues", ()):
        engine.add_queue(queue)
    for agent, described in objects.get("agents", {}).items():
        engine.add_agent(agent)
        for dn in described.get("dns", ()) if isinstance(described, Mapping) else described:
            engine.add_dn(dn)
    for key, groups in objects.items():
        add = _GROUPS.get(key.lower())
        for group, members in groups.items() if add is not None else ():
            getattr(engine, f"add_{add}")(group)
            for member in members:
                engine.apply(_joining(key.lower(), group, member, base_ms))


def _joining(kind: str, group: str, member: str, base_ms: int) -> SwitchEvent:
    if kind == "skill_q":
        return SwitchEvent(base_ms, "queue_skill_add", group=group, queue=member)
    return SwitchEvent(base_ms, "group_add", group=group, agent=member)


def is_match(found: Any, expected: Any) -> bool:
    """Whether a value is the expected one, numbers within the tolerance."""
    if isinstance(expected, bool) or not isinstance(expected, int | float):
        return bool(found == expected)
    return isinstance(found, int | float) and abs(found - expected) <= TOLERANCE


def failures(vector: Mapping[str, Any]) -> list[str]:
    """One line for each query of a scenario whose value is not the expected one."""
    return [
        f"  {query['stat']} of {query['object']} at {query['t']}: "
        f"{found!r}, expected {query['expect']!r}"
        for query, found in zip(vector["queries"], run(vector), strict=True)
        if not is_match(found, query["expect"])
    ]


def main(arguments: Iterable[str]) -> int:
    """Check each file named; 0 when all scenarios give what they expect."""
    failed = 0
    for name in arguments:
        given = json.loads(Path(name).read_text(encoding="utf-8"))
        for vector in given["vectors"] if isinstance(given, Mapping) else given:
            wrong = failures(vector)
            failed += bool(wrong)
            lines = [f"{'FAIL' if wrong else 'pass'} {vector.get('id')} {vector.get('title', '')}"]
            sys.stdout.write("\n".join([*lines, *wrong]) + "\n")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
