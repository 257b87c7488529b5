"""The Bayeux server at /api/v2/notifications; docs/notifications.md explains how it works."""
