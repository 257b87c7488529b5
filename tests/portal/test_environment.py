import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured

from portal import environment
from tests import processes


@pytest.fixture
def given(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], str]:
    """`given(value)` sets the variable PORTAL_X and gives its name."""

    def give(value: str) -> str:
        monkeypatch.setenv("PORTAL_X", value)
        return "PORTAL_X"

    return give


def test_flags_are_true_or_false(given: Callable[[str], str]) -> None:
    assert environment.flag(given("true"), default=False) is True
    assert environment.flag(given(" False "), default=True) is False
    for nonsense in ("yes", "1", "tru"):
        with pytest.raises(ImproperlyConfigured, match="PORTAL_X must be true or false"):
            environment.flag(given(nonsense), default=False)


def test_whole_numbers_have_a_least(given: Callable[[str], str]) -> None:
    assert environment.whole_number(given("12"), default=1) == 12
    for nonsense in ("-1", "1.5", "²", "12 s", "0"):
        with pytest.raises(ImproperlyConfigured, match="PORTAL_X must be a whole number from 1"):
            environment.whole_number(given(nonsense), default=5, least=1)


def test_choices_name_what_is_allowed(given: Callable[[str], str]) -> None:
    assert environment.choice(given("b"), default="a", allowed=("a", "b")) == "b"
    with pytest.raises(ImproperlyConfigured, match="PORTAL_X must be one of a, b, not 'c'"):
        environment.choice(given("c"), default="a", allowed=("a", "b"))


def test_a_refused_url_is_not_shown(given: Callable[[str], str]) -> None:
    good = "redis://host/0"
    assert environment.url(given(good), schemes=("redis", "rediss")) == good
    for nonsense in ("mysql://user:secret@host/name", "user:secret@host", "redis:secret"):
        with pytest.raises(ImproperlyConfigured, match="PORTAL_X must be a URL") as refusal:
            environment.url(given(nonsense), schemes=("redis", "rediss"))
        assert "secret" not in str(refusal.value)


def test_lists_are_separated_by_commas(given: Callable[[str], str]) -> None:
    assert environment.comma_separated(given(" a, ,b,")) == ["a", "b"]


def test_an_empty_variable_is_as_good_as_none(given: Callable[[str], str]) -> None:
    name = given("")

    assert environment.flag(name, default=True) is True
    assert environment.whole_number(name, default=7) == 7
    assert environment.choice(name, default="a", allowed=("a",)) == "a"
    assert environment.url(name, schemes=("redis",)) == ""
    assert environment.comma_separated(name, default="a,b") == ["a", "b"]


def test_an_embedded_portal_draws_one_key_however_many_start_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("PORTAL_SECRET_KEY", raising=False)
    data_dir = tmp_path / "new"

    with ThreadPoolExecutor(8) as pool:
        drawn = set(
            pool.map(
                lambda _: environment.secret_key(data_dir=data_dir, is_embedded=True), range(40)
            )
        )

    assert len(drawn) == 1
    assert len(drawn.pop()) >= 50
    assert [path.name for path in data_dir.iterdir()] == ["secret-key"]
    assert (data_dir / "secret-key").stat().st_mode & 0o777 == 0o600


def start_with(**settings: str) -> str:
    """What a portal with these settings says when it does not start."""
    done = subprocess.run(
        processes.manage("check"),
        env=processes.environment(**settings),
        cwd=processes.ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode != 0
    return done.stderr.strip().splitlines()[-1]


def test_production_does_not_start_without_a_secret_key(tmp_path: Path) -> None:
    said = start_with(DATABASE_URL="postgres://portal@db.example/portal", DATA_DIR=str(tmp_path))

    assert "PORTAL_SECRET_KEY is not set" in said
    assert list(tmp_path.iterdir()) == []


def test_nonsense_in_the_environment_is_refused_at_the_start(tmp_path: Path) -> None:
    said = start_with(TLS="maybe", DATA_DIR=str(tmp_path))

    assert said.endswith("PORTAL_TLS must be true or false, not 'maybe'.")


@pytest.mark.parametrize("is_embedded", [True, False])
def test_the_log_is_for_people_when_embedded_and_for_programs_otherwise(
    tmp_path: Path, *, is_embedded: bool
) -> None:
    settings = {"DATA_DIR": str(tmp_path), "SECRET_KEY": "tests only"}
    if not is_embedded:
        settings["DATABASE_URL"] = "postgres://portal@db.example/portal"
    script = (
        "import django, logging, structlog; django.setup();"
        "logging.getLogger('a').warning('from %s', 'logging');"
        "structlog.get_logger('b').warning('from structlog', call='c1')"
    )

    said = subprocess.run(
        [sys.executable, "-c", script],
        env=processes.environment(**settings) | {"DJANGO_SETTINGS_MODULE": "portal.settings"},
        cwd=processes.ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stderr.splitlines()

    assert len(said) == 2
    assert all(line.startswith("{") != is_embedded for line in said)
    assert "from logging" in said[0]
    assert "c1" in said[1]
