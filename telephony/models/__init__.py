from telephony.models.agent_session import AgentSession
from telephony.models.call import Call, Leg
from telephony.models.link import VoiceLink
from telephony.models.timer import Timer

__all__ = ["AgentSession", "Call", "Leg", "Timer", "VoiceLink"]
