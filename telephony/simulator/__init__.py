"""Callers and agents for the demo and for load tests; they act by the public services only."""

from telephony.simulator.plan import Plan
from telephony.simulator.simulator import Simulator

__all__ = ["Plan", "Simulator"]
