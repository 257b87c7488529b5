import json

import pytest


@pytest.fixture(autouse=True)
def _log_at_rest(all_settled):
    pass


@pytest.fixture
def gateway(receiver, settings):
    """A push gateway, a real HTTP server, that gives the id `subscription-1` to everybody."""
    receiver.status = 200
    receiver.content = json.dumps({"id": "subscription-1"}).encode()
    settings.MOBILE_PUSH_URL = f"{receiver.base_url}/"
    return receiver
