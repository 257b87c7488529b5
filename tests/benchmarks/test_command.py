"""`python -m benchmarks` runs everything; what the ratios are is nothing that a test can say."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests import stores
from tests.processes import ROOT, environment


def run(*arguments: str, folder: Path) -> "subprocess.CompletedProcess[str]":
    settings = environment(TEST_POSTGRES_URL=stores.POSTGRES_URL) | {"TMPDIR": str(folder)}
    return subprocess.run(
        [sys.executable, "-m", "benchmarks", "--tiny", *arguments],
        cwd=ROOT,
        env=settings,
        capture_output=True,
        text=True,
        check=False,
    )


def table_of(*names: str, folder: Path) -> list[list[str]]:
    """The cells of the table's lines."""
    done = run(*names, folder=folder)
    assert done.returncode == 0, done.stderr
    assert list(folder.iterdir()) == [], "what a run makes is gone after it"
    return [re.split(r"\s{2,}", line) for line in done.stdout.splitlines()]


@pytest.fixture(scope="module")
def table(tmp_path_factory: pytest.TempPathFactory) -> list[list[str]]:
    """All of them."""
    return table_of(folder=tmp_path_factory.mktemp("benchmarks"))


def assert_measured(table: list[list[str]], name: str) -> None:
    assert table[0] == ["name", "ours", "the other", "ratio", "note"]
    [cells] = [cells for cells in table if cells[0] == name]
    assert float(cells[3].replace(",", "")) > 0
    assert " / " in cells[4], "the note says against what"


def test_some_are_asked_for_by_name(tmp_path: Path):
    table = table_of("users-list", "routing", folder=tmp_path)

    names = ["users-list", "routing-agents", "routing-waiting"]
    assert [cells[0] for cells in table] == ["name", *names]
    for name in names:
        assert_measured(table, name)


@pytest.mark.slow
@pytest.mark.parametrize(
    "name",
    [
        "users-list",
        "users-linked",
        "users-objects",
        "statistics-engine",
        "statistics-read",
        "statistics-bytewax",
        "statistics-fed",
        "statistics-tick",
        "statistics-agents",
        "wallboards-frame",
        "wallboards-agents",
        "event-log, SQLite",
        "calls, SQLite",
        "routing-agents",
        "routing-waiting",
    ],
)
def test_each_benchmark_yields_a_ratio(table: list[list[str]], name: str):
    assert_measured(table, name)


@pytest.mark.slow
def test_the_event_log_is_measured_on_postgres_where_it_answers(table: list[list[str]]):
    if missing := stores.services_missing():
        assert not stores.ALL_REQUIRED, missing
        pytest.skip(missing)

    names = {cells[0] for cells in table}
    assert {"event-log, PostgreSQL", "calls, PostgreSQL"} <= names
    assert {
        f"bayeux-{what}-{against}"
        for what in ("own", "p99", "all", "open", "idle")
        for against in ("ws-faye", "lp-node", "lp-faye")
    } <= names


def test_an_unknown_name_is_refused_with_the_known_ones(tmp_path: Path):
    done = run("users-lists", folder=tmp_path)

    assert done.returncode == 2
    assert "no benchmark users-lists; there are users-list, users-linked" in done.stderr
