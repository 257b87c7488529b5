"""How much and how often somebody may ask, and how long who guesses passwords waits."""

import base64
from datetime import timedelta

import pytest
from axes.models import AccessAttempt
from django.core.cache import cache

from portal.api.addresses import address_of
from tests.factories import PASSWORD
from tests.stores import ON_POSTGRES

pytestmark = pytest.mark.django_db

ME = "/api/v2/me"


def basic(user_name: str, password: str = PASSWORD) -> dict[str, str]:
    credentials = base64.b64encode(f"{user_name}:{password}".encode()).decode()
    return {"Authorization": f"Basic {credentials}"}


class TestRate:
    @pytest.fixture(autouse=True)
    def _limit(self, settings, monkeypatch):
        settings.API_RATE_PER_MINUTE = 3
        # Twenty seconds before the minute ends.
        self.now = [1_800_000_040.0]
        monkeypatch.setattr("portal.api.throttling.time.time", lambda: self.now[0])

    def test_who_asks_too_often_is_told_when_to_come_again(self, api, world):
        client = api.by(world.bob)
        assert [client.get(ME).status_code for _ in range(3)] == [200] * 3

        answer = client.get(ME)

        assert (answer.status_code, answer.body["statusCode"]) == (429, 2)
        assert answer.headers["Retry-After"] == "20"
        assert set(answer.body) == {"statusCode", "statusMessage"}

    def test_the_next_minute_is_another(self, api, world):
        client = api.by(world.bob)
        for _ in range(4):
            client.get(ME)
        self.now[0] += 20

        assert client.get(ME).status_code == 200

    def test_each_user_has_a_rate_of_his_own(self, api, world):
        for _ in range(4):
            api.by(world.bob).get(ME)

        assert api.by(world.ann).get(ME).status_code == 200

    def test_a_refused_write_writes_nothing(self, api, world):
        client = api.by(world.ann)
        for _ in range(3):
            client.get(ME)

        assert client.put(f"/api/v2/users/{world.bob.pk}", {"firstName": "X"}).status_code == 429
        world.bob.refresh_from_db()
        assert world.bob.first_name == "Bob"

    @pytest.mark.parametrize(
        ("path", "headers"),
        [
            (ME, {}),
            (ME, {"Authorization": "Bearer nothing"}),
            ("/api/v2/diagnostics/version", {}),
        ],
    )
    def test_strangers_are_counted_by_address(self, api, world, path, headers):
        for _ in range(3):
            assert api.get(path, headers=headers).status_code in {200, 401}

        assert api.get(path, headers=headers).status_code == 429
        assert api.get(path, REMOTE_ADDR="192.0.2.1").status_code in {200, 401}
        assert api.by(world.bob).get(ME).status_code == 200

    def test_zero_is_no_limit(self, api, world, settings):
        settings.API_RATE_PER_MINUTE = 0
        client = api.by(world.bob)

        assert {client.get(ME).status_code for _ in range(10)} == {200}


class TestDelay:
    def wrong(self, api, times: int, user_name: str = "bob@red.example", **more: str):
        for _ in range(times):
            answer = api.get(ME, headers=basic(user_name, "wrong"), **more)
            AccessAttempt.objects.update(attempt_time=self.earlier(60))
        return answer

    @staticmethod
    def earlier(seconds: float):
        from django.utils import timezone

        return timezone.now() - timedelta(seconds=seconds)

    def test_it_doubles(self, api, world):
        waits = []
        for _ in range(6):
            answer = api.get(ME, headers=basic("bob@red.example", "wrong"))
            waits.append(int(answer.headers.get("Retry-After", 0)))
            # As if the time were over.
            AccessAttempt.objects.update(attempt_time=self.earlier(60))

        assert [wait for wait in waits if wait] == [1, 2, 4, 8]

    def test_even_the_right_password_waits_and_is_not_counted(self, api, world):
        for _ in range(3):
            api.get(ME, headers=basic("bob@red.example", "wrong"))

        answer = api.get(ME, headers=basic("bob@red.example"))

        assert (answer.status_code, answer.body["statusCode"]) == (401, 20)
        assert answer.headers["Retry-After"] == "1"
        assert AccessAttempt.objects.get().failures_since_start == 3

    def test_it_is_for_one_name_from_one_address(self, api, world):
        for _ in range(4):
            api.get(ME, headers=basic("bob@red.example", "wrong"))

        elsewhere = api.get(ME, headers=basic("bob@red.example"), REMOTE_ADDR="192.0.2.1")
        other_name = api.get(ME, headers=basic("ann@red.example"))

        assert (elsewhere.status_code, other_name.status_code) == (200, 200)

    def test_the_right_password_after_the_delay_ends_it(self, api, world):
        self.wrong(api, 4)

        assert api.get(ME, headers=basic("bob@red.example")).status_code == 200
        assert not AccessAttempt.objects.exists()

    def test_a_locked_out_name_is_told_for_how_long(self, api, world, settings):
        settings.AXES_FAILURE_LIMIT = 5
        for number in range(5):
            wrong = basic("bob@red.example", "wrong")
            last = api.get(ME, headers=wrong, REMOTE_ADDR=f"192.0.2.{number}")
        AccessAttempt.objects.filter(ip_address="192.0.2.0").update(attempt_time=self.earlier(100))

        locked = api.get(ME, headers=basic("bob@red.example"), REMOTE_ADDR="192.0.2.99")

        assert 295 <= int(last.headers["Retry-After"]) <= 300
        # The oldest of five wrong passwords counts for two hundred seconds more.
        assert 195 <= int(locked.headers["Retry-After"]) <= 200


class TestAddress:
    def asked(self, rf, settings, forwarded: str | None, *, is_behind_proxy: bool) -> str | None:
        settings.IS_BEHIND_TLS = is_behind_proxy
        headers = {} if forwarded is None else {"X-Forwarded-For": forwarded}
        return address_of(rf.get("/", headers=headers, REMOTE_ADDR="192.0.2.7"))

    @pytest.mark.parametrize(
        ("forwarded", "address"),
        [
            ("203.0.113.9", "203.0.113.9"),
            ("10.0.0.1, 203.0.113.9", "203.0.113.9"),
            ("2001:DB8::1", "2001:db8::1"),
            ("unknown", None),
            (None, "192.0.2.7"),
        ],
    )
    def test_behind_a_proxy_it_is_what_the_proxy_says(self, rf, settings, forwarded, address):
        assert self.asked(rf, settings, forwarded, is_behind_proxy=True) == address

    def test_else_nobody_chooses_his_own(self, rf, settings):
        assert self.asked(rf, settings, "203.0.113.9", is_behind_proxy=False) == "192.0.2.7"


@pytest.mark.services
@pytest.mark.skipif(not ON_POSTGRES, reason="the cache is in memory")
class TestRedisCache:
    def test_it_counts_and_forgets_only_its_own(self):
        client = cache._cache.get_client(write=True)
        client.set("not the cache's", 1, ex=60)
        cache.add("count", 0, 60)

        assert (cache.incr("count"), cache.incr("count")) == (1, 2)
        cache.clear()

        assert cache.get("count") is None
        assert client.get("not the cache's") == b"1"

    def test_without_redis_requests_are_served(self, api, world, monkeypatch):
        import redis

        def down(*_args, **_options):
            raise redis.ConnectionError("down")

        with monkeypatch.context() as patch:
            patch.setattr("redis.Redis.execute_command", down)
            answer = api.by(world.bob).get(ME)

        assert answer.status_code == 200
