"""Days, midnights and changes of the clock, in several zones."""

from datetime import date
from zoneinfo import ZoneInfo

import pytest

from supervision.statistics.windows import (
    GrowingWindow,
    ProfileError,
    SlidingSelection,
    SlidingWindow,
    local_midnight_ms,
    parse_interval,
)
from tests.supervision.statistics import streams
from tests.supervision.statistics.test_oracle import compare, definitions, instants

BERLIN = ZoneInfo("Europe/Berlin")
HOUR_MS = 3_600_000


def resets(profile, day, zone):
    """All resets of a local day."""
    window = parse_interval("GrowingWindow", profile)
    begin, end = (
        local_midnight_ms(day, zone),
        local_midnight_ms(day + (date(2, 1, 2) - date(2, 1, 1)), zone),
    )
    found = []
    at_ms = window.around(begin - 1, zone)[1]
    while at_ms < end:
        found.append((at_ms - begin) / HOUR_MS)
        at_ms = window.around(at_ms, zone)[1]
    return found


def test_an_hourly_profile_resets_23_times_on_the_short_day():
    assert len(resets("0:00+1:00", date(2024, 3, 31), BERLIN)) == 23


def test_an_hourly_profile_resets_25_times_on_the_long_day():
    assert len(resets("0:00+1:00", date(2024, 10, 27), BERLIN)) == 25


def test_each_start_runs_with_its_period_until_the_next_start():
    assert resets("9:00, 18:00+2:00", date(2024, 3, 5), BERLIN) == [0, 2, 4, 6, 8, 9, 18, 20, 22]


def test_a_start_inside_the_gap_of_a_spring_night_falls_after_it():
    assert resets("2:30", date(2024, 3, 31), BERLIN) == [2.5]


def test_a_start_that_comes_twice_in_an_autumn_night_resets_once():
    assert resets("2:30", date(2024, 10, 27), BERLIN) == [2.5]


def test_never_does_not_reset():
    assert parse_interval("GrowingWindow", "never") == GrowingWindow(())


def test_a_sliding_step_is_one_second_unless_given():
    assert parse_interval("SlidingWindow", "900") == SlidingWindow(900, 1)
    assert parse_interval("SlidingWindow", "900:10") == SlidingWindow(900, 10)
    assert parse_interval("SlidingSelection", "7") == SlidingSelection(7)


@pytest.mark.parametrize(
    ("interval_type", "profile"),
    [
        ("GrowingWindow", "25:00"),
        ("GrowingWindow", "0:60"),
        ("GrowingWindow", "0:00+0:00"),
        ("GrowingWindow", "noon"),
        ("GrowingWindow", "0:00,0:00+1:00"),
        ("SlidingWindow", "60:7"),
        ("SlidingWindow", "0"),
        ("SlidingWindow", None),
        ("SlidingSelection", "0"),
        ("SlidingSelection", "x"),
        ("SlidingSelection", None),
    ],
)
def test_a_profile_that_cannot_be_read_is_refused(interval_type, profile):
    with pytest.raises(ProfileError):
        parse_interval(interval_type, profile)


@pytest.mark.parametrize(
    ("zone", "day", "begin_hour"),
    [("Europe/Berlin", date(2024, 3, 31), 1), ("America/St_Johns", date(2024, 11, 3), 23)],
)
def test_values_around_midnight_and_clock_changes_agree_with_the_naive_reference(
    zone, day, begin_hour
):
    opening = local_midnight_ms(day, ZoneInfo(zone))
    gaps = (*streams.GAPS_MS, 600_000, 1_500_000, 2 * HOUR_MS, 3 * HOUR_MS)
    for seed in range(6):
        begin_ms = opening + begin_hour * HOUR_MS
        log = streams.log_of(seed, 50, begin_ms=begin_ms, gaps=gaps)
        profile = ("0:00+1:00", "0:00", "2:30, 9:00+0:30")[seed % 3]
        found = definitions(seed, ("GrowingWindow", profile))

        looks = instants(log, streams.lot_of(seed))
        compare(found, log, looks, zone=zone, opening=opening)
