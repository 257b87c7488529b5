"""What calls do at queues and DNs, and the actions this makes (statistics-spec.md section 3).

Every handler refuses before it changes anything.
"""

from __future__ import annotations

from collections.abc import Mapping

from supervision.statistics.events import SwitchEvent
from supervision.statistics.occurrences import Occurrence
from supervision.statistics.places import Call, Dn, Party
from supervision.statistics.refusal import Refused, text
from supervision.statistics.vocabulary import ACTION, CALL_TYPES, KIND_OF
from supervision.statistics.world import World


def call_queued(world: World, event: SwitchEvent) -> None:
    """CallEntered, CallWait begins; a call that waits elsewhere moves."""
    ident = text(event.call)
    queue = world.queues.get(text(event.queue))
    known = world.calls.get(ident)
    if queue is None or (known is not None and known.waiting and known.queue is queue):
        raise Refused
    _check(event)
    now_ms = world.advance(event.time_ms)
    call = world.call(ident)
    _end_wait(world, call)
    _take_fields(world, call, event)
    call.type = call.type or "Inbound"
    _attach(world, call, {"ThisQueue": queue.ident})
    call.queue = queue
    call.origin = queue.ident, now_ms
    world.happen_at_queue(queue, "CallEntered", None, call)
    wait = Occurrence(
        world.next_ident(),
        ACTION,
        KIND_OF["CallWait"],
        now_ms,
        conn=ident,
        attached=call.attached,
    )
    call.waiting = queue.waiting[wait.ident] = wait
    for board in queue.boards if wait.slot in world.virtual_slots else queue.alone:
        board.begin(wait, now_ms)
    world.idle.pop(ident, None)


def call_abandoned(world: World, event: SwitchEvent) -> None:
    """CallWait ends; CallAbandoned since queued."""
    _leave(world, event, "CallAbandoned")


def call_distributed(world: World, event: SwitchEvent) -> None:
    """CallWait ends; CallDistributed since queued."""
    _leave(world, event, "CallDistributed")


def _leave(world: World, event: SwitchEvent, label: str) -> None:
    call = _known(world, event)
    wait, queue = call.waiting, call.queue
    if wait is None or queue is None:
        raise Refused
    _check(event)
    world.advance(event.time_ms)
    _take_fields(world, call, event)
    _end_wait(world, call)
    world.happen_at_queue(queue, label, wait.start_ms, call)
    if label == "CallAbandoned":
        call.origin = None
    world.rest(call)


def call_ringing(world: World, event: SwitchEvent) -> None:
    """CallRinging begins, CallRingingStarted."""
    call, party = _arrive(world, event)
    party.ringing = _begin(world, call, party, "CallRinging" + party.type)
    _happen(world, call, party.dn, "CallRingingStarted")


def call_dialing(world: World, event: SwitchEvent) -> None:
    """CallDialing begins, CallDialingStarted."""
    call, party = _arrive(world, event)
    party.dialing = _begin(world, call, party, "CallDialing" + party.type)
    _happen(world, call, party.dn, "CallDialingStarted")


def call_answered(world: World, event: SwitchEvent) -> None:
    """Ringing or dialling ends, the call action begins; CallAnswered at the DN and its queue."""
    call = world.calls.get(text(event.call))
    party = call.parties.get(text(event.dn)) if call is not None else None
    if call is None or party is None:
        call, party = _arrive(world, event)
    elif party.talk is not None:
        raise Refused
    else:
        _check(event)
        world.advance(event.time_ms)
        _take_fields(world, call, event)
        party.type = event.type or party.type
    _talk(world, call, party)


def _talk(world: World, call: Call, party: Party) -> None:
    dn = party.dn
    rang = party.ringing
    if rang is not None:
        world.end_at_dn(dn, rang)
    if party.dialing is not None:
        world.end_at_dn(dn, party.dialing)
    party.ringing = party.dialing = None
    party.talk = _begin(world, call, party, "Call" + party.type)
    _happen(world, call, dn, "Call" + party.type + "Started")
    if rang is not None:
        _happen(world, call, dn, "CallAnswered", rang.start_ms)
        _happen_at_origin(world, call, party, "CallAnswered")
    call.origin = None


def call_ring_abandoned(world: World, event: SwitchEvent) -> None:
    """The caller gave up while it rang: CallAbandonedFromRinging at the DN and its queue."""
    call, party, rang = _rang(world, event)
    _end_ringing(world, event, call, party, rang)
    _happen(world, call, party.dn, "CallAbandonedFromRinging", rang.start_ms)
    _happen_at_origin(world, call, party, "CallAbandonedFromRinging")
    call.origin = None
    _drop(world, call, party)


def call_ring_cancelled(world: World, event: SwitchEvent) -> None:
    """No answer, redirected: CallForwarded if it came from a queue; it may be queued again."""
    call, party, rang = _rang(world, event)
    _end_ringing(world, event, call, party, rang)
    if party.origin is not None:
        _happen(world, call, party.dn, "CallForwarded", rang.start_ms)
    _drop(world, call, party)


def _rang(world: World, event: SwitchEvent) -> tuple[Call, Party, Occurrence]:
    call, party = _present(world, event)
    if party.ringing is None:
        raise Refused
    return call, party, party.ringing


def _end_ringing(
    world: World, event: SwitchEvent, call: Call, party: Party, rang: Occurrence
) -> None:
    _check(event)
    world.advance(event.time_ms)
    _take_fields(world, call, event)
    world.end_at_dn(party.dn, rang)
    party.ringing = None


def call_held(world: World, event: SwitchEvent) -> None:
    """CallOnHold begins; the call's own action goes on, hidden as a status."""
    call, party = _present(world, event)
    if party.talk is None or party.hold is not None:
        raise Refused
    _check(event)
    world.advance(event.time_ms)
    _take_fields(world, call, event)
    party.talk.is_hidden = True
    party.hold = _begin(world, call, party, "CallOnHold" + party.type)


def call_retrieved(world: World, event: SwitchEvent) -> None:
    """CallOnHold ends; CallRetrievedFromHold."""
    call, party = _present(world, event)
    hold = party.hold
    if hold is None or party.talk is None:
        raise Refused
    _check(event)
    world.advance(event.time_ms)
    _take_fields(world, call, event)
    party.talk.is_hidden = False
    party.hold = None
    world.end_at_dn(party.dn, hold)
    _happen(world, call, party.dn, "CallRetrievedFromHold", hold.start_ms)


def call_released(world: World, event: SwitchEvent) -> None:
    """What runs for the party ends; the call action's completion at the DN, CallReleased."""
    call, party = _present(world, event)
    _check(event)
    world.advance(event.time_ms)
    _take_fields(world, call, event)
    talk = party.talk
    for action in party.running():
        world.end_at_dn(party.dn, action)
    if talk is not None:
        _happen(world, call, party.dn, "Call" + party.type + "Completed", talk.start_ms)
        queue = world.queues.get(party.origin[0]) if party.origin is not None else None
        if queue is not None and party.type == "Inbound":
            world.happen_at_queue(queue, "CallReleased", talk.start_ms, call)
    _drop(world, call, party)


def call_data(world: World, event: SwitchEvent) -> None:
    """The call's attached data change; a value None takes a key away."""
    ident = text(event.call)
    if not isinstance(event.data, Mapping):
        raise Refused
    _check(event)
    world.advance(event.time_ms)
    call = world.call(ident)
    _take_fields(world, call, event)
    world.rest(call)


def _known(world: World, event: SwitchEvent) -> Call:
    call = world.calls.get(text(event.call))
    if call is None:
        raise Refused
    return call


def _present(world: World, event: SwitchEvent) -> tuple[Call, Party]:
    call = _known(world, event)
    party = call.parties.get(text(event.dn))
    if party is None:
        raise Refused
    return call, party


def _check(event: SwitchEvent) -> None:
    if event.type is not None and event.type not in CALL_TYPES:
        raise Refused
    if event.data is not None and not isinstance(event.data, Mapping):
        raise Refused


def _arrive(world: World, event: SwitchEvent) -> tuple[Call, Party]:
    """A call comes to a DN at which it is not yet."""
    ident, number = text(event.call), text(event.dn)
    known, dn = world.calls.get(ident), world.dns.get(number)
    if (known is not None and number in known.parties) or (dn and not dn.is_registered):
        raise Refused
    _check(event)
    world.advance(event.time_ms)
    dn = world.dn(number)
    call = world.call(ident)
    _take_fields(world, call, event)
    party = Party(dn, event.type or call.type or "Unknown", call.origin)
    call.parties[number] = dn.parties[ident] = party
    world.idle.pop(ident, None)
    return call, party


def _take_fields(world: World, call: Call, event: SwitchEvent) -> None:
    if event.type is not None:
        call.type = event.type
    if event.data:
        _attach(world, call, event.data)


def _attach(world: World, call: Call, attached: Mapping[str, object]) -> None:
    for key, value in attached.items():
        if value is None:
            call.attached.pop(key, None)
        else:
            call.attached[key] = value
    if not world.has_filters:
        return
    if call.waiting is not None:
        world.recheck(call.waiting)
    for party in call.parties.values():
        world.dirty_dns[party.dn] = None
        for action in party.running():
            world.recheck(action)


def _begin(world: World, call: Call, party: Party, label: str) -> Occurrence:
    return world.begin_at_dn(party.dn, label, call.ident, call.attached)


def _happen(world: World, call: Call, dn: Dn, label: str, since_ms: int | None = None) -> None:
    world.happen_at_dn(dn, label, since_ms, call.ident, call.attached)


def _happen_at_origin(world: World, call: Call, party: Party, label: str) -> None:
    if party.origin is not None and party.origin[0] in world.queues:
        ident, since_ms = party.origin
        world.happen_at_queue(world.queues[ident], label, since_ms, call)


def _end_wait(world: World, call: Call) -> None:
    if call.waiting is not None and call.queue is not None:
        wait, call.waiting = call.waiting, None
        del call.queue.waiting[wait.ident]
        world.cut(wait)


def _drop(world: World, call: Call, party: Party) -> None:
    del call.parties[party.dn.ident], party.dn.parties[call.ident]
    world.rest(call)
