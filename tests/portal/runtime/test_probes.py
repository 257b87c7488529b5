from typing import Any

import pytest
from django.test import Client

from portal.runtime import probes


def test_a_living_process_says_so_without_asking_the_database(client: Client) -> None:
    answer = client.get("/healthz")

    assert (answer.status_code, answer.json()) == (200, {"status": "alive"})


def test_it_is_ready_when_database_schema_and_redis_are(
    client: Client, db: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Whether there are migrations is the suite's own choice.
    monkeypatch.setitem(probes._checks, "schema", lambda: True)

    answer = client.get("/readyz")

    assert answer.status_code == 200
    assert answer.json() == {
        "status": "ready",
        "checks": {"database": True, "schema": True, "redis": True},
    }


def test_what_fails_is_named_and_no_reason_given(
    client: Client, db: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail() -> bool:
        raise OSError("secret host")

    monkeypatch.setitem(probes._checks, "schema", lambda: True)
    monkeypatch.setitem(probes._checks, "redis", fail)

    answer = client.get("/readyz")

    assert answer.status_code == 503
    assert answer.json()["checks"]["redis"] is False
    assert "secret" not in answer.content.decode()


def test_metrics_are_for_the_networks_named(client: Client, settings: Any) -> None:
    client.get("/healthz")
    shown = client.get("/metrics")
    assert shown.status_code == 200
    assert "django_http_requests_total_by_view_transport_method_total" in shown.content.decode()

    assert client.get("/metrics", REMOTE_ADDR="203.0.113.9").status_code == 404
    settings.METRICS_NETWORKS = []
    assert client.get("/metrics").status_code == 404


@pytest.mark.parametrize("path", ["/healthz", "/readyz", "/metrics"])
def test_they_are_only_read(path: str, client: Client) -> None:
    assert client.post(path).status_code == 405
