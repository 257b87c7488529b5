from telephony.models.agent_session import AgentSession, OtherDevice
from telephony.models.call import Call, Leg
from telephony.models.call_record import CallPartRecord, CallRecord
from telephony.models.contact_center_session import ContactCenterSession
from telephony.models.forwarding import Forwarding
from telephony.models.link import VoiceLink
from telephony.models.monitoring import Monitoring, MonitoringSession, MonitoringStep
from telephony.models.outside_party import OutsideParty
from telephony.models.timer import Timer

__all__ = [
    "AgentSession",
    "Call",
    "CallPartRecord",
    "CallRecord",
    "ContactCenterSession",
    "Forwarding",
    "Leg",
    "Monitoring",
    "MonitoringSession",
    "MonitoringStep",
    "OtherDevice",
    "OutsideParty",
    "Timer",
    "VoiceLink",
]
