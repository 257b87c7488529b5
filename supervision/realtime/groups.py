"""The names under which the leader and the sockets find each other in the channel layer."""

from uuid import UUID

# Sockets ask here for a snapshot; whichever process leads answers.
SNAPSHOT_REQUESTS = "supervision.snapshots"


def group_of(contact_center_id: UUID | str) -> str:
    """The group of all sockets that watch a contact center."""
    return f"supervision.{UUID(str(contact_center_id)).hex}"
