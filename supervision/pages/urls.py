from django.urls import path

from portal.web.home import HomePage
from provisioning.pages.home import AGENT_PART, CONTACT_CENTER_PART
from supervision.pages.agent import ActOnAgent, AgentDetail, AgentNow, LogOutAgent
from supervision.pages.agents import LiveAgents
from supervision.pages.calls import CallDetail, LiveCalls, PastCalls
from supervision.pages.home import LIVE_PART
from supervision.pages.wallboard import Wallboard

urlpatterns = [
    path("", HomePage.as_view(parts=(LIVE_PART, CONTACT_CENTER_PART, AGENT_PART)), name="home"),
    path("supervision/agents", LiveAgents.as_view(), name="live-agents"),
    path("supervision/agents/<uuid:pk>", AgentDetail.as_view(), name="agent"),
    path("supervision/agents/<uuid:pk>/now", AgentNow.as_view(), name="agent-now"),
    path("supervision/agents/<uuid:pk>/act", ActOnAgent.as_view(), name="agent-act"),
    path("supervision/agents/<uuid:pk>/log-out", LogOutAgent.as_view(), name="agent-log-out"),
    path("supervision/calls", LiveCalls.as_view(), name="calls"),
    path("supervision/calls/past", PastCalls.as_view(), name="past-calls"),
    path("supervision/calls/<slug:call_uuid>", CallDetail.as_view(), name="call"),
    path("wallboard", Wallboard.as_view(), name="wallboard"),
]
