"""Long lists: sent in pieces, in constant memory, complete and in order."""

import base64
import itertools
import tracemalloc
from types import GeneratorType

import orjson
import pytest
from asgiref.sync import sync_to_async
from django.db import connection
from django.test import AsyncClient, Client, TestCase
from django.test.utils import CaptureQueriesContext

from portal.api import streaming
from portal.api.fields import Reading
from portal.api.rendering import listing_of
from portal.api.selection import EVERYTHING
from provisioning.api.users import Users
from provisioning.models import User
from tests.factories import (
    PASSWORD,
    ContactCenterFactory,
    DispositionFactory,
    GroupFactory,
    UserFactory,
    UserSkillFactory,
    build_world,
)

PIECE = 3
LISTS = [
    "/api/v2/users",
    "/api/v2/users?fields=*",
    "/api/v2/users?fields=userName,uri",
    "/api/v2/users?subresources=*",
    "/api/v2/users?subresources=skills&resolveUris=*",
    "/api/v2/users?roles=ROLE_AGENT",
]


@pytest.fixture
def colleagues(world) -> list[User]:
    users = [UserFactory.create(contact_center=world.red) for _ in range(8)]
    for user in users[::2]:
        UserSkillFactory.create(user=user, skill=world.sales)
    return users


class TestStreaming:
    @pytest.mark.parametrize("address", LISTS)
    def test_a_long_list_says_what_a_short_one_says(
        self, api, world, colleagues, monkeypatch, address
    ):
        client = api.by(world.ann)
        whole = client.get(address)
        monkeypatch.setattr(streaming, "PIECE", PIECE)

        streamed = client.get(address)

        assert (whole.streaming, streamed.streaming) == (False, True)
        assert streamed.body == whole.body
        assert list(streamed.body) == list(whole.body)
        assert streamed.headers["Content-Type"] == "application/json"

    def test_it_answers_the_csrf_token_as_every_list(self, client, world, colleagues, monkeypatch):
        client.force_login(world.ann)
        monkeypatch.setattr(streaming, "PIECE", PIECE)

        answer = client.get("/api/v2/users")

        assert answer.streaming
        assert answer.headers["X-CSRF-TOKEN"]
        b"".join(answer)

    def test_as_long_as_a_piece_is_not_long(self, api, world, colleagues, monkeypatch):
        monkeypatch.setattr(
            streaming, "PIECE", User.objects.filter(contact_center=world.red).count()
        )

        assert not api.by(world.ann).get("/api/v2/users").streaming

    @pytest.mark.parametrize("address", LISTS)
    def test_pages_are_never_streamed(self, api, world, colleagues, monkeypatch, address):
        monkeypatch.setattr(streaming, "PIECE", PIECE)
        and_limit = "&limit=500" if "?" in address else "?limit=500"

        assert not api.by(world.ann).get(address + and_limit).streaming

    def test_resources_with_paths_of_their_own_keep_them(self, api, world, monkeypatch):
        client = api.by(world.ann)
        group = GroupFactory.create(contact_center=world.red)
        for _ in range(PIECE + 1):
            DispositionFactory.create(group=group)
        whole = client.get(f"/api/v2/groups/{group.pk}/dispositions").body
        monkeypatch.setattr(streaming, "PIECE", PIECE)

        assert client.get(f"/api/v2/groups/{group.pk}/dispositions").body == whole
        assert len(whole["paths"]) == PIECE + 1

    def test_what_is_refused_is_refused_before_the_first_byte(
        self, api, world, colleagues, monkeypatch
    ):
        monkeypatch.setattr(streaming, "PIECE", PIECE)
        monkeypatch.setattr("provisioning.api.skills.UserSkills.ordering", ("no_such_column",))

        answer = api.by(world.ann).get("/api/v2/users?subresources=skills")

        assert (answer.status_code, answer.body["statusCode"]) == (500, 4)

    def test_each_piece_costs_the_same_queries(self, api, world, colleagues, monkeypatch):
        client = api.by(world.ann)
        monkeypatch.setattr(streaming, "PIECE", PIECE)
        client.get("/api/v2/users?subresources=*")

        counts = []
        for _ in range(3):
            with CaptureQueriesContext(connection) as queries:
                client.get("/api/v2/users?subresources=*")
            counts.append(len(queries))
            for _ in range(PIECE):
                UserFactory.create(contact_center=world.red)

        first, second = (later - earlier for earlier, later in itertools.pairwise(counts))
        assert first == second

    def test_a_list_that_is_gone_when_it_is_read_is_empty(self, world):
        nobody = User.objects.none()
        reading = Reading(world.ann, "http://testserver/api/v2")
        objects = streaming.object_pieces("users", listing_of(Users, nobody, EVERYTHING), reading)
        uris = streaming.uri_pieces(Users, nobody, reading.base)

        assert orjson.loads(b"".join(objects)) == {"statusCode": 0, "users": []}
        assert orjson.loads(b"".join(uris)) == {"statusCode": 0, "uris": [], "paths": []}


class TestUnderAsgi(TestCase):
    @classmethod
    def setUpTestData(cls):
        cls.world = build_world()
        for _ in range(8):
            UserFactory.create(contact_center=cls.world.red)

    def setUp(self):
        patch = pytest.MonkeyPatch()
        patch.setattr(streaming, "PIECE", PIECE)
        self.addCleanup(patch.undo)
        credentials = f"{self.world.ann.user_name}:{PASSWORD}".encode()
        self.headers = {"Authorization": f"Basic {base64.b64encode(credentials).decode()}"}

    async def test_the_pieces_come_one_by_one(self):
        for address in LISTS:
            answer = await AsyncClient().get(address, headers=self.headers)

            assert answer.is_async, address
            pieces = [piece async for piece in answer]
            whole = orjson.loads(b"".join(pieces))
            assert len(pieces) > 2
            assert whole["statusCode"] == 0
            # Ann and Sue are no agents.
            assert len(whole.get("users", whole.get("paths"))) in {9, 11}

    async def test_who_stops_reading_ends_the_query(self):
        answer = await AsyncClient().get("/api/v2/users?fields=*", headers=self.headers)
        pieces = answer._iterator
        # What Django calls on closing; all of it would close the tests' connection too.
        [end_query] = [
            close
            for close in answer._resource_closers
            if isinstance(getattr(close, "__self__", None), GeneratorType)
        ]

        await anext(pieces)
        await sync_to_async(end_query)()

        assert [piece async for piece in pieces] == []


def _employ(count: int) -> User:
    centre = ContactCenterFactory.create()
    User.objects.bulk_create(
        (
            User(
                contact_center=centre,
                user_name=f"user{number:06}@{centre.domain}",
                first_name="First",
                last_name=f"Last {number}",
                password="!",
                is_agent=True,
            )
            for number in range(count)
        ),
        batch_size=1000,
    )
    return UserFactory.create(contact_center=centre, is_admin=True)


@pytest.mark.slow
@pytest.mark.django_db
@pytest.mark.parametrize(
    "address", ["/api/v2/users", "/api/v2/users?fields=*", "/api/v2/users?subresources=*"]
)
def test_fifty_thousand_users_take_the_memory_of_five_thousand(client, address):
    peaks = {}
    for count in (5_000, 50_000):
        client.force_login(_employ(count))
        _length(client, address)  # What the first request caches is not what we ask.
        tracemalloc.start()
        assert _length(client, address) > count * 90
        _, peaks[count] = tracemalloc.get_traced_memory()
        tracemalloc.stop()

    assert peaks[50_000] < peaks[5_000] * 1.5, peaks


def _length(client: Client, address: str) -> int:
    return sum(len(piece) for piece in client.get(address).streaming_content)
