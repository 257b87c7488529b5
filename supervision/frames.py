"""What watchers are told: whole snapshots, and deltas that hold what changed since the last one.

A snapshot and the deltas after it make the next snapshot. Rows in a delta are whole (agents) or
absolute values (statistics), so a delta applied twice does no harm. Plain Python: no socket.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypedDict

from supervision.board import Agent, Board, Center, Touched

PERIOD_MS = 1000
# Which of an agent's calls is shown when there are several.
_CALL_ORDER = ("Established", "Ringing", "Dialing", "Held")

Row = dict[str, Any]


class Point(TypedDict):
    value: Any
    time: int


Points = dict[str, Point]


@dataclass(slots=True)
class _News:
    """What one contact center's watchers have not been told yet."""

    rows: set[Touched] = field(default_factory=set)
    values: dict[Touched, set[str]] = field(default_factory=lambda: defaultdict(set))


class Frames:
    """Frames over a board and the newest values of the statistics of its queues and skills."""

    def __init__(self, board: Board) -> None:
        self._board = board
        self._points: dict[str, Points] = {}
        self._owners: dict[str, str] = {}
        self._news: dict[str, _News] = defaultdict(_News)

    def touch(self, center_id: str, rows: Iterable[Touched]) -> None:
        """Rows that the board changed or lost."""
        self._news[center_id].rows.update(rows)

    def set_value(self, row: Touched, name: str, value: Any, at_ms: int) -> None:
        """The value of a statistic of a queue or skill; news if it is another than before."""
        points = self._points.setdefault(row[1], {})
        if name in points and points[name]["value"] == value:
            return
        points[name] = Point(value=value, time=at_ms)
        if (center_id := self._owner(row)) is not None:
            self._news[center_id].values[row].add(name)

    def has_news(self, center_id: str) -> bool:
        return center_id in self._news

    def snapshot(self, center_id: str, *, seq: int, at_ms: int) -> Row | None:
        """All there is of a contact center; None where it does not exist."""
        center = self._board.centers.get(center_id)
        if center is None:
            return None
        return {
            "type": "snapshot",
            "seq": seq,
            "time": at_ms,
            "contactCenter": _center_row(center_id, center),
            "periodMs": PERIOD_MS,
            "queues": [self._row(center, ("queues", one)) for one in center["queues"]],
            "skills": [self._row(center, ("skills", one)) for one in center["skills"]],
            "agents": [agent_row(center, user_id) for user_id in center["agents"]],
        }

    def delta(self, center_id: str, *, seq: int, at_ms: int) -> Row:
        """What is new since the last delta; told once."""
        center = self._board.centers.get(center_id)
        news = self._news.pop(center_id, _News())
        frame: Row = {
            "type": "delta",
            "seq": seq,
            "time": at_ms,
            "queues": [],
            "skills": [],
            "agents": [],
            "removed": {"queues": [], "agents": [], "skills": []},
        }
        if center is None:
            return frame
        for kind, object_id in sorted(news.rows):
            if kind == "centers":
                frame["contactCenter"] = _center_row(center_id, center)
            elif object_id in _rows(center, kind):
                frame[kind].append(self._row(center, (kind, object_id)))
            else:
                frame["removed"][kind].append(object_id)
                self._points.pop(object_id, None)
        for row in sorted(news.values.keys() - news.rows):
            values = self._points.get(row[1], {})
            told = {name: values[name] for name in sorted(news.values[row]) if name in values}
            frame[row[0]].append({"id": row[1], "statistics": told})
        return frame

    def _owner(self, row: Touched) -> str | None:
        """The contact center that a queue or skill belongs to."""
        kind, object_id = row
        if object_id not in self._owners:
            for center_id, center in self._board.centers.items():
                if object_id in _rows(center, kind):
                    self._owners[object_id] = center_id
        return self._owners.get(object_id)

    def _row(self, center: Center, row: Touched) -> Row:
        kind, object_id = row
        if kind == "agents":
            return agent_row(center, object_id)
        name = _rows(center, kind)[object_id]
        return {"id": object_id, "name": name, "statistics": self._points.get(object_id, {})}


def _rows(center: Center, kind: str) -> Mapping[str, Any]:
    match kind:
        case "queues":
            return center["queues"]
        case "skills":
            return center["skills"]
    return center["agents"]


def agent_row(center: Center, user_id: str) -> Row:
    agent = center["agents"][user_id]
    row: Row = {
        "id": user_id,
        "name": agent["name"],
        "state": agent["state"],
        "displayName": agent["displayName"],
        "since": agent["since"],
        "call": _shown_call(agent),
        "skills": _skill_names(center, user_id),
    }
    optional = {"reason": agent["reason"], "workMode": agent["workMode"]}
    return row | {name: text for name, text in optional.items() if text}


def _center_row(center_id: str, center: Center) -> Row:
    return {"id": center_id, "name": center["name"], "timeZone": center["timeZone"]}


def _shown_call(agent: Agent) -> Row | None:
    calls = agent["calls"].values()
    shown = min(
        calls, key=lambda call: (_CALL_ORDER.index(call["state"]), -call["since"]), default=None
    )
    return None if shown is None else {**shown}


def _skill_names(center: Center, user_id: str) -> list[str]:
    held = center["userSkills"].get(user_id, [])
    return sorted(center["skills"][one] for one in held if one in center["skills"])
