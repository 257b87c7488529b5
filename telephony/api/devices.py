"""What is asked of a device at its own address."""

from telephony.api import agent_states, call_operations

OPERATIONS = (*agent_states.DEVICE_OPERATIONS, *call_operations.DEVICE_OPERATIONS)
