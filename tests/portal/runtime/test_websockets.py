import pytest
from asgiref.sync import async_to_sync
from channels.testing import WebsocketCommunicator

from portal.asgi import application
from portal.runtime.websockets import is_allowed_origin


@pytest.mark.parametrize(
    ("host", "origin", "is_allowed"),
    [
        ("localhost:8080", None, True),
        ("localhost:8080", "http://localhost:8080", True),
        ("localhost", "https://localhost", True),
        ("localhost:8080", "http://LOCALHOST:8080", True),
        ("localhost:8080", "http://localhost:9090", False),
        ("localhost:8080", "http://evil.example", False),
        ("localhost:8080", "null", False),
        ("localhost:8080", "", False),
        ("evil.example", "http://evil.example", False),
        ("evil.example", None, False),
        ("", None, False),
        ("[", None, False),
    ],
)
def test_only_pages_of_the_portal_itself_may_connect(host, origin, is_allowed):
    headers = [(b"host", host.encode())]
    if origin is not None:
        headers.append((b"origin", origin.encode()))

    assert is_allowed_origin(headers) is is_allowed


def test_a_trusted_origin_may_connect(settings):
    settings.CSRF_TRUSTED_ORIGINS = ["https://board.example"]

    assert is_allowed_origin([(b"host", b"localhost"), (b"origin", b"https://board.example")])


@pytest.mark.parametrize("path", ["/ws/nothing", "/", "/ws/supervision/more"])
def test_an_unknown_path_is_closed_before_it_is_accepted(path: str):
    @async_to_sync
    async def connect() -> bool:
        headers = [(b"host", b"localhost")]
        is_connected, _ = await WebsocketCommunicator(application, path, headers).connect()
        return is_connected

    assert not connect()
