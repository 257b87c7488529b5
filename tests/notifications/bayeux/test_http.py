"""Requests and answers over HTTP. C numbers are those of the Bayeux checklist."""

import orjson
import pytest

from notifications.bayeux.callers import BROWSER_COOKIE
from tests.notifications.bayeux.driver import TOKEN, Client, Request, house, on_loop

HANDSHAKE = {
    "channel": "/meta/handshake",
    "id": "1",
    "version": "1.0",
    "supportedConnectionTypes": ["long-polling"],
}


@pytest.mark.parametrize("path", ["", "/", "/handshake", "/connect", "/disconnect"])
@on_loop
async def test_every_path_that_clients_append_is_served_without_a_redirect(path):
    """C1"""
    async with house() as portal:
        answer = await Client(portal.servers[0]).send(HANDSHAKE, path=path)

        assert answer.status == 200
        assert answer.reply["successful"] is True


@on_loop
async def test_a_protocol_failure_is_a_json_array_with_status_200():
    """C2"""
    async with house() as portal:
        answer = await Client(portal.servers[0]).send({"channel": "/meta/connect", "clientId": "x"})

        assert answer.status == 200
        assert answer.headers["content-type"].startswith("application/json")
        assert orjson.loads(answer.body)[0]["successful"] is False


@on_loop
async def test_a_single_object_is_taken_for_an_array_of_one():
    """C3"""
    async with house() as portal:
        answer = await Client(portal.servers[0]).send_raw(HANDSHAKE)

        assert isinstance(answer.messages, list)
        assert answer.reply["successful"] is True


@pytest.mark.parametrize(
    "form",
    [
        b'message=[{"channel":"/meta/x"}]',
        b'message=%7B"channel":"%2Fmeta%2Fx"}&message=[{"channel":"/meta/y"}]',
    ],
)
@on_loop
async def test_a_form_with_messages_is_accepted(form):
    """C4"""
    async with house() as portal:
        answer = await Client(portal.servers[0]).send_raw(
            form, content_type="application/x-www-form-urlencoded"
        )

        channels = [one["channel"] for one in answer.messages]
        assert channels == ["/meta/x", "/meta/y"][: form.count(b"message=")]


@pytest.mark.parametrize("content", [b"", b"[", b"nonsense", b"[1]", b'"text"', b"[]", b"\xff"])
@on_loop
async def test_what_is_no_bayeux_request_is_refused_and_leaves_the_session_alone(content):
    """C5, C6"""
    async with house() as portal:
        client = await Client(portal.servers[0]).open("/v2/me/calls")

        refused = await client.send_raw(content)
        data = portal.tell("/v2/me/calls")

        assert refused.status == 400
        assert refused.headers["content-type"].startswith("text/plain")
        assert (await client.poll()).events == [data]


@on_loop
async def test_a_request_over_the_limit_is_refused_and_leaves_the_session_alone():
    """C7"""
    async with house(max_message_bytes=40_000) as portal:
        client = await Client(portal.servers[0]).open("/v2/me/calls")

        long = await client.send(client.message("/meta/subscribe", ext={"x": "y" * 40_000}))
        fits = await client.send(client.connect_message(advice={"timeout": 0}, x="y" * 33_000))

        assert long.status == 413
        assert fits.reply["successful"] is True


def test_the_limit_of_the_settings_is_above_what_clients_batch():
    """C7"""
    from portal import settings

    assert settings.BAYEUX_MAX_MESSAGE_BYTES > 64 * 1024


@on_loop
async def test_other_methods_are_answered_at_once():
    """C8"""
    async with house() as portal:
        client = await Client(portal.servers[0]).open()

        assert (await client.ask("GET")).status == 405
        assert (await client.ask("PUT")).status == 405
        assert (await client.ask("DELETE")).status == 405
        assert (await client.ask("OPTIONS")).status == 200


@pytest.mark.parametrize("text", ["😀 🏴‍☠️", "\u2028\u2029", '"\\/\b\f\n\r\t\x01', "ü" * 30_000])
@on_loop
async def test_texts_of_all_kinds_pass_unharmed_both_ways(text):
    """C9"""
    async with house() as portal:
        client = await Client(portal.servers[0]).open("/v2/me/calls")

        echoed = await client.subscribe(["/v2/me/x", text])
        sent = portal.tell("/v2/me/calls", {"text": text})

        assert echoed["subscription"] == ["/v2/me/x", text]
        assert (await client.poll()).events == [sent]


@pytest.mark.parametrize(
    "content_type",
    ["application/json", "application/json;charset=UTF-8", "text/json", "text/json;charset=utf-8"],
)
@on_loop
async def test_json_is_json_under_any_of_its_names(content_type):
    """C10"""
    async with house() as portal:
        answer = await Client(portal.servers[0]).send(HANDSHAKE, content_type=content_type)

        assert answer.reply["successful"] is True


@on_loop
async def test_a_form_of_another_site_is_not_taken_for_json():
    async with house() as portal:
        answer = await Client(portal.servers[0]).send(HANDSHAKE, content_type="text/plain")

        assert answer.status == 415


@on_loop
async def test_a_handshake_is_answered_with_what_clients_need():
    """C11"""
    async with house() as portal:
        reply = await Client(portal.servers[0]).handshake()

        assert reply["successful"] is True
        assert reply["version"] == "1.0"
        assert reply["supportedConnectionTypes"] == [
            "websocket",
            "long-polling",
            "callback-polling",
        ]
        assert reply["advice"] == {"reconnect": "retry", "interval": 0, "timeout": 20_000}
        assert "ext" not in reply


@pytest.mark.parametrize("given", ["0", "z9", "17"])
@on_loop
async def test_ids_come_back_as_they_were_sent(given):
    """C12"""
    async with house() as portal:
        client = Client(portal.servers[0])

        reply = (await client.send({**HANDSHAKE, "id": given})).reply

        assert reply["id"] == given


@on_loop
async def test_client_ids_are_long_plain_and_never_the_same():
    """C13"""
    async with house() as portal:
        client = Client(portal.servers[0])

        ids = {(await client.handshake())["clientId"] for _ in range(20)}

        assert len(ids) == 20
        assert all(one.isalnum() and one.isascii() and len(one) * 4 >= 128 for one in ids)


@on_loop
async def test_a_handshake_bears_with_what_clients_add_or_leave_out():
    """C14"""
    async with house() as portal:
        answer = await Client(portal.servers[0]).send(
            {
                "channel": "/meta/handshake",
                "advice": {"timeout": 60_000, "interval": 0},
                "ext": {"unknown": [1, {}], "ack": None, "timesync": "?"},
                "somethingElse": {"a": 1},
            }
        )

        assert answer.reply["successful"] is True
        assert "id" not in answer.reply


@on_loop
async def test_a_client_without_a_common_transport_learns_which_there_are():
    """C15"""
    async with house() as portal:
        answer = await Client(portal.servers[0]).send(
            {**HANDSHAKE, "supportedConnectionTypes": ["iframe", "carrier-pigeon"]}
        )

        assert answer.reply["successful"] is False
        assert "long-polling" in answer.reply["supportedConnectionTypes"]
        assert "clientId" not in answer.reply
        assert answer.reply["advice"]["reconnect"] == "none"


@on_loop
async def test_what_is_batched_with_a_handshake_has_no_effect():
    """C16, C59"""
    async with house() as portal:
        client = await Client(portal.servers[0]).open("/v2/me/calls")
        other = client.id

        answer = await client.send(
            HANDSHAKE,
            {"channel": "/meta/unsubscribe", "clientId": other, "subscription": "/v2/me/calls"},
            {"channel": "/meta/disconnect", "clientId": other},
        )
        data = portal.tell("/v2/me/calls")

        assert [one["successful"] for one in answer.messages] == [True, False, False]
        assert (await client.poll()).events == [data]


@on_loop
async def test_a_refused_handshake_stops_the_client():
    """C17"""
    async with house(max_sessions_per_user=1) as portal:
        await Client(portal.servers[0]).open()

        answer = await Client(portal.servers[0]).send(HANDSHAKE)

        assert answer.status == 200
        assert answer.reply["successful"] is False
        assert answer.reply["error"].startswith("403::")
        assert answer.reply["advice"]["reconnect"] == "none"


@on_loop
async def test_the_browsers_cookie_is_set_once():
    """C18"""
    async with house() as portal:
        client = Client(portal.servers[0])

        first = await client.send(HANDSHAKE)
        second = await client.send(HANDSHAKE)

        cookie = first.headers["set-cookie"]
        assert cookie.startswith(f"{BROWSER_COOKIE}=")
        assert "Path=/" in cookie
        assert "HttpOnly" in cookie
        assert "set-cookie" not in second.headers


@pytest.mark.parametrize("user", [None, "nobody"])
@on_loop
async def test_without_credentials_there_is_401_before_anything_else(user):
    """C19"""
    async with house() as portal:
        stranger = Client(portal.servers[0], user)

        answer = await stranger.send(HANDSHAKE)
        unreadable = await stranger.send_raw(b"[")

        assert answer.status == unreadable.status == 401
        assert answer.headers["content-type"].startswith("text/plain")
        assert await portal.servers[0].node.store.expire(1 << 60) == []


@on_loop
async def test_what_rides_on_a_session_needs_its_token():
    """C20"""
    async with house() as portal:
        client = Client(portal.servers[0], "cookie")

        without = await client.send(HANDSHAKE)
        wrong = await client.send(HANDSHAKE, **{"x-csrf-token": "another"})
        right = await client.send(HANDSHAKE, **{"x-csrf-token": TOKEN})

        assert without.status == wrong.status == 403
        assert right.reply["successful"] is True


@on_loop
async def test_fifty_requests_of_one_client_are_answered():
    """C39 (over one connection: test_live.py)"""
    async with house() as portal:
        client = await Client(portal.servers[0]).open("/v2/me/calls")
        seen, sent = [], []
        for _ in range(50):
            sent.append(portal.tell("/v2/me/calls"))
            seen += (await client.poll()).events

        assert seen == sent


@on_loop
async def test_every_message_of_a_batch_has_its_reply_in_order():
    """C59"""
    async with house() as portal:
        client = await Client(portal.servers[0]).open()
        batch = [
            client.message("/meta/subscribe", subscription="/v2/me/calls"),
            client.message("/meta/unsubscribe", subscription="/v2/me/calls"),
            client.message("/v2/me/calls", data={}),
            client.message("/meta/unknown"),
            client.message("/service/x", data={}),
            client.connect_message(),
            {"id": "no channel"},
        ]

        answer = await client.send(*batch)

        assert [one["id"] for one in answer.messages] == [one["id"] for one in batch]
        assert [one["successful"] for one in answer.messages] == [
            True,
            True,
            False,
            False,
            True,
            True,
            False,
        ]


@on_loop
async def test_a_message_without_a_channel_is_told_so():
    """C60"""
    async with house() as portal:
        client = await Client(portal.servers[0]).open()

        reply = (await client.send({"clientId": client.id, "id": "5"})).reply

        assert reply["error"] == "400::channel_missing"
        assert reply["id"] == "5"


@pytest.mark.parametrize("channel", ["/meta/connect", "/meta/subscribe", "/meta/disconnect", "/a"])
@pytest.mark.parametrize("client_id", [None, "", 5, "0123456789abcdef"])
@on_loop
async def test_who_is_unknown_is_told_402(channel, client_id):
    """C33, C34, C35, C58"""
    async with house() as portal:
        message = {"channel": channel, "id": "8", "subscription": "/v2/me/calls"}

        answer = await Client(portal.servers[0]).send(
            message if client_id is None else {**message, "clientId": client_id}
        )

        assert answer.reply["successful"] is False
        assert answer.reply["error"].startswith("402::")
        assert answer.reply["id"] == "8"
        steering = {"reconnect": "handshake", "interval": 0}
        assert answer.reply.get("advice") == (steering if channel == "/meta/connect" else None)


@on_loop
async def test_a_cookie_that_holds_json_does_not_disturb_the_others():
    """C73"""
    async with house() as portal:
        jar = {"org.cometd.reload": '{"url":"http://x/","a":[1,2],"b":"=,"}'}
        client = Client(portal.servers[0], jar=jar)

        await client.handshake()
        browser = client.jar[BROWSER_COOKIE]
        reply = (await client.connect()).reply

        assert reply["successful"] is True
        assert client.jar[BROWSER_COOKIE] == browser


@on_loop
async def test_time_is_synchronised_on_handshake_and_connect():
    """C71"""
    async with house() as portal:
        client = Client(portal.servers[0])
        asked = {"timesync": {"tc": 999_000, "l": 0, "o": 400}}

        handshake = await client.handshake(ext=asked)
        first = (await client.connect(ext=asked)).reply
        close = {"timesync": {"tc": 999_000, "l": 10, "o": 980}}
        well_known = (await client.poll(ext=close)).reply

        expected = {"tc": 999_000, "ts": 1_000_000, "p": 0, "a": -600}
        assert handshake["ext"]["timesync"] == expected
        assert first["ext"]["timesync"] == expected
        assert "ext" not in well_known


@on_loop
async def test_callback_polling_answers_by_a_function_call():
    """C74"""
    async with house() as portal:
        client = Client(portal.servers[0])

        answer = await client.get({"jsonp": "cb.x-1_2", "message": orjson.dumps([HANDSHAKE])})

        assert answer.headers["content-type"].startswith("text/javascript")
        prefix, suffix = b"/**/cb.x-1_2(", b");"
        assert answer.body.startswith(prefix)
        assert answer.body.endswith(suffix)
        reply = orjson.loads(answer.body[len(prefix) : -len(suffix)])[0]
        assert reply["successful"] is True


@pytest.mark.parametrize("name", ["", "a b", "alert(1)", "x" * 65, "é"])
@on_loop
async def test_a_callback_has_a_plain_name(name):
    """C74"""
    async with house() as portal:
        client = Client(portal.servers[0])

        answer = await client.get({"jsonp": name, "message": orjson.dumps([HANDSHAKE])})

        assert answer.status == 400


@on_loop
async def test_another_sites_script_element_reads_nothing():
    """C20, C74: a GET that rides on the session's cookie is no way around the token."""
    async with house() as portal:
        query = {"jsonp": "cb", "message": orjson.dumps([HANDSHAKE])}

        answer = await Client(portal.servers[0], "cookie").get(query)

        assert answer.status == 403


@on_loop
async def test_callback_polling_that_is_not_offered_is_refused():
    """C74"""
    async with house(types=("long-polling",)) as portal:
        client = Client(portal.servers[0])

        answer = await client.get({"jsonp": "cb", "message": orjson.dumps([HANDSHAKE])})

        assert answer.status == 405
        assert (await client.handshake())["supportedConnectionTypes"] == ["long-polling"]


@on_loop
async def test_a_host_that_is_not_ours_is_refused():
    async with house() as portal:
        answer = await Client(portal.servers[0]).send(HANDSHAKE, host="evil.example.com")

        assert answer.status == 400


@on_loop
async def test_a_client_that_leaves_while_it_sends_is_forgotten():
    async with house() as portal:
        client = Client(portal.servers[0])
        request = Request(client.server, client.scope(), [])

        await request.drop()

        assert not request.is_answered
