"""Every write of the room. Locks are taken in the order that `telephony.repository` gives."""
