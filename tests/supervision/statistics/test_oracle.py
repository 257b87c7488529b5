"""The engine against the naive reference, over random logs."""

from itertools import product

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from supervision.statistics.categories import CATEGORIES
from supervision.statistics.definitions import DefinitionError, parse_definitions
from supervision.statistics.engine import Engine
from supervision.statistics.events import SwitchEvent
from tests.supervision.statistics import streams
from tests.supervision.statistics.oracle import Oracle
from tests.supervision.statistics.streams import OPENING

INTERVALS = (
    ("GrowingWindow", "0:00"),
    ("GrowingWindow", "0:00+0:01"),
    ("GrowingWindow", "never"),
    ("SlidingWindow", "30:10"),
    ("SlidingWindow", "20:1"),
    ("SlidingSelection", "3"),
    ("SinceLogin", None),
)
MASKS = {
    "queue": (
        "CallWait",
        "CallAnswered",
        "CallEntered,CallAbandoned",
        "*",
        "*,~CallWait",
        "CallReleased,CallAbandonedFromRinging,CallDistributed",
    ),
    "action": (
        "CallInbound,CallOutbound,CallInternal,CallConsult,CallUnknown",
        "CallInbound,CallRinging,CallAnswered",
        "CallOnHoldInbound,CallInboundCompleted",
        "*",
        "WaitForNextCall,LoggedIn",
        "*,~Monitored,~LoggedIn",
    ),
    "status": (
        "WaitForNextCall",
        "CallInbound,CallOnHold",
        "*",
        "*,~LoggedOut,~NotMonitored",
        "NotReadyForNextCall,AfterCallWork,CallRinging",
    ),
}
FILTERS = (None, None, None, 'PairExists("L","es")', '~PairExists("L","*") | DNIS=800')
KINDS = (
    ("QUEUE", "DNAction"),
    ("SKILL_Q", "DNAction"),
    *product(("AGENT", "SKILL_AG"), ("DNAction", "DNStatus", "AgentStatus")),
)


def entries(seed, interval=None):
    """One definition for every category, object type and subject; the rest by lot."""
    lot = streams.lot_of(seed)
    for number, ((kind, subject), category) in enumerate(product(KINDS, CATEGORIES)):
        masks = MASKS["queue" if "Q" in kind else "action" if subject == "DNAction" else "status"]
        kind_of_window, profile = interval or lot.choice(INTERVALS)
        inner = {
            "category": category,
            "subject": subject,
            "mainMask": lot.choice(masks),
            "relativeMask": lot.choice(masks),
            "intervalType": kind_of_window,
            "distinguishByConnId": lot.random() < 0.3,
        }
        if profile:
            inner["dynamicTimeProfile"] = profile
        if lot.random() < 0.5:
            inner.update(timeRangeLeft=lot.choice((0, 1)), timeRangeRight=lot.choice((3, 11, 60)))
        if lot.random() < 0.5:
            inner.update(timeRangeLeft2=0, timeRangeRight2=lot.choice((5, 30)))
        chosen = lot.choice(FILTERS)
        if chosen:
            inner["dynamicFilter"] = chosen
        yield {
            "name": f"{category}{number}",
            "objectType": kind,
            "notificationMode": "PERIODICAL",
            "notificationFrequency": 10,
            "statisticDefinitionEx": inner,
        }


def definitions(seed, interval=None):
    found = []
    for entry in entries(seed, interval):
        try:
            found.extend(parse_definitions([entry]))
        except DefinitionError as error:
            assert error.field in ("category", "subject", "intervalType")  # noqa: PT017
    return found


def engine_of(found, zone="UTC", opening=OPENING):
    engine = Engine(found, zone=zone, opening=opening)
    for queue in streams.QUEUES:
        engine.add_queue(queue)
    for agent, numbers in streams.AGENTS.items():
        engine.add_agent(agent)
        for number in numbers:
            engine.add_dn(number)
    for skill in streams.SKILL_AG:
        engine.add_skill(skill)
    for skill, members in streams.SKILL_AG.items():
        for agent in members:
            engine.apply(SwitchEvent(opening, "group_add", group=skill, agent=agent))
    for skill, queues in streams.SKILL_Q.items():
        for queue in queues:
            engine.apply(SwitchEvent(opening, "queue_skill_add", group=skill, queue=queue))
    return engine


def instants(log, lot):
    """Where to look: at some events, between them, long after."""
    last = log[-1].time_ms
    chosen = lot.sample([event.time_ms for event in log], min(4, len(log)))
    between = [lot.randrange(log[0].time_ms, last + 1) for _ in range(2)]
    return sorted({*chosen, *between, last, last + 7_300, last + 61_000, last + 300_000})


def compare(found, log, looks, *, zone="UTC", opening=OPENING):
    engine = engine_of(found, zone, opening)
    position = 0
    for at_ms in looks:
        while position < len(log) and log[position].time_ms <= at_ms:
            engine.apply(log[position])
            position += 1
        oracle = Oracle(log[:position], opening=opening, zone=zone, **streams.WORLD)
        for one in found:
            for ident in streams.OBJECTS[one.object_type]:
                got = engine.value(one.object_type, ident, one.name, at_ms)
                expected = oracle.value(one, one.object_type, ident, at_ms)
                assert got == pytest.approx(expected, abs=1e-9), (one, ident, at_ms - opening)


FEW = settings(
    max_examples=25,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow],
)
MANY = settings(FEW, max_examples=150)
seeds = st.integers(0, 1 << 40)


@FEW
@given(seeds, st.integers(5, 50))
def test_every_value_is_that_of_the_naive_reference(seed, size):
    log = streams.log_of(seed, size)

    compare(definitions(seed), log, instants(log, streams.lot_of(seed)))


@pytest.mark.slow
@MANY
@given(seeds, st.integers(5, 90))
def test_every_value_is_that_of_the_naive_reference_over_many_logs(seed, size):
    log = streams.log_of(seed, size)

    compare(definitions(seed), log, instants(log, streams.lot_of(seed)))


@pytest.mark.parametrize("interval", INTERVALS)
def test_each_kind_of_window_agrees_with_the_naive_reference(interval):
    for seed in range(4):
        log = streams.log_of(seed, 60)

        compare(definitions(seed, interval), log, instants(log, streams.lot_of(seed)))
