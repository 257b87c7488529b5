"""The table of monitoring: what clients read, what is refused, and docs/telephony.md agree."""

import pytest

from telephony.switch.monitoring_table import (
    MONITOR_OPERATIONS,
    MonitorOperation,
    MonitorPhase,
    call_capabilities_of,
    device_capabilities_of,
    is_muted_in,
    phase_after,
)
from telephony.switch.tables import INCORRECT_STATE, MonitorKind, RefusedError
from tests.processes import ROOT


def as_markdown() -> list[str]:
    rows = [
        "| monitoring | " + " | ".join(MonitorOperation) + " |",
        "|---" * (len(MonitorOperation) + 1) + "|",
    ]
    for phase, possible in MONITOR_OPERATIONS.items():
        cells = [
            "" if name not in possible else "stays" if possible[name] is phase else possible[name]
            for name in MonitorOperation
        ]
        rows.append(" | ".join([f"| {phase}", *map(str, cells)]) + " |")
    return rows


def test_the_documentation_has_the_table():
    lines = (ROOT / "docs" / "telephony.md").read_text(encoding="utf-8").splitlines()
    wanted = as_markdown()
    assert wanted[0] in lines, "\n".join(wanted)
    at = lines.index(wanted[0])
    assert lines[at : at + len(wanted)] == wanted, "\n".join(wanted)


@pytest.mark.parametrize("phase", MonitorPhase)
@pytest.mark.parametrize("operation", MonitorOperation)
def test_what_the_table_leaves_out_is_refused(phase, operation):
    if operation in MONITOR_OPERATIONS[phase]:
        assert phase_after(phase, operation) is MONITOR_OPERATIONS[phase][operation]
        return
    with pytest.raises(RefusedError, match=INCORRECT_STATE):
        phase_after(phase, operation)


def test_nothing_leads_back_to_coach():
    for phase, possible in MONITOR_OPERATIONS.items():
        if phase is not MonitorPhase.COACH:
            assert MonitorPhase.COACH not in possible.values()


def test_capabilities_are_those_of_the_contract():
    asked = ["ListenIn", "Coach", "BargeIn"]
    assert device_capabilities_of(MonitorPhase.OFF) == asked
    for phase in set(MonitorPhase) - {MonitorPhase.OFF}:
        assert device_capabilities_of(phase) == [*asked, "CancelSupervisorMonitoring"]
    assert call_capabilities_of(MonitorKind.LISTEN_IN) == ["SwitchToBargeIn"]
    assert call_capabilities_of(MonitorKind.COACH) == ["SwitchToBargeIn", "SwitchToListenIn"]
    assert call_capabilities_of(MonitorKind.BARGE_IN) == ["SwitchToListenIn"]
    assert [is_muted_in(kind) for kind in MonitorKind] == [True, True, False]
