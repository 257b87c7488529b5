"""The way back from a snapshot (see snapshots.py) into a fresh world."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from zoneinfo import ZoneInfo

from supervision.statistics.accumulators.base import unpack
from supervision.statistics.boards import Board
from supervision.statistics.clocks import ProfileClock
from supervision.statistics.notification import Change, Notifier
from supervision.statistics.occurrences import Occurrence
from supervision.statistics.places import Agent, Call, Dn, Party, Queue
from supervision.statistics.vocabulary import KIND_OF
from supervision.statistics.windows import GrowingWindow
from supervision.statistics.world import World

VERSION = 1


class Restoring:
    """Rebuilds the state in the order of its references."""

    def __init__(self, world: World, saved: Mapping[str, Any]) -> None:
        if saved["version"] != VERSION:
            raise ValueError(f"a snapshot of version {saved['version']} cannot be read")
        self._world = world
        self._saved = saved
        self._occurrences: dict[int | None, Occurrence | None] = {None: None}
        self._fresh: dict[Board, set[str]] = {}

    def run(self, notifier: Notifier) -> None:
        """Everything, in order."""
        world, saved = self._world, self._saved
        world.last_ident = saved["last_ident"]
        self._clocks()
        for given in saved["boards"]:
            self._board(given)
        for given in saved["calls"]:
            world.calls[given["ident"]] = Call(
                given["ident"], given["type"], dict(given["attached"])
            )
        for given in saved["occurrences"]:
            self._occurrence(given)
        self._queues()
        self._agents()
        self._dns()
        for given in saved["calls"]:
            self._call(given)
        world.idle = dict.fromkeys(saved["idle"])
        for key, members in saved["members"]:
            board = world.boards[key[0], key[1]]
            world.members[board] = {world.agents[ident]: None for ident in members}
        world.dirty_dns = {world.dns[ident]: None for ident in saved["dirty_dns"]}
        world.dirty_agents = {world.agents[ident]: None for ident in saved["dirty_agents"]}
        self._notifier(notifier)
        self._open_late()

    def _clocks(self) -> None:
        world = self._world
        windows = {
            repr(one.definition.interval): one.definition.interval
            for plan in world.plans.values()
            for one in plan.compiled
        }
        for text, key, serial, start_ms, next_ms in self._saved["clocks"]:
            window = windows.get(text)
            if isinstance(window, GrowingWindow):
                zone = ZoneInfo(key.partition("@")[0])
                clock = ProfileClock(window, zone, world.now_ms, key)
                clock.serial, clock.start_ms, clock.next_ms = serial, start_ms, next_ms
                clock.start_s = start_ms // 1000
                world.keep_clock(clock)

    def _board(self, given: Mapping[str, Any]) -> None:
        kind, ident = given["key"]
        zone, key = ZoneInfo(given["zone"]), given.get("zone_key")
        board = self._world.board(kind, ident, zone, given["opening_ms"], key)
        if given["service_level"] is not None:
            self._world.set_service_level(board, *given["service_level"])
        clock = board.login_clock
        clock.serial, clock.is_started, clock.start_ms = given["login"]
        clock.start_s = clock.start_ms // 1000
        for spec, accumulator in zip(board.plan.specs, board.accumulators, strict=True):
            if spec.key in given["accumulators"]:
                accumulator.load(unpack(given["accumulators"][spec.key]))
            else:
                self._fresh.setdefault(board, set()).add(spec.key)
        board.openings = {
            key: when for key, when in given["openings"].items() if key in board.plan.spec_positions
        }
        board.find_rows()
        positions = board.plan.positions
        board.sent = {positions[name]: seen for name, seen in given["sent"] if name in positions}

    def _occurrence(self, given: Mapping[str, Any]) -> None:
        attached = given["attached"]
        if attached is None:
            attached = self._world.calls[given["conn"]].attached
        source = self._occurrences[given["source"]]
        if source is not None:
            attached = source.attached
        one = Occurrence(
            given["ident"],
            given["subject"],
            KIND_OF[given["label"]],
            given["start_ms"],
            conn=given["conn"],
            attached=attached,
            source=source,
        )
        one.is_hidden = given["is_hidden"]
        for kind, ident, start_ms in given["boards"]:
            one.boards[self._world.boards[kind, ident]] = start_ms
        for kind, ident, condition, start_ms in given["stretches"]:
            row = self._world.boards[kind, ident].row(one.slot)
            for stretch in row[4] if row else ():
                if repr(stretch.condition) == condition:
                    one.stretches[stretch] = start_ms
        self._occurrences[one.ident] = one

    def _some(self, ident: int) -> Occurrence:
        found = self._occurrences[ident]
        if found is None:
            raise ValueError(f"the snapshot names no occurrence {ident}")
        return found

    def _queues(self) -> None:
        world = self._world
        for ident, skills in self._saved["queues"]:
            board = world.boards["QUEUE", ident]
            boards = [board, *(world.boards[kind, skill] for kind, skill in skills)]
            world.queues[ident] = Queue(ident, board, boards)

    def _agents(self) -> None:
        world = self._world
        for given in self._saved["agents"]:
            board = world.boards["AGENT", given["ident"]]
            boards = [board, *(world.boards[kind, ident] for kind, ident in given["boards"])]
            agent = Agent(given["ident"], board, boards)
            agent.status = self._occurrences[given["status"]]
            world.agents[agent.ident] = agent

    def _dns(self) -> None:
        world = self._world
        for given in self._saved["dns"]:
            dn = world.dns[given["ident"]] = Dn(given["ident"], given["is_registered"])
            dn.agent = world.agents.get(given["agent"])
            dn.actions = {ident: self._some(ident) for ident in given["actions"]}
            dn.login = self._occurrences[given["login"]]
            dn.mode = self._occurrences[given["mode"]]
            dn.reason = given["reason"]
            dn.winner = self._occurrences[given["winner"]]
            dn.status = self._occurrences[given["status"]]
            dn.status_agent = world.agents.get(given["status_agent"])
        for given in self._saved["agents"]:
            world.agents[given["ident"]].dns = {ident: world.dns[ident] for ident in given["dns"]}

    def _call(self, given: Mapping[str, Any]) -> None:
        call = self._world.calls[given["ident"]]
        call.queue = self._world.queues.get(given["queue"])
        call.waiting = self._occurrences[given["waiting"]]
        call.origin = _origin(given["origin"])
        if call.waiting is not None and call.queue is not None:
            call.queue.waiting[call.waiting.ident] = call.waiting
        for side in given["parties"]:
            dn = self._world.dns[side["dn"]]
            party = Party(dn, side["type"], _origin(side["origin"]))
            for part in ("ringing", "dialing", "talk", "hold"):
                setattr(party, part, self._occurrences[side[part]])
            call.parties[dn.ident] = dn.parties[call.ident] = party

    def _notifier(self, notifier: Notifier) -> None:
        given = self._saved["notifier"]
        notifier.last_ms = given["last_ms"]
        notifier.finals = [Change(*one) for one in given["finals"]]
        if given["is_used"]:
            notifier.start()
        for name in ("moving", "waiting", "reset_boards"):
            bits_of = getattr(notifier, name)
            for (kind, ident), names in given[name]:
                board = self._world.boards[kind, ident]
                bits_of[board] = _bits(board, names)
        self._touched()

    def _touched(self) -> None:
        """The order in which boards were touched; definitions never seen are touched too."""
        world = self._world
        for board in world.touched:
            board.bits = 0
        world.touched.clear()
        touched = {tuple(one["key"]): one for one in self._saved["boards"]}
        order = [tuple(key) for key in self._saved["notifier"]["touched"]]
        for key in dict.fromkeys([*order, *touched]):
            board = world.boards[key]
            known = set(touched[key]["names"])
            fresh = [name for name in board.plan.positions if name not in known]
            bits = _bits(board, [*touched[key]["touched"], *fresh])
            if bits:
                board.touch(bits)

    def _open_late(self) -> None:
        for board, keys in self._fresh.items():
            board.open_late(keys, self._world.concerning(board), self._world.now_ms)


def _origin(given: list[Any] | None) -> tuple[str, int] | None:
    return None if given is None else (given[0], given[1])


def _bits(board: Board, names: list[str]) -> int:
    positions = board.plan.positions
    return sum(1 << positions[name] for name in names if name in positions)
