"""Over real connections to daphne: what a driven application cannot show.

C numbers are those of the Bayeux checklist.
"""

import asyncio
import itertools
import subprocess
import sys
import time

import httpx
import orjson
import pytest
from websockets.asyncio.client import connect as open_websocket
from websockets.exceptions import InvalidStatus

from tests.notifications.bayeux.driver import on_loop
from tests.processes import ROOT

CALLS = "/v2/me/calls"


@pytest.fixture(scope="module")
def port():
    with subprocess.Popen(
        [sys.executable, "-m", "tests.notifications.bayeux.live_app"],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    ) as process:
        try:
            yield int(process.stdout.readline())
        finally:
            process.terminate()
            process.wait(20)


class Page:
    """A client with one kept-alive connection for connects and one for everything else."""

    def __init__(self, port, user="bob"):
        self.user = user
        self.root = f"http://localhost:{port}"
        self.base = self.root + "/api/v2/notifications"
        self.id = ""
        self.ids = itertools.count(1)
        self.other = httpx.AsyncClient(timeout=30)
        self.new_connections()

    def new_connections(self):
        limits = httpx.Limits(max_connections=1)
        cookies = getattr(getattr(self, "http", None), "cookies", None)
        headers = {"Authorization": self.user, "Host": "localhost"}
        given = {"limits": limits, "headers": headers, "timeout": 30, "cookies": cookies}
        self.http, self.polling = httpx.AsyncClient(**given), httpx.AsyncClient(**given)

    async def send(self, channel, http=None, **more):
        message = {"channel": channel, "id": str(next(self.ids)), **more}
        if self.id:
            message["clientId"] = self.id
        answer = await (http or self.http).post(self.base + "/", json=[message])
        self.polling.cookies = self.http.cookies
        return answer

    async def connect(self, **more):
        return await self.send("/meta/connect", self.polling, **more)

    async def open(self):
        self.id = ""
        self.id = (await self.send("/meta/handshake", version="1.0")).json()[0]["clientId"]
        assert (await self.connect()).json()[0]["successful"]
        await self.send("/meta/subscribe", subscription=CALLS)
        return self

    async def tell(self, data):
        """An event for this page's user, from elsewhere."""
        told = {"channel": CALLS, "data": data, "to": self.user}
        await self.other.post(self.root + "/tell", json=told)

    async def held(self, *, newer_than=0):
        """Wait until a connect is held; gives its number."""
        for _ in range(1000):
            if (number := await self._held_now()) > newer_than:
                return number
            await asyncio.sleep(0.01)
        raise AssertionError("No connect is held.")

    async def released(self):
        for _ in range(1000):
            if not await self._held_now():
                return
            await asyncio.sleep(0.01)
        raise AssertionError("The connect is still held.")

    async def _held_now(self):
        return (await self.other.post(self.root + "/held", json=self.id)).json()

    async def cut(self):
        """Close its connections; its cookies stay."""
        await self.http.aclose()
        await self.polling.aclose()

    async def close(self):
        await self.cut()
        await self.other.aclose()


def events(answer):
    return [one["data"] for one in answer.json() if "data" in one]


@on_loop
async def test_fifty_requests_ride_on_one_connection(port):
    """C39"""
    page = await Page(port, "ann").open()
    for number in range(50):
        await page.tell(number)
        assert events(await page.connect(advice={"timeout": 0})) == [number]
    await page.close()


@on_loop
async def test_a_connect_is_held_and_an_event_ends_it_at_once(port):
    """C23, C24"""
    page = await Page(port, "bob").open()
    polling = asyncio.create_task(page.connect())
    await page.held()

    await page.tell("x")
    answer = await asyncio.wait_for(polling, 10)
    began = time.monotonic()
    quiet = await page.connect()

    assert events(answer) == ["x"]
    assert events(quiet) == []
    assert time.monotonic() - began > 1.5
    await page.close()


@on_loop
async def test_a_connection_cut_while_it_is_held_loses_nothing(port):
    """C36, C37, C72: the page comes back over new connections, with its cookies and its id."""
    page = await Page(port, "eve").open()
    polling = asyncio.create_task(page.connect())
    await page.held()
    polling.cancel()
    await asyncio.gather(polling, return_exceptions=True)
    await page.cut()
    await page.released()
    page.new_connections()

    await page.tell("x")
    first = await page.connect(advice={"timeout": 0})
    polling = asyncio.create_task(page.connect())
    await page.held()
    await page.tell("y")

    assert events(first) == ["x"]
    assert events(await asyncio.wait_for(polling, 10)) == ["y"]
    await page.close()


@on_loop
async def test_the_older_of_two_connects_ends_with_an_error(port):
    """C30"""
    page = await Page(port, "ann").open()
    older = asyncio.create_task(page.connect())
    first = await page.held()

    newer = asyncio.create_task(page.send("/meta/connect"))
    refused = await asyncio.wait_for(older, 10)
    await page.held(newer_than=first)
    await page.tell("x")

    assert refused.status_code == 408
    assert events(await asyncio.wait_for(newer, 10)) == ["x"]
    await page.close()


@on_loop
async def test_a_lost_websockets_session_goes_on_over_another(port):
    """C76, C78, C79"""
    page = await Page(port, "bob").open()
    url = page.base.replace("http://", "ws://")
    headers = {"Authorization": "bob"}
    connect = [{"channel": "/meta/connect", "id": "c", "clientId": page.id}]

    async with open_websocket(url, additional_headers=headers) as socket:
        await socket.send(orjson.dumps(connect).decode())
        await page.held()
        await page.tell("x")
        first = orjson.loads(await asyncio.wait_for(socket.recv(), 10))
        socket.transport.abort()
    await page.tell("y")
    async with open_websocket(url, additional_headers=headers) as socket:
        await socket.send(orjson.dumps(connect).decode())
        second = orjson.loads(await asyncio.wait_for(socket.recv(), 10))

    assert first == [{"channel": CALLS, "data": "x"}]
    assert second[0] == {"channel": CALLS, "data": "y"}
    await page.close()


@on_loop
async def test_an_upgrade_without_credentials_or_from_elsewhere_is_403(port):
    """C84"""
    url = f"ws://localhost:{port}/api/v2/notifications"
    for headers in ({}, {"Authorization": "bob", "Origin": "http://evil.example.com"}):
        with pytest.raises(InvalidStatus) as caught:
            await open_websocket(url, additional_headers=headers)
        assert caught.value.response.status_code == 403
