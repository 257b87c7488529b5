"""Snapshots: the whole state as JSON; restoring.py is the way back.

Occurrences are kept by identity, boards by (type, id), so that references survive; accumulators
are kept by the key of what they count, so that a changed definition starts anew and no other does.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from supervision.statistics.accumulators.base import pack
from supervision.statistics.boards import Board
from supervision.statistics.notification import Notifier
from supervision.statistics.occurrences import Occurrence
from supervision.statistics.places import Agent, Call, Dn, Party
from supervision.statistics.restoring import VERSION
from supervision.statistics.vocabulary import KIND_COUNT
from supervision.statistics.world import World

if TYPE_CHECKING:
    from supervision.statistics.engine import Engine

Saved = dict[str, Any]
BoardKey = list[str]


def save(engine: Engine, world: World, notifier: Notifier) -> Saved:
    """Everything that ``Restoring`` needs."""
    return {
        "version": VERSION,
        "zone": engine.zone.key,
        "ignored": engine.ignored,
        "now_ms": world.now_ms,
        "last_ident": world.last_ident,
        "clocks": [
            [repr(window), zone, clock.serial, clock.start_ms, clock.next_ms]
            for (window, zone), clock in world.clocks.items()
        ],
        "occurrences": [_occurrence(world, one) for one in _reachable(world)],
        "boards": [_board(board) for board in world.boards.values()],
        "queues": [[queue.ident, _keys(queue.boards[1:])] for queue in world.queues.values()],
        "agents": [_agent(agent) for agent in world.agents.values()],
        "dns": [_dn(dn) for dn in world.dns.values()],
        "calls": [_call(call) for call in world.calls.values()],
        "idle": list(world.idle),
        "members": [
            [_key(board), [agent.ident for agent in agents]]
            for board, agents in world.members.items()
        ],
        "dirty_dns": [dn.ident for dn in world.dirty_dns],
        "dirty_agents": [agent.ident for agent in world.dirty_agents],
        "notifier": _notifier(world, notifier),
    }


def _key(board: Board) -> BoardKey:
    return [board.object_type, board.ident]


def _keys(boards: Iterable[Board]) -> list[BoardKey]:
    return [_key(board) for board in boards]


def _ident(occurrence: Occurrence | None) -> int | None:
    return None if occurrence is None else occurrence.ident


def _reachable(world: World) -> list[Occurrence]:
    """Running occurrences, and those that statuses not yet settled still refer to."""
    found: dict[int, Occurrence] = {}
    for dn in world.dns.values():
        for one in (*dn.actions.values(), dn.winner, dn.status):
            _reach(found, one)
    for queue in world.queues.values():
        found.update(queue.waiting)
    for agent in world.agents.values():
        _reach(found, agent.status)
    return [found[ident] for ident in sorted(found)]


def _reach(found: dict[int, Occurrence], one: Occurrence | None) -> None:
    while one is not None:
        found[one.ident] = one
        one = one.source


def _occurrence(world: World, one: Occurrence) -> Saved:
    call = world.calls.get(one.conn) if one.conn is not None else None
    is_live = call is not None and call.attached is one.attached
    return {
        "ident": one.ident,
        "subject": one.slot // KIND_COUNT,
        "label": one.kind.label,
        "start_ms": one.start_ms,
        "conn": one.conn,
        "attached": None if is_live else dict(one.attached),
        "source": _ident(one.source),
        "is_hidden": one.is_hidden,
        "boards": [[*_key(board), start_ms] for board, start_ms in one.boards.items()],
        "stretches": [
            [*_key(board), repr(stretch.condition), one.stretches[stretch]]
            for board in one.boards
            for stretch in _stretches(board, one)
            if stretch in one.stretches
        ],
    }


def _stretches(board: Board, one: Occurrence) -> Iterable[Any]:
    row = board.row(one.slot)
    return row[4] if row else ()


def _board(board: Board) -> Saved:
    clock = board.login_clock
    return {
        "key": _key(board),
        "zone": board.zone.key,
        "zone_key": board.zone_key,
        "opening_ms": board.opening_ms,
        "service_level": board.service_level,
        "login": [clock.serial, clock.is_started, clock.start_ms],
        "accumulators": {
            spec.key: pack(accumulator.save())
            for spec, accumulator in zip(board.plan.specs, board.accumulators, strict=True)
        },
        "openings": dict(board.openings),
        "names": list(board.plan.positions),
        "touched": _names(board, board.bits),
        "sent": [[board.plan.compiled[i].definition.name, v] for i, v in board.sent.items()],
    }


def _names(board: Board, bits: int) -> list[str]:
    return [
        one.definition.name for index, one in enumerate(board.plan.compiled) if bits >> index & 1
    ]


def _agent(agent: Agent) -> Saved:
    return {
        "ident": agent.ident,
        "boards": _keys(agent.boards[1:]),
        "dns": list(agent.dns),
        "status": _ident(agent.status),
    }


def _dn(dn: Dn) -> Saved:
    return {
        "ident": dn.ident,
        "is_registered": dn.is_registered,
        "agent": dn.agent.ident if dn.agent else None,
        "actions": list(dn.actions),
        "login": _ident(dn.login),
        "mode": _ident(dn.mode),
        "reason": dn.reason,
        "winner": _ident(dn.winner),
        "status": _ident(dn.status),
        "status_agent": dn.status_agent.ident if dn.status_agent else None,
    }


def _call(call: Call) -> Saved:
    return {
        "ident": call.ident,
        "type": call.type,
        "attached": dict(call.attached),
        "queue": call.queue.ident if call.queue else None,
        "waiting": _ident(call.waiting),
        "origin": call.origin,
        "parties": [_party(party) for party in call.parties.values()],
    }


def _party(party: Party) -> Saved:
    return {
        "dn": party.dn.ident,
        "type": party.type,
        "origin": party.origin,
        "ringing": _ident(party.ringing),
        "dialing": _ident(party.dialing),
        "talk": _ident(party.talk),
        "hold": _ident(party.hold),
    }


def _notifier(world: World, notifier: Notifier) -> Saved:
    def named(bits_of: Mapping[Board, int]) -> list[list[Any]]:
        return [
            [_key(board), _names(board, bits)]
            for board, bits in bits_of.items()
            if not board.is_removed
        ]

    return {
        "last_ms": notifier.last_ms,
        "is_used": notifier.is_used,
        "touched": [_key(board) for board in world.touched if not board.is_removed],
        "moving": named(notifier.moving),
        "waiting": named(notifier.waiting),
        "reset_boards": named(notifier.reset_boards),
        "finals": [
            [one.object_type, one.object_id, one.name, one.value, one.time_ms]
            for one in notifier.finals
        ],
    }
