"""What agents, DNs and memberships do (statistics-spec.md section 3)."""

from __future__ import annotations

from supervision.statistics.boards import Board
from supervision.statistics.events import SwitchEvent
from supervision.statistics.places import Agent, Dn, Queue
from supervision.statistics.refusal import Refused, text
from supervision.statistics.vocabulary import GROUP_TYPES, MODES
from supervision.statistics.world import World

_MODES = {
    **{mode.lower(): mode for mode in MODES},
    "ready": "WaitForNextCall",
    "notready": "NotReadyForNextCall",
    "acw": "AfterCallWork",
}


def agent_login(world: World, event: SwitchEvent) -> None:
    """LoggedIn begins, and the mode NotReadyForNextCall or the one given."""
    agent = world.agents.get(text(event.agent))
    number = text(event.dn)
    dn = world.dns.get(number)
    mode = _MODES.get("notready" if event.mode is None else text(event.mode).lower())
    if event.reason is not None:
        text(event.reason)
    if agent is None or mode is None or (dn is not None and dn.agent is not None):
        raise Refused
    now_ms = world.advance(event.time_ms)
    dn = world.dn(number)
    if not agent.dns:
        agent.board.login_clock.restart(now_ms)
        agent.board.touch(agent.board.plan.every_bit)
    dn.agent = agent
    agent.dns[number] = dn
    world.dirty_dns[dn] = None
    for action in dn.actions.values():
        for board in agent.boards:
            board.begin(action, now_ms)
    if dn.is_registered:
        dn.login = world.begin_at_dn(dn, "LoggedIn")
        _begin_mode(world, dn, mode, event.reason)


def agent_logout(world: World, event: SwitchEvent) -> None:
    """LoggedIn and the mode end, AgentLogout; without a DN, wherever the agent is logged in."""
    agent = world.agents.get(text(event.agent)) if event.agent is not None else None
    dns = _dns(world, event)
    if agent is not None and any(dn.agent is not agent for dn in dns):
        raise Refused
    world.advance(event.time_ms)
    for dn in dns:
        log_out(world, dn)


def log_out(world: World, dn: Dn) -> None:
    """End an agent's login on a DN; what runs on there goes on without an agent."""
    agent = dn.agent
    if agent is None:
        return
    if dn.login is not None:
        world.end_at_dn(dn, dn.login)
        dn.login = None
    _end_mode(world, dn)
    world.happen_at_dn(dn, "AgentLogout")
    for action in dn.actions.values():
        world.cut(action)
    dn.agent = None
    del agent.dns[dn.ident]
    world.dirty_dns[dn] = None
    world.dirty_agents[agent] = None


def agent_ready(world: World, event: SwitchEvent) -> None:
    """WaitForNextCall begins."""
    _change_mode(world, event, "WaitForNextCall")


def agent_notready(world: World, event: SwitchEvent) -> None:
    """NotReadyForNextCall begins."""
    _change_mode(world, event, "NotReadyForNextCall")


def agent_acw(world: World, event: SwitchEvent) -> None:
    """AfterCallWork begins."""
    _change_mode(world, event, "AfterCallWork")


def _change_mode(world: World, event: SwitchEvent, mode: str) -> None:
    dns = _dns(world, event)
    if not all(dn.is_registered for dn in dns):
        raise Refused
    if event.reason is not None:
        text(event.reason)
    world.advance(event.time_ms)
    for dn in dns:
        if dn.mode is None or dn.mode.kind.name != mode or dn.reason != event.reason:
            _end_mode(world, dn)
            _begin_mode(world, dn, mode, event.reason)


def _begin_mode(world: World, dn: Dn, mode: str, reason: str | None) -> None:
    dn.reason = reason
    attached = {} if reason is None else {"ExtensionReasonCode": reason, "Reasons": reason}
    dn.mode = world.begin_at_dn(dn, mode, None, attached)


def _end_mode(world: World, dn: Dn) -> None:
    if dn.mode is not None:
        world.end_at_dn(dn, dn.mode)
        dn.mode = dn.reason = None


def _dns(world: World, event: SwitchEvent) -> list[Dn]:
    """The DN named, or all on which the agent named is logged in; someone must be."""
    if event.dn is not None:
        dn = world.dns.get(text(event.dn))
        dns = [] if dn is None or dn.agent is None else [dn]
    else:
        agent = world.agents.get(text(event.agent))
        dns = [] if agent is None else list(agent.dns.values())
    if not dns:
        raise Refused
    return dns


def dn_registered(world: World, event: SwitchEvent) -> None:
    """NotMonitored ends, Monitored begins."""
    number = text(event.dn)
    dn = world.dns.get(number)
    if dn is not None and dn.is_registered:
        raise Refused
    world.advance(event.time_ms)
    if dn is None:
        world.dn(number)
        return
    dn.is_registered = True
    _clear(world, dn)
    world.begin_at_dn(dn, "Monitored")


def dn_unregistered(world: World, event: SwitchEvent) -> None:
    """Everything at the DN ends, NotMonitored begins; the login stays."""
    dn = world.dns.get(text(event.dn))
    if dn is None or not dn.is_registered:
        raise Refused
    world.advance(event.time_ms)
    dn.is_registered = False
    _clear(world, dn)
    dn.login = dn.mode = dn.reason = None
    forget_parties(world, dn)
    world.begin_at_dn(dn, "NotMonitored")


def forget_parties(world: World, dn: Dn) -> None:
    """The calls at a DN are there no more."""
    for ident in tuple(dn.parties):
        call = world.calls[ident]
        del dn.parties[ident], call.parties[dn.ident]
        world.rest(call)


def _clear(world: World, dn: Dn) -> None:
    for action in tuple(dn.actions.values()):
        world.end_at_dn(dn, action)


def group_add(world: World, event: SwitchEvent) -> None:
    """An agent joins a group: what runs for the agent begins for the group."""
    agent, board = _membership(world, event)
    if board in agent.boards:
        raise Refused
    now_ms = world.advance(event.time_ms)
    agent.boards.append(board)
    world.members[board][agent] = None
    for dn in agent.dns.values():
        for action in dn.actions.values():
            board.begin(action, now_ms)
    _dirty(world, agent)


def group_remove(world: World, event: SwitchEvent) -> None:
    """An agent leaves a group: what runs for the agent ends for the group."""
    agent, board = _membership(world, event)
    if board not in agent.boards:
        raise Refused
    world.advance(event.time_ms)
    leave_group(world, agent, board)


def leave_group(world: World, agent: Agent, board: Board) -> None:
    """Take a group's board off an agent."""
    agent.boards.remove(board)
    world.members[board].pop(agent, None)
    for dn in agent.dns.values():
        for action in dn.actions.values():
            if board in action.boards:
                board.end(action, world.now_ms)
    _dirty(world, agent)


def _dirty(world: World, agent: Agent) -> None:
    world.dirty_agents[agent] = None
    for dn in agent.dns.values():
        world.dirty_dns[dn] = None


def _membership(world: World, event: SwitchEvent) -> tuple[Agent, Board]:
    agent = world.agents.get(text(event.agent))
    group = text(event.group)
    boards = [world.boards.get((kind, group)) for kind in GROUP_TYPES]
    board = next((board for board in boards if board is not None), None)
    if agent is None or board is None:
        raise Refused
    return agent, board


def queue_skill_add(world: World, event: SwitchEvent) -> None:
    """A queue joins a skill's virtual queue."""
    queue, board = _virtual_queue(world, event)
    if board in queue.boards:
        raise Refused
    now_ms = world.advance(event.time_ms)
    queue.boards.append(board)
    for wait in queue.waiting.values():
        board.begin(wait, now_ms)


def queue_skill_remove(world: World, event: SwitchEvent) -> None:
    """A queue leaves a skill's virtual queue."""
    queue, board = _virtual_queue(world, event)
    if board not in queue.boards:
        raise Refused
    world.advance(event.time_ms)
    leave_virtual_queue(world, queue, board)


def leave_virtual_queue(world: World, queue: Queue, board: Board) -> None:
    """Take a virtual queue's board off a queue."""
    queue.boards.remove(board)
    for wait in queue.waiting.values():
        if board in wait.boards:
            board.end(wait, world.now_ms)


def _virtual_queue(world: World, event: SwitchEvent) -> tuple[Queue, Board]:
    queue = world.queues.get(text(event.queue))
    board = world.boards.get(("SKILL_Q", text(event.group)))
    if queue is None or board is None:
        raise Refused
    return queue, board
