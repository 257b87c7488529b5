from dataclasses import dataclass

from django.db import models

from provisioning.models.base import ContactCenterModel


@dataclass(frozen=True, slots=True)
class SystemAgentState:
    guid: str
    operation_name: str
    display_name: str
    state: str
    work_mode: str = ""


# Seed 001 "System Defined Agent State Operations" and "Retrieving Available Agent State
# Operations"; the mixed case of Offline's id is the original's.
SYSTEM_AGENT_STATES = (
    SystemAgentState("9430250E-0A1B-421F-B372-F29E69366DED", "Ready", "Ready", "Ready"),
    SystemAgentState("900D55CC-2BB0-431F-8BF9-D3525B383BE6", "NotReady", "Not Ready", "NotReady"),
    SystemAgentState("0F7F5003-EF26-4D13-A6Ef-D0C7EC819BEB", "Offline", "Offline", "Logout"),
    SystemAgentState(
        "D3663509-3D82-4DD3-A82E-2EA8EFA02AEF",
        "AfterCallWork",
        "AfterCallWork",
        "NotReady",
        "AfterCallWork",
    ),
    SystemAgentState(
        "2B36138D-C564-4562-A8CB-3C32D564F296", "AuxWork", "AuxWork", "NotReady", "AuxWork"
    ),
)


class AgentState(ContactCenterModel):
    """An agent state operation: what an agent asks for by name, and the state it leads to."""

    STATES = ("Ready", "NotReady", "Logout")
    # Contract §2 "settings/agent-states".
    WORK_MODES = {
        "Ready": ("ManualIn", "AutoIn", "ReturnBack"),
        "NotReady": ("AfterCallWork", "AuxWork", "LegalGuard", "NoCallDisconnect", "WalkAway"),
        "Logout": (),
    }

    guid = models.CharField("id shown to clients", max_length=36)
    operation_name = models.CharField(max_length=64)
    display_name = models.CharField(max_length=255)
    state = models.CharField(max_length=16, choices=[(name, name) for name in STATES])
    work_mode = models.CharField(max_length=32, blank=True)
    reason = models.CharField(max_length=255, blank=True)
    is_system = models.BooleanField(default=False)

    class Meta:
        verbose_name = "agent state"
        constraints = [
            models.UniqueConstraint(
                fields=["contact_center", "operation_name"], name="agent_state_operation_once"
            ),
            models.UniqueConstraint(
                fields=["contact_center", "guid"], name="agent_state_guid_once"
            ),
            models.UniqueConstraint(
                fields=["contact_center", "reason"],
                condition=~models.Q(reason=""),
                name="agent_state_reason_once",
            ),
        ]

    def __str__(self) -> str:
        return self.operation_name
