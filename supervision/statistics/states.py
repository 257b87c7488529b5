"""CurrentState and CurrentTargetState: trees of agents, DNs, actions (spec section 8.3)."""

from __future__ import annotations

from typing import Any

from supervision.statistics.boards import Board
from supervision.statistics.definitions import Definition
from supervision.statistics.places import Agent, Dn

State = dict[str, Any] | list[dict[str, Any]]


def state_of(definition: Definition, board: Board, agents: list[Agent], at_ms: int) -> State:
    """The agent's tree; for a group the list of its members' trees by name."""
    trees = [_tree(definition, agent, at_ms) for agent in agents]
    if board.object_type == "AGENT":
        return trees[0]
    return sorted(trees, key=lambda tree: str(tree["agent"]))


def without_durations(state: Any) -> Any:
    """What of a state counts as a change: durations grow by themselves."""
    if isinstance(state, list):
        return [without_durations(tree) for tree in state]
    if isinstance(state, dict):
        return {key: value for key, value in state.items() if key != "duration"}
    return state


def _tree(definition: Definition, agent: Agent, at_ms: int) -> dict[str, Any]:
    status = agent.status
    tree: dict[str, Any] = {
        "agent": agent.ident,
        "status": "LoggedOut" if status is None else status.kind.name,
    }
    if status is not None and status.start_ms is not None:
        tree["duration"] = at_ms // 1000 - status.start_ms // 1000
    if definition.subject in ("DNAction", "DNStatus"):
        dns = sorted(agent.dns.values(), key=lambda dn: dn.ident)
        tree["dns"] = [_leaf(definition, dn) for dn in dns]
    return tree


def _leaf(definition: Definition, dn: Dn) -> dict[str, Any]:
    leaf: dict[str, Any] = {"dn": dn.ident, "status": dn.winner.kind.name if dn.winner else None}
    if definition.category == "CurrentState" and definition.subject == "DNAction":
        mask = definition.main_mask
        leaf["actions"] = sorted(
            action.kind.label for action in dn.actions.values() if mask.accepts(action.kind.names)
        )
    return leaf
