"""Worked examples through the documented entry point."""

import json
from pathlib import Path

import pytest

from supervision.statistics import vectors

HERE = Path(__file__).parent
AGENT = {"a1": {"dns": ["1001"]}}


def stat(category, subject, mask=None, kind="AGENT", **more):
    inner = {"category": category, "subject": subject, **more}
    if mask:
        inner["mainMask"] = mask
    return {"objectType": kind, "statisticDefinitionEx": inner}


def scenario(objects, stats, events, queries, **more):
    """Events as ``(t, name, fields)``, queries as ``(t, object, stat, expected)``."""
    return {
        "objects": objects,
        "stats": {name: {"name": name, **given} for name, given in stats.items()},
        "events": [{"t": t, "ev": name, **fields} for t, name, fields in events],
        "queries": [
            {"t": t, "object": who, "stat": name, "expect": value}
            for t, who, name, value in queries
        ],
        **more,
    }


def at(dn, call="c1", **more):
    return {"dn": dn, "call": call, **more}


def login(t, agent="a1", dn="1001"):
    return [(t, "agent_login", {"agent": agent, "dn": dn}), (t, "agent_ready", {"dn": dn})]


def served(call, queued, rang, answered, released, queue="q1", dn="1001"):
    return [
        (queued, "call_queued", {"call": call, "queue": queue}),
        (rang, "call_distributed", {"call": call}),
        (rang, "call_ringing", at(dn, call)),
        (answered, "call_answered", at(dn, call)),
        (released, "call_released", at(dn, call)),
    ]


DAY = {"intervalType": "GrowingWindow", "dynamicTimeProfile": "0:00"}
SCENARIOS = {
    "abandoned while ringing": scenario(
        {"agents": AGENT, "queues": ["q1"]},
        {
            "Lost": stat("TotalNumber", "DNAction", "CallAbandoned", "QUEUE"),
            "LostRinging": stat("TotalTime", "DNAction", "CallAbandonedFromRinging", "QUEUE"),
            "RangInVain": stat("TotalTime", "DNAction", "CallAbandonedFromRinging"),
            "Level": stat("ServiceFactor1", "DNAction", None, "QUEUE", timeRangeRight2=10),
        },
        [
            *login(36000),
            *served("c0", 36000, 36001, 36005, 36090),
            (36100, "call_queued", {"call": "c1", "queue": "q1"}),
            (36110, "call_distributed", {"call": "c1"}),
            (36110, "call_ringing", at("1001")),
            (36115, "call_ring_abandoned", at("1001")),
        ],
        [
            (36120, "q1", "Lost", 0),
            (36120, "q1", "LostRinging", 15),
            (36120, "a1", "RangInVain", 5),
            (36120, "q1", "Level", 50),
        ],
    ),
    "consultation outranks the held call, its dialling does not": scenario(
        {"agents": AGENT, "queues": []},
        {"St": stat("CurrentState", "AgentStatus", "*")},
        [
            *login(36000),
            (36010, "call_answered", at("1001", type="Inbound")),
            (36020, "call_held", at("1001")),
            (36022, "call_dialing", at("1001", "c2", type="Consult")),
            (36030, "call_answered", at("1001", "c2")),
            (36040, "call_released", at("1001", "c2")),
            (36045, "call_retrieved", at("1001")),
        ],
        [
            (36025, "a1", "St", {"agent": "a1", "status": "CallOnHold", "duration": 5}),
            (36035, "a1", "St", {"agent": "a1", "status": "CallConsult", "duration": 5}),
            (36042, "a1", "St", {"agent": "a1", "status": "CallOnHold", "duration": 2}),
            (36050, "a1", "St", {"agent": "a1", "status": "CallInbound", "duration": 5}),
        ],
    ),
    "productivity counts statuses": scenario(
        {"agents": AGENT, "queues": []},
        {
            "Productivity": stat(
                "AverageNumberPerRelativeHour",
                "AgentStatus",
                "CallInbound",
                relativeMask="*,~LoggedOut,~NotMonitored",
            )
        },
        [
            *login(36000),
            (36010, "call_answered", at("1001", type="Inbound")),
            (36020, "call_held", at("1001")),
            (36030, "call_retrieved", at("1001")),
            (36040, "call_released", at("1001")),
        ],
        [(35000, "a1", "Productivity", 0), (36000 + 1800, "a1", "Productivity", 4)],
    ),
    "sliding window over statuses": scenario(
        {"agents": AGENT, "queues": []},
        {
            "T": stat(
                "TotalTime",
                "AgentStatus",
                "CallInbound",
                intervalType="SlidingWindow",
                dynamicTimeProfile="60:10",
            ),
            "N": stat(
                "TotalNumber",
                "AgentStatus",
                "CallInbound",
                intervalType="SlidingWindow",
                dynamicTimeProfile="60:10",
            ),
        },
        [
            *login(36000),
            (36015, "call_answered", at("1001", type="Inbound")),
            (36055, "call_released", at("1001")),
        ],
        [
            (36019, "a1", "T", 0),
            (36020, "a1", "T", 5),
            (36049, "a1", "T", 25),
            (36060, "a1", "T", 40),
            (36080, "a1", "T", 35),
            (36080, "a1", "N", 0),
            (36070, "a1", "N", 1),
        ],
    ),
    "queue length and its extremes": scenario(
        {"agents": {}, "queues": ["q1"]},
        {
            "Max": stat("MaxNumber", "DNAction", "CallWait", "QUEUE"),
            "Min": stat(
                "MinNumber", "DNAction", "CallWait", "QUEUE", dynamicTimeProfile="0:00+1:00"
            ),
            "Avg": stat(
                "AverageOfCurrentNumber",
                "DNAction",
                "CallWait",
                "QUEUE",
                dynamicTimeProfile="0:00+1:00",
            ),
        },
        [
            (35990, "call_queued", {"call": "c1", "queue": "q1"}),
            (36010, "call_queued", {"call": "c2", "queue": "q1"}),
            (36020, "call_abandoned", {"call": "c1"}),
            (36020, "call_queued", {"call": "c3", "queue": "q1"}),
            (36030, "call_abandoned", {"call": "c2"}),
            (36040, "call_abandoned", {"call": "c3"}),
        ],
        [
            (36035, "q1", "Max", 2),
            (36035, "q1", "Min", 1),
            (36040, "q1", "Min", 0),
            (36040, "q1", "Avg", (10 + 20 + 20 + 10) / 40 - 0.0),
            (35999, "q1", "Min", 0),
        ],
    ),
    "the short day of a zone": scenario(
        {"agents": {}, "queues": ["q1"]},
        {
            "Day": stat("TotalNumber", "DNAction", "CallEntered", "QUEUE"),
            "Hour": stat(
                "TotalNumber", "DNAction", "CallEntered", "QUEUE", dynamicTimeProfile="0:00+1:00"
            ),
        },
        [
            (7100, "call_queued", {"call": "c1", "queue": "q1"}),
            (7300, "call_queued", {"call": "c2", "queue": "q1"}),
        ],
        [
            (7199, "q1", "Hour", 1),
            (7200, "q1", "Hour", 0),
            (10799, "q1", "Hour", 1),
            (10800, "q1", "Hour", 0),
            (23 * 3600 - 1, "q1", "Day", 2),
            (23 * 3600, "q1", "Day", 0),
        ],
        tz="Europe/Berlin",
        base="2024-03-31",
    ),
    "continuous time": scenario(
        {"agents": AGENT, "queues": []},
        {
            "Busy": stat(
                "CurrentContinuousTime", "AgentStatus", "CallInbound,CallOnHold,AfterCallWork"
            )
        },
        [
            *login(36000),
            (36010, "call_answered", at("1001", type="Inbound")),
            (36020, "call_held", at("1001")),
            (36030, "call_released", at("1001")),
            (36030, "agent_acw", {"dn": "1001"}),
            (36050, "agent_ready", {"dn": "1001"}),
        ],
        [(36005, "a1", "Busy", 0), (36045, "a1", "Busy", 35), (36055, "a1", "Busy", 0)],
    ),
    "virtual queue of a skill": scenario(
        {"agents": AGENT, "queues": ["q1", "q2", "q3"], "skill_q": {"s1": ["q1", "q2"]}},
        {
            "In": stat("CurrentNumber", "DNAction", "CallWait", "SKILL_Q"),
            "Level": stat(
                "ServiceFactor1", "DNAction", None, "SKILL_Q", timeRangeRight=20, timeRangeRight2=5
            ),
        },
        [
            *login(36000),
            (36000, "call_queued", {"call": "c9", "queue": "q3"}),
            *served("c1", 36000, 36010, 36015, 36020, "q1"),
            *served("c2", 36020, 36040, 36045, 36050, "q2"),
            (36060, "call_queued", {"call": "c3", "queue": "q2"}),
        ],
        [(36005, "s1", "In", 1), (36070, "s1", "In", 1), (36070, "s1", "Level", 50)],
    ),
    "a status over the reset": scenario(
        {"agents": AGENT, "queues": []},
        {
            "T": stat("TotalTime", "AgentStatus", "WaitForNextCall"),
            "N": stat("TotalNumber", "AgentStatus", "WaitForNextCall"),
            "NA": stat("TotalAdjustedNumber", "AgentStatus", "WaitForNextCall"),
            "Max": stat("MaxTime", "AgentStatus", "WaitForNextCall"),
        },
        [*login(86300), (86500, "agent_notready", {"dn": "1001"})],
        [
            (86399, "a1", "T", 99),
            (86399, "a1", "N", 1),
            (86400, "a1", "T", 0),
            (86450, "a1", "T", 50),
            (86450, "a1", "N", 0),
            (86450, "a1", "NA", 1),
            (86450, "a1", "Max", 50),
            (86600, "a1", "T", 100),
        ],
    ),
    "filter over the queue and a mode's reason": scenario(
        {"agents": AGENT, "queues": ["q1", "q2"]},
        {
            "Lunch": stat(
                "TotalTime",
                "AgentStatus",
                "NotReadyForNextCall",
                dynamicFilter="ExtensionReasonCode=lunch",
            ),
            "FromQ1": stat(
                "TotalNumber", "DNAction", "CallAnswered", dynamicFilter='ThisQueue="q1"'
            ),
        },
        [
            *login(36000),
            (36010, "agent_notready", {"dn": "1001", "reason": "lunch"}),
            (36040, "agent_notready", {"dn": "1001", "reason": "meeting"}),
            (36050, "agent_ready", {"dn": "1001"}),
            *served("c1", 36060, 36061, 36062, 36063, "q1"),
            *served("c2", 36070, 36071, 36072, 36073, "q2"),
        ],
        [(36100, "a1", "Lunch", 30), (36100, "a1", "FromQ1", 1)],
    ),
}


@pytest.mark.parametrize("name", SCENARIOS)
def test_a_worked_scenario_gives_the_expected_values(name):
    assert vectors.failures(SCENARIOS[name]) == []


def test_the_command_reports_each_scenario_and_fails_with_any(tmp_path, capsys):
    good = scenario(
        {"queues": ["q1"]},
        {"N": stat("TotalNumber", "DNAction", "*", "QUEUE")},
        [(5, "call_queued", {"call": "c1", "queue": "q1"})],
        [(5, "q1", "N", 1)],
    )
    bad = {**good, "id": "bad", "queries": [{**good["queries"][0], "expect": 2}]}
    path = tmp_path / "vectors.json"

    path.write_text(json.dumps({"vectors": [{**good, "id": "good"}]}), encoding="utf-8")
    assert vectors.main([str(path)]) == 0
    path.write_text(json.dumps({"vectors": [{**good, "id": "good"}, bad]}), encoding="utf-8")
    assert vectors.main([str(path)]) == 1

    printed = capsys.readouterr().out
    assert "FAIL bad" in printed
    assert "N of q1 at 5: 1, expected 2" in printed


def test_the_derived_vectors_all_pass():
    given = json.loads((HERE / "vectors.json").read_text(encoding="utf-8"))
    failed = {one["id"]: vectors.failures(one) for one in given["vectors"]}

    assert len(failed) == 24
    assert {name: lines for name, lines in failed.items() if lines} == {}
