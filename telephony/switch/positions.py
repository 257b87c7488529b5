"""The devices of an agent's session, and which of them he works at.

Seed 003 "Presence" logs an agent in at one device and gives him all of his place: each has a state
and a do-not-disturb of its own. He works at one that takes calls, else at one where he is ready or
at least logged in; what he is there is the state of his voice channel.
"""

from collections.abc import Sequence

from telephony.switch.state import AgentSession, Position
from telephony.switch.tables import Presence

_NEARNESS_TO_WORK = (
    Presence.INACTIVE,
    Presence.LOGGED_OUT,
    Presence.NOT_READY,
    Presence.READY,
)


def positions_of(agent: AgentSession) -> list[Position]:
    """All of them, the one that he works at first. Copies: `put_positions` makes changes count."""
    if agent.device_id is None:
        return []
    working = Position(
        device_id=agent.device_id,
        number=agent.number,
        answers_on_request=agent.answers_on_request,
        mode=agent.mode,
        is_do_not_disturb=agent.is_do_not_disturb,
    )
    return [working, *agent.others]


def put_positions(agent: AgentSession, positions: Sequence[Position]) -> None:
    """Let him work at the one that is nearest to it; the first of equals."""
    working = max(positions, key=_rank)
    agent.device_id = working.device_id
    agent.number = working.number
    agent.answers_on_request = working.answers_on_request
    agent.mode = working.mode
    agent.is_do_not_disturb = working.is_do_not_disturb
    agent.others = [position for position in positions if position is not working]


def position_at(agent: AgentSession, device_id: str) -> Position | None:
    return next((one for one in positions_of(agent) if one.device_id == device_id), None)


def is_undisturbed(agent: AgentSession) -> bool:
    """Whether do-not-disturb is on at every device of his session."""
    positions = positions_of(agent)
    return bool(positions) and all(position.is_do_not_disturb for position in positions)


def _rank(position: Position) -> tuple[bool, int]:
    return position.takes_calls, _NEARNESS_TO_WORK.index(position.mode.presence)
