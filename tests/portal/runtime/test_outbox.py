"""Frames for a client that may not keep up."""

import asyncio

from portal.runtime.outbox import MAX_CHARACTERS, MAX_FRAMES, Outbox


class Client:
    """Reads while its door is open."""

    def __init__(self) -> None:
        self.door = asyncio.Event()
        self.got: list[str] = []
        self.catch_ups = 0
        self.outbox = Outbox(self._send, self._caught_up)

    async def _send(self, text: str) -> None:
        await self.door.wait()
        self.got.append(text)

    async def _caught_up(self) -> None:
        self.catch_ups += 1


def play(scenario):
    async def alone():
        client = Client()
        delivering = asyncio.create_task(client.outbox.deliver())
        await scenario(client)
        delivering.cancel()

    asyncio.run(alone())


async def settle():
    for _ in range(10 * MAX_FRAMES):
        await asyncio.sleep(0)


def test_a_client_that_keeps_up_gets_everything_in_order():
    async def scenario(client):
        client.door.set()
        for number in range(1000):
            client.outbox.put(str(number))
            await asyncio.sleep(0)
        await settle()

        assert client.got == [str(number) for number in range(1000)]
        assert client.catch_ups == 0

    play(scenario)


def test_a_client_that_falls_behind_loses_what_waits_and_is_noticed_once_it_reads():
    async def scenario(client):
        for number in range(10_000):
            client.outbox.put(str(number))
            await asyncio.sleep(0)
        assert client.catch_ups == 0

        client.door.set()
        await settle()

        assert client.got == ["0"]
        assert client.catch_ups == 1
        client.outbox.put("late")
        await settle()
        assert client.got == ["0"]
        client.outbox.put_whole("snapshot")
        client.outbox.put("next")
        await settle()
        assert client.got == ["0", "snapshot", "next"]
        assert client.catch_ups == 1

    play(scenario)


def test_no_more_frames_or_characters_wait_than_so_many():
    async def scenario(client):
        client.outbox.put("taken")
        await settle()
        for number in range(MAX_FRAMES):
            client.outbox.put(str(number))
        client.door.set()
        await settle()
        assert len(client.got) == MAX_FRAMES + 1

        client.door.clear()
        client.outbox.put("taken")
        await settle()
        client.outbox.put("x" * (MAX_CHARACTERS - 10))
        client.outbox.put("y" * 11)
        client.door.set()
        await settle()
        assert client.got[-1] == "taken"
        assert client.catch_ups == 1

    play(scenario)


def test_a_snapshot_takes_the_place_of_what_waits():
    async def scenario(client):
        client.outbox.put("on its way")
        await settle()
        client.outbox.put("one")
        client.outbox.put("two")
        client.outbox.put_whole("z" * (2 * MAX_CHARACTERS))
        client.door.set()
        await settle()

        assert [text[:10] for text in client.got] == ["on its way", "z" * 10]

    play(scenario)
