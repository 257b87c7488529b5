"""A server that sends a websocket's client as much as it takes, and tells by HTTP how much it was.

`python -m tests.portal.runtime.flooding PORT`
"""

import sys
from typing import Any

from daphne.endpoints import build_endpoint_description_strings

from portal.runtime.backpressure import PatientServer

FRAMES, FRAME = 3000, "x" * 10_000
_sent = 0


async def application(scope: dict[str, Any], receive: Any, send: Any) -> None:
    if scope["type"] == "http":
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": str(_sent).encode()})
        return
    await receive()
    await send({"type": "websocket.accept"})
    await flood(send)
    await send({"type": "websocket.close"})


async def flood(send: Any) -> None:
    global _sent
    for number in range(FRAMES):
        await send({"type": "websocket.send", "text": f"{number} {FRAME}"})
        _sent = number + 1


if __name__ == "__main__":
    PatientServer(
        application=application,
        endpoints=build_endpoint_description_strings(host="127.0.0.1", port=int(sys.argv[1])),
        websocket_timeout=-1,
        verbosity=0,
    ).run()
