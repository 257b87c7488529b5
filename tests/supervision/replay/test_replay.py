"""A call log replayed: each day's figures are the sums over its rows."""

import json
import os
from collections import defaultdict
from datetime import date, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.core.management import CommandError, call_command

from portal.events.models import EventRecord
from provisioning.models import ContactCenter, Queue, User
from supervision.models import AgentInterval, StatisticHistory
from supervision.replay.days import summed_days
from supervision.replay.rows import RowError, read_rows
from supervision.values import history
from telephony.models import CallRecord
from tests.supervision.replay.excerpt import EXCERPT

pytestmark = pytest.mark.django_db
ZONE = ZoneInfo("Asia/Jerusalem")
FIRST, SECOND = "1999-08-01", "1999-08-02"


@pytest.fixture
def log(tmp_path: Path) -> Path:
    path = tmp_path / "calls.tsv"
    path.write_text(EXCERPT, encoding="utf-8")
    return path


def replayed(capsys: Any, path: Path, *options: str) -> Any:
    call_command("replay", str(path), "--json", *options)
    return json.loads(capsys.readouterr().out)


def ms(text: str) -> int:
    return round(datetime.fromisoformat(text).replace(tzinfo=ZONE).timestamp() * 1000)


def test_each_days_figures_by_hand(log: Path, capsys: Any):
    days = replayed(capsys, log)

    assert days[FIRST] == {
        "offered": 8,
        "answered": 4,
        "abandoned": 3,
        "wait_of_answered_seconds": 45,
        "wait_of_abandoned_seconds": 120,
        "answered_within": {"20": 3, "60": 4, "120": 4},
        "service_level": {"20": 75.0, "60": 100.0, "120": 100.0},
        "talk_seconds": {"S01": 60, "S02": 120},
    }
    assert days[SECOND] == {
        "offered": 1,
        "answered": 2,
        "abandoned": 0,
        "wait_of_answered_seconds": 240,
        "wait_of_abandoned_seconds": 0,
        "answered_within": {"20": 0, "60": 0, "120": 1},
        "service_level": {"20": 0.0, "60": 0.0, "120": 50.0},
        "talk_seconds": {"S01": 330, "S02": 100},
    }


def test_the_sums_over_the_rows_are_made_without_the_engine(log: Path):
    days = summed_days(read_rows(log, ZONE), ZONE)

    assert days[date(1999, 8, 2)].talk_seconds == {"S01": 330, "S02": 100}
    assert (days[date(1999, 8, 1)].offered, days[date(1999, 8, 2)].offered) == (8, 1)


def test_history_calls_and_activity_are_kept_at_their_own_times(log: Path, capsys: Any):
    replayed(capsys, log)

    center = ContactCenter.objects.get(name="Anonymous Bank")
    queue = Queue.objects.get(contact_center=center)
    [final] = history(queue.pk, "Total_Answered", limit=1, to_ms=ms(f"{SECOND}T00:00:00") - 1)
    assert (final.value, final.at_ms) == (4, ms(f"{SECOND}T00:00:00") - 1)
    assert CallRecord.objects.filter(contact_center=center).count() == 9
    overnight = CallRecord.objects.get(contact_center=center, user_data__recordedCallId="8")
    assert overnight.queued_at_ms == ms(f"{FIRST}T23:57:10")
    assert overnight.answered_ms == ms(f"{SECOND}T00:00:10")
    s01 = User.objects.get(contact_center=center, first_name="S01")
    talks = AgentInterval.objects.filter(user_id=s01.pk, state="Established").order_by("began_ms")
    first = talks[0]
    assert first.began_ms == ms(f"{FIRST}T09:00:20")
    assert first.ended_ms == ms(f"{FIRST}T09:01:20")


def test_old_calls_are_no_news_to_the_running_portal(log: Path, capsys: Any):
    replayed(capsys, log)

    assert not EventRecord.objects.exclude(kind="provisioning.changed").exists()


def test_a_second_replay_into_the_same_contact_center_is_refused(log: Path, capsys: Any):
    replayed(capsys, log)
    kept = StatisticHistory.objects.count()

    with pytest.raises(CommandError, match="already exists"):
        call_command("replay", str(log))

    assert StatisticHistory.objects.count() == kept
    replayed(capsys, log, "--contact-center", "Another Bank")
    assert ContactCenter.objects.count() == 2


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("a\tb\n1\t2\n", "the columns .* are missing"),
        (EXCERPT.replace("9:00:20", "25:00:00", 1).replace("9:00:05", "noon"), "line 2: "),
        (EXCERPT.replace("HANG", "LOST", 1), "line 5: the outcome 'LOST' is unknown"),
        (EXCERPT.splitlines()[0], "holds no calls"),
    ],
)
def test_a_file_of_another_form_is_refused_by_line(tmp_path: Path, text: str, told: str):
    path = tmp_path / "calls.tsv"
    path.write_text(text, encoding="utf-8")

    with pytest.raises(CommandError, match=told):
        call_command("replay", str(path))

    assert not ContactCenter.objects.exists()


def test_a_row_error_names_the_file(tmp_path: Path):
    path = tmp_path / "calls.tsv"
    path.write_text(EXCERPT.replace("AGENT", "X", 1), encoding="utf-8")

    with pytest.raises(RowError, match=r"calls\.tsv: line 2"):
        list(read_rows(path, ZONE))


def real_log() -> Path | None:
    """The real call log where it is at hand: PORTAL_TEST_CALL_LOG, or beside the repository."""
    named = os.environ.get("PORTAL_TEST_CALL_LOG")
    if named:
        return Path(named)
    beside = Path(__file__).parents[4] / "shared" / "data"
    return next(iter(sorted(beside.glob("anonymous-bank-*.tsv"))), None)


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_the_real_call_log_gives_the_sums_over_its_rows(capsys: Any):
    path = real_log()
    if path is None:
        pytest.skip("The real call log is not at hand (PORTAL_TEST_CALL_LOG names it).")

    days = replayed(capsys, path)

    # Plain sums over the lines, by the day that each names, wherever no call crosses midnight.
    answered: dict[str, int] = defaultdict(int)
    talk: dict[str, int] = defaultdict(int)
    lines = path.read_text(encoding="utf-8").splitlines()
    columns = lines[0].split("\t")
    for line in lines[1:]:
        row = dict(zip(columns, line.split("\t"), strict=True))
        if row["outcome"] == "AGENT":
            day = datetime.strptime(row["date"], "%y%m%d").date().isoformat()  # noqa: DTZ007
            answered[day] += 1
            if row["server"] != "NO_SERVER":
                talk[row["server"]] += int(row["ser_time"])
    assert sum(day["answered"] for day in days.values()) == sum(answered.values())
    assert sum(abs(days[day]["answered"] - answered[day]) for day in answered) < 20
    told: dict[str, int] = defaultdict(int)
    for day in days.values():
        for server, seconds in day["talk_seconds"].items():
            told[server] += seconds
    assert told == {server: seconds for server, seconds in talk.items() if seconds}
