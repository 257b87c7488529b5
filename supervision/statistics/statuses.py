"""Statuses of DNs and agents (statistics-spec.md section 4).

A DN's status is its running durable action of highest priority, an agent's the winner over the DNs
logged in on. Changes with one timestamp collapse: both are settled once, when time moves on.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from supervision.statistics.accumulators.base import Accumulator, Saved
from supervision.statistics.boards import Board
from supervision.statistics.occurrences import Occurrence
from supervision.statistics.places import Agent, Dn
from supervision.statistics.stretches import Stretch
from supervision.statistics.vocabulary import ACTION, AGENT_STATUS, DN_STATUS, KIND_OF

if TYPE_CHECKING:
    from supervision.statistics.world import World

_LOGGED_OUT = KIND_OF["LoggedOut"]


def winner_of(dn: Dn) -> Occurrence | None:
    """The action that decides: highest priority, then the one that began first.

    A call on hold hides its own call action.
    """
    best: Occurrence | None = None
    rank = -1
    for action in dn.actions.values():
        if action.kind.rank > rank and not action.is_hidden:
            best, rank = action, action.kind.rank
    return best


def winner_for(agent: Agent) -> Occurrence | None:
    """The winner over the agent's DNs; None is LoggedOut."""
    best: Occurrence | None = None
    for dn in agent.dns.values():
        action = dn.winner
        if action is not None and (best is None or _precedes(action, best)):
            best = action
    return best


def _precedes(action: Occurrence, other: Occurrence) -> bool:
    if action.kind.rank != other.kind.rank:
        return action.kind.rank > other.kind.rank
    return action.ident < other.ident


def settle(world: World) -> None:
    """Give every touched DN and agent the status that holds at the end of the timestamp."""
    for dn in world.dirty_dns:
        _settle_dn(world, dn)
        if dn.agent is not None:
            world.dirty_agents[dn.agent] = None
    for agent in world.dirty_agents:
        _settle_agent(world, agent)
    world.dirty_dns.clear()
    world.dirty_agents.clear()


def _settle_dn(world: World, dn: Dn) -> None:
    dn.winner = winner_of(dn)
    status = dn.status
    if (
        status is None
        or dn.winner is None
        or status.source is not dn.winner
        or dn.status_agent is not dn.agent
    ):
        if status is not None:
            world.cut(status)
        dn.status_agent = dn.agent
        dn.status = _begin(world, DN_STATUS, dn.winner, dn.agent)
    else:
        _follow(world, status, dn.agent.boards if dn.agent is not None else [])


def _settle_agent(world: World, agent: Agent) -> None:
    winner = winner_for(agent)
    status = agent.status
    if status is None or status.source is not winner:
        if status is not None:
            world.cut(status)
        agent.status = _begin(world, AGENT_STATUS, winner, agent)
    else:
        _follow(world, status, agent.boards)


def _begin(
    world: World, subject: int, source: Occurrence | None, agent: Agent | None
) -> Occurrence | None:
    if source is None and subject == DN_STATUS:
        return None
    now_ms, ident = world.now_ms, world.next_ident()
    if source is None:
        status = Occurrence(ident, subject, _LOGGED_OUT, now_ms)
    else:
        conn, attached = source.conn, source.attached
        status = Occurrence(ident, subject, source.kind, now_ms, conn, attached, source)
    if agent is not None:
        for board in agent.boards if status.slot in world.group_slots else agent.alone:
            board.begin(status, now_ms)
    return status


def _follow(world: World, status: Occurrence, boards: list[Board]) -> None:
    """The status goes on; members may have come and gone, attached data may have changed."""
    now_ms = world.now_ms
    for board in tuple(status.boards):
        if board not in boards:
            board.end(status, now_ms)
        elif world.has_filters:
            board.recheck(status, now_ms)
    for board in boards:
        if board not in status.boards:
            if status.start_ms is None and board.opening_ms == now_ms:
                board.carry(status, now_ms)
            else:
                board.begin(status, now_ms)


_Kept = tuple[Occurrence | None, dict[Board, int], dict[Stretch, int]]


@dataclass(slots=True)
class Settlement:
    """What a provisional settlement changed, to take it back."""

    dns: list[tuple[Dn, Occurrence | None, Agent | None, _Kept]]
    agents: list[tuple[Agent, _Kept]]
    dirty_agents: list[Agent]
    accumulators: list[tuple[Accumulator, Saved]]
    last_ident: int


def settle_for_now(world: World) -> Settlement:
    """Settle so that the present instant can be read, remembering how it was."""
    agents = dict(world.dirty_agents)
    agents.update((dn.agent, None) for dn in world.dirty_dns if dn.agent is not None)
    statuses = [dn.status for dn in world.dirty_dns] + [agent.status for agent in agents]
    boards = {board: None for status in statuses if status for board in status.boards}
    boards.update((board, None) for agent in agents for board in agent.boards)
    before = Settlement(
        dns=[(dn, dn.winner, dn.status_agent, _keep(dn.status)) for dn in world.dirty_dns],
        agents=[(agent, _keep(agent.status)) for agent in agents],
        dirty_agents=list(world.dirty_agents),
        accumulators=[
            (accumulator, accumulator.save())
            for board in boards
            for spec, accumulator in zip(board.plan.specs, board.accumulators, strict=True)
            if spec.subject != ACTION
        ],
        last_ident=world.last_ident,
    )
    settle(world)
    return before


def take_back(world: World, before: Settlement) -> None:
    """Undo a provisional settlement: another event of the same timestamp has come."""
    for dn, winner, status_agent, kept in before.dns:
        dn.winner, dn.status_agent, dn.status = winner, status_agent, _restored(kept)
        world.dirty_dns[dn] = None
    for agent, kept in before.agents:
        agent.status = _restored(kept)
    world.dirty_agents.update((agent, None) for agent in before.dirty_agents)
    for accumulator, saved in before.accumulators:
        accumulator.load(saved)
    world.last_ident = before.last_ident


def _keep(status: Occurrence | None) -> _Kept:
    if status is None:
        return None, {}, {}
    return status, dict(status.boards), dict(status.stretches)


def _restored(kept: _Kept) -> Occurrence | None:
    status, boards, stretches = kept
    if status is not None:
        status.boards, status.stretches = boards, stretches
    return status
