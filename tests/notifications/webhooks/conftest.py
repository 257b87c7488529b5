import ipaddress

import pytest


def _commits(request) -> bool:
    mark = request.node.get_closest_marker("django_db")
    return mark is not None and bool(mark.kwargs.get("transaction"))


@pytest.fixture(autouse=True)
def _log_at_rest(request):
    """But for tests that commit: those see what is under way."""
    if not _commits(request):
        request.getfixturevalue("all_settled")


@pytest.fixture(autouse=True)
def _receivers_of_this_machine(settings):
    settings.WEBHOOK_ALLOWED_NETWORKS = [ipaddress.ip_network("127.0.0.0/8")]
    settings.WEBHOOK_ALLOW_HTTP = True
    # A receiver that nobody waits for keeps no test waiting.
    settings.WEBHOOK_TIMEOUT_SECONDS = 20
