from django.urls import path

from portal.web.home import HomePage
from provisioning.pages.home import AGENT_PART, CONTACT_CENTER_PART
from supervision.pages.agents import LiveAgents
from supervision.pages.home import LIVE_PART
from supervision.pages.wallboard import Wallboard

urlpatterns = [
    path("", HomePage.as_view(parts=(LIVE_PART, CONTACT_CENTER_PART, AGENT_PART)), name="home"),
    path("supervision/agents", LiveAgents.as_view(), name="live-agents"),
    path("wallboard", Wallboard.as_view(), name="wallboard"),
]
