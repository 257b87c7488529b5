"""A Bayeux server under daphne for `test_live.py`, with the driver's house instead of a portal.

POST /tell publishes {channel, data, to}; /held says which connect is held of the session that
the body names. The port it was given is the first line it prints.
"""

import os
import sys

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")

import django

django.setup()

import orjson  # noqa: E402
from daphne.endpoints import build_endpoint_description_strings  # noqa: E402
from daphne.server import Server as Daphne  # noqa: E402
from daphne.server import twisted_loop  # noqa: E402

from tests.notifications.bayeux.driver import House  # noqa: E402

TIMEOUT_MS = 2_000


class Application:
    def __init__(self) -> None:
        self.house = House(timeout_ms=TIMEOUT_MS)
        self.server = None

    async def __call__(self, scope, receive, send):
        if self.server is None:
            self.server = await self.house.start()
        if scope["path"] not in ("/tell", "/held"):
            await self.server(scope, receive, send)
            return
        asked = orjson.loads((await receive())["body"])
        answer = self._tell(asked) if scope["path"] == "/tell" else self._cycle(asked)
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": orjson.dumps(answer)})

    def _tell(self, asked):
        return self.house.tell(asked["channel"], asked["data"], to=asked["to"])

    def _cycle(self, client_id):
        """The number of the connect that is held; 0 where none is."""
        waiter = self.server.node._waiters.get(client_id)
        return waiter.session.cycle if waiter else 0


def main() -> None:
    application = Application()
    daphne = Daphne(
        application=application,
        endpoints=build_endpoint_description_strings(host="127.0.0.1", port=0),
        http_timeout=None,
        verbosity=0,
        signal_handlers=True,
    )

    def say_port() -> None:
        [(_, port)] = daphne.listening_addresses
        sys.stdout.write(f"{port}\n")
        sys.stdout.flush()

    daphne.ready_callable = lambda: twisted_loop.call_later(0.05, say_port)
    daphne.run()


if __name__ == "__main__":
    main()
