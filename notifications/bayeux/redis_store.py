"""Sessions in Redis, for as many web processes as there are.

Everything that a process asks within one turn of its loop goes out as one call of one script: a
change costs Python little, and all of a call is one atomic step. The script takes keys that it
is not told of beforehand, so Redis may be replicated but not a cluster.
"""

import asyncio
import contextlib
import secrets
from collections.abc import AsyncIterator, Callable
from typing import Any

import orjson
import redis
import structlog
from redis.asyncio import Redis
from redis.asyncio.client import PubSub

from notifications.bayeux.session import Session, decode, encode
from notifications.bayeux.store import (
    Outcome,
    PresenceChange,
    Stored,
    StoreUnavailableError,
    cancelled,
)

logger = structlog.get_logger(__name__)

PREFIX = "portal:bayeux:"
_SWEEP = 200
_LOCK_MS = 30_000
_PAUSE_SECONDS = 1.0
_ANSWER_SECONDS = 5.0
_NO_VERSION = -1

_FORGET = """
local prefix = ARGV[1]
local function forget(id)
  local key = prefix .. 's:' .. id
  local facts = redis.call('HMGET', key, 'u', 'b')
  if not facts[1] then return end
  redis.call('DEL', key)
  redis.call('ZREM', prefix .. 'expiry', id)
  redis.call('SREM', prefix .. 'u:' .. facts[1], id)
  if facts[2] ~= '' then redis.call('SREM', prefix .. 'b:' .. facts[2], id) end
  if redis.call('SREM', prefix .. 'c:' .. facts[1], id) == 1
      and redis.call('SCARD', prefix .. 'c:' .. facts[1]) == 0 then
    redis.call('RPUSH', prefix .. 'presence', '-' .. facts[1])
  end
end
"""

_APPLY = (
    _FORGET
    + """
local answers = {}
for i, op in ipairs(cjson.decode(ARGV[2])) do
  local id, version, text = op[1], op[2], op[3]
  local key = prefix .. 's:' .. id
  local current = redis.call('HMGET', key, 'v', 'r')
  if (tonumber(current[1]) or 0) ~= version then
    answers[i] = {0, tonumber(current[1]) or 0, current[2] or '', 0}
  elseif text == '' then
    forget(id)
    if op[9] ~= '' then redis.call('PUBLISH', prefix .. 'n:' .. op[9], id) end
    answers[i] = {1, 0, '', 0}
  else
    local user, browser, others = op[5], op[6], 0
    redis.call('HSET', key, 'v', version + 1, 'r', text, 'u', user, 'b', browser)
    redis.call('ZADD', prefix .. 'expiry', op[4], id)
    if version == 0 then redis.call('SADD', prefix .. 'u:' .. user, id) end
    if op[8] == 1 and redis.call('SADD', prefix .. 'c:' .. user, id) == 1
        and redis.call('SCARD', prefix .. 'c:' .. user) == 1 then
      redis.call('RPUSH', prefix .. 'presence', '+' .. user)
    end
    if browser ~= '' then
      local holding = prefix .. 'b:' .. browser
      redis.call('SREM', holding, id)
      others = redis.call('SCARD', holding)
      if op[7] == 1 then redis.call('SADD', holding, id) end
    end
    if op[9] ~= '' then redis.call('PUBLISH', prefix .. 'n:' .. op[9], id) end
    answers[i] = {1, version + 1, '', others}
  end
end
return cjson.encode(answers)
"""
)

_EXPIRE = (
    _FORGET
    + """
local records = {}
for i, id in ipairs(redis.call('ZRANGEBYSCORE', prefix .. 'expiry', '-inf', ARGV[2],
    'LIMIT', 0, ARGV[3])) do
  local text = redis.call('HGET', prefix .. 's:' .. id, 'r')
  if text then records[#records + 1] = text else redis.call('ZREM', prefix .. 'expiry', id) end
  forget(id)
end
return records
"""
)

_UNLOCK = """
if redis.call('GET', KEYS[1]) == ARGV[1] then redis.call('DEL', KEYS[1]) end
"""

_Operation = tuple[str, int, str, int, str, str, int, int, str]


class RedisStore:
    def __init__(self, url: str, *, prefix: str = PREFIX) -> None:
        self._prefix = prefix
        self._redis = Redis.from_url(
            url, socket_timeout=_ANSWER_SECONDS, socket_connect_timeout=_ANSWER_SECONDS
        )
        self._apply = self._redis.register_script(_APPLY)
        self._expire = self._redis.register_script(_EXPIRE)
        self._unlock = self._redis.register_script(_UNLOCK)
        self._waiting: list[tuple[_Operation, asyncio.Future[list[Any]]]] = []
        self._flushing: asyncio.Task[None] | None = None
        self._listening: asyncio.Task[None] | None = None
        self._is_closed = False

    async def load(self, client_id: str) -> Stored | None:
        _, version, text, _ = await self._ask((client_id, _NO_VERSION, "", 0, "", "", 0, 0, ""))
        return Stored(version, decode(text)) if text else None

    async def swap(
        self, client_id: str, version: int, session: Session | None, *, tell: str = ""
    ) -> Outcome:
        if session is None:
            operation: _Operation = (client_id, version, "", 0, "", "", 0, 0, tell)
        else:
            operation = (
                client_id,
                version,
                encode(session),
                session.expires_at_ms,
                session.user_id,
                session.browser,
                int(session.counts_for_browser),
                int(session.is_connected),
                tell,
            )
        is_done, now_version, text, others = await self._ask(operation)
        if is_done:
            stored = Stored(now_version, session) if session is not None else None
            return Outcome(stored, is_done=True, held_by_others=others)
        current = Stored(now_version, decode(text)) if text else None
        return Outcome(current, is_done=False)

    async def expire(self, now_ms: int) -> list[Session]:
        try:
            texts = await self._expire(args=[self._prefix, now_ms, _SWEEP])
        except (redis.RedisError, OSError) as error:
            raise StoreUnavailableError from error
        return [decode(text) for text in texts]

    async def sessions_of(self, user_id: str) -> list[str]:
        try:
            members: Any = await self._redis.smembers(f"{self._prefix}u:{user_id}")
        except (redis.RedisError, OSError) as error:
            raise StoreUnavailableError from error
        return sorted(member.decode() for member in members)

    async def presence_changes(self) -> AsyncIterator[PresenceChange]:
        """Of a process that dies while it tells, another takes over when the lock has expired."""
        queue, lock = self._prefix + "presence", self._prefix + "presence-lock"
        token = secrets.token_hex(8)
        try:
            if not await self._redis.set(lock, token, nx=True, px=_LOCK_MS):
                return
            while (entry := await self._redis.lindex(queue, 0)) is not None:
                text = entry.decode() if isinstance(entry, bytes) else str(entry)
                yield PresenceChange(text[1:], is_connected=text[0] == "+")
                await self._redis.lpop(queue)
                await self._redis.pexpire(lock, _LOCK_MS)
            await self._unlock(keys=[lock], args=[token])
        except (redis.RedisError, OSError) as error:
            raise StoreUnavailableError from error

    async def listen(self, node: str, heard: Callable[[str], None]) -> None:
        ready = asyncio.Event()
        self._listening = asyncio.create_task(self._hear(node, heard, ready))
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(ready.wait(), _ANSWER_SECONDS)

    async def close(self) -> None:
        self._is_closed = True
        for task in (self._listening, self._flushing):
            if task is not None:
                await cancelled(task)
        for _, future in self._waiting:
            _fail(future)
        await self._redis.aclose()

    async def _hear(self, node: str, heard: Callable[[str], None], ready: asyncio.Event) -> None:
        while not self._is_closed:
            try:
                subscription = self._redis.pubsub(ignore_subscribe_messages=True)
                async with subscription:
                    await subscription.subscribe(f"{self._prefix}n:{node}")
                    ready.set()
                    while not self._is_closed:
                        await _pass_on(subscription, heard)
            except (redis.RedisError, OSError) as error:
                logger.warning("other nodes not heard", error=str(error))
                await asyncio.sleep(_PAUSE_SECONDS)

    async def _ask(self, operation: _Operation) -> list[Any]:
        if self._is_closed:
            raise StoreUnavailableError
        answer = asyncio.get_running_loop().create_future()
        self._waiting.append((operation, answer))
        if self._flushing is None or self._flushing.done():
            self._flushing = asyncio.create_task(self._flush())
        result: list[Any] = await answer
        return result

    async def _flush(self) -> None:
        """What gathers while one call is under way is the next call."""
        while self._waiting:
            batch, self._waiting = self._waiting, []
            operations = orjson.dumps([operation for operation, _ in batch])
            try:
                answers = orjson.loads(await self._apply(args=[self._prefix, operations]))
            except (redis.RedisError, OSError) as error:
                logger.warning("notification sessions unreachable", error=str(error))
                for _, future in batch:
                    _fail(future)
                continue
            for (_, future), answer in zip(batch, answers, strict=True):
                if not future.done():
                    future.set_result(answer)


async def _pass_on(subscription: PubSub, heard: Callable[[str], None]) -> None:
    message = await subscription.get_message(timeout=_PAUSE_SECONDS)
    if message is not None:
        heard(message["data"].decode())


def _fail(future: "asyncio.Future[list[Any]]") -> None:
    if not future.done():
        future.set_exception(StoreUnavailableError())
