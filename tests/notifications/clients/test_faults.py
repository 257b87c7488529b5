"""Two web processes, clients everywhere, and one of the two always dying: nothing is lost.

A client's session lies in Redis and its position is in PostgreSQL's event log, so whichever
process answers it next goes on where the last one stopped.
"""

import asyncio
import contextlib
import itertools
import os
import random
import time
from collections.abc import AsyncIterator, Iterator
from urllib.parse import urlsplit

import aiohttp
import psycopg
import pytest

from tests import stores
from tests.notifications.clients.crowd import Listener
from tests.notifications.clients.portal import AGENT, SUPERVISOR, Portal

pytestmark = [pytest.mark.slow, pytest.mark.services, pytest.mark.timeout(600)]
CLIENTS = 200
SECONDS = 30.0
# Between a process that is back and the next that dies.
SECONDS_OF_PEACE = 2.0
LEAST_KILLS = 4
PATIENCE_SECONDS = 120.0
USERS = (AGENT, SUPERVISOR, "agent03@redwings.com", "agent04@redwings.com")
CHANNELS = ("/v2/me/calls", "/v2/me/devices", "/v2/me/channels")
INTERESTS = (
    ("/v2/me/calls",),
    ("/v2/me/devices", "/v2/me/channels"),
    ("/v2/me/*",),
    # Twice subscribed is told once.
    ("/v2/me/**", "/v2/me/calls"),
)


@pytest.fixture
def database_url() -> Iterator[str]:
    """A database of its own, empty."""
    name = f"portal_faults_{os.getpid()}"
    with psycopg.connect(stores.POSTGRES_URL, autocommit=True) as server:
        server.execute(f'CREATE DATABASE "{name}"')
        try:
            yield urlsplit(stores.POSTGRES_URL)._replace(path=f"/{name}").geturl()
        finally:
            server.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


@pytest.fixture
def portals(database_url, tmp_path_factory) -> Iterator[list[Portal]]:
    settings = {
        "DATABASE_URL": database_url,
        "REDIS_URL": stores.REDIS_URL,
        "SECRET_KEY": "tests only",
        "ALLOWED_HOSTS": "localhost,127.0.0.1",
    }
    with contextlib.ExitStack() as stack:
        portals = [
            Portal(tmp_path_factory.mktemp("portal"), stack, "--web-only", **settings)
            for _ in range(2)
        ]
        portals[0].manage("migrate", "--noinput", "--verbosity", "0")
        portals[0].manage("loaddemo")
        for one in portals:
            one.start()
        yield portals


@contextlib.asynccontextmanager
async def listening(portals: list[Portal]) -> AsyncIterator[list[tuple[str, Listener]]]:
    """The clients, each with its user, subscribed and waiting."""
    chance = random.Random(5)
    sessions = {user: await asyncio.to_thread(portals[0].sign_in, user) for user in USERS}
    connector = aiohttp.TCPConnector(limit=0)
    # Each sends its own user's cookie.
    jar = aiohttp.DummyCookieJar()
    async with aiohttp.ClientSession(connector=connector, cookie_jar=jar) as http:
        clients = [
            (
                user,
                Listener(
                    http,
                    [one.url for one in portals],
                    sessions[user],
                    transport,
                    channels,
                    chance,
                ),
            )
            for _, user, transport, channels in itertools.islice(
                (
                    (n, *each)
                    for n in itertools.count()
                    for each in itertools.product(USERS, ("websocket", "long-polling"), INTERESTS)
                ),
                CLIENTS,
            )
        ]
        tasks = [asyncio.create_task(client.run()) for _, client in clients]
        try:
            ready = asyncio.gather(*(client.is_subscribed.wait() for _, client in clients))
            await _unless_one_fails(tasks, asyncio.wait_for(ready, PATIENCE_SECONDS))
            yield clients
            for task in tasks:
                if task.done():
                    task.result()
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)


async def _unless_one_fails(tasks, act) -> None:
    waiting = asyncio.ensure_future(act)
    await asyncio.wait([waiting, *tasks], return_when=asyncio.FIRST_COMPLETED)
    for task in tasks:
        if task.done():
            waiting.cancel()
            task.result()
    await waiting


async def keep_killing(portals: list[Portal], until: float) -> int:
    """One after the other; the next dies when the one before is back."""
    for kills in itertools.count():
        if time.monotonic() >= until:
            return kills
        victim = portals[kills % len(portals)]
        await asyncio.to_thread(victim.kill)
        await asyncio.to_thread(victim.start)
        await asyncio.sleep(SECONDS_OF_PEACE)
    raise AssertionError


async def keep_telling(portal: Portal, is_over: asyncio.Event) -> dict[str, list[tuple[str, int]]]:
    """To each user what he alone is to hear: channel and number, in the order of the log."""
    chance = random.Random(6)
    told: dict[str, list[tuple[str, int]]] = {user: [] for user in USERS}
    numbers = itertools.count()
    while not is_over.is_set():
        for user in USERS:
            # Now and then several in one transaction.
            channel, count = chance.choice(CHANNELS), chance.choice((1, 1, 1, 4))
            burst = [next(numbers) for _ in range(count)]
            portal.publish(user, channel, *({"n": n} for n in burst))
            told[user] += [(channel, n) for n in burst]
        await asyncio.sleep(0.1)
    return told


def expected(told: list[tuple[str, int]], channels: tuple[str, ...]) -> list[tuple[str, int]]:
    hears_all = any(one.endswith("*") for one in channels)
    return [(channel, n) for channel, n in told if hears_all or channel in channels]


async def survive(portals: list[Portal]) -> None:
    async with listening(portals) as clients:
        is_over = asyncio.Event()
        telling = asyncio.create_task(keep_telling(portals[0], is_over))
        kills = await keep_killing(portals, time.monotonic() + SECONDS)
        is_over.set()
        told = await telling

        deadline = time.monotonic() + PATIENCE_SECONDS
        for user, client in clients:
            wanted = expected(told[user], client.channels)
            await client.wait_for(len(wanted), deadline - time.monotonic())
            assert client.told == wanted, (user, client.transport, client.channels, client.cuts)
        assert kills >= LEAST_KILLS
        assert len(told[AGENT]) > 100
        # Most were cut off, and by more than one kill.
        cuts = sorted(client.cuts for _, client in clients)
        assert cuts[CLIENTS // 2] >= 2, cuts


def test_two_hundred_clients_hear_everything_once_in_order_while_processes_die(portals):
    asyncio.run(survive(portals))
