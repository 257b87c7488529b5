"""Formulas and windows in words."""

from supervision.statistics.categories import CATEGORIES
from supervision.statistics.definitions import parse_definitions
from supervision.statistics.explain import _FORMULAS, Explanation, explain
from tests.supervision.statistics.streams import OPENING
from tests.supervision.statistics.test_engine import define

BERLIN = "Europe/Berlin"


def explained(entry, at_ms=OPENING + 5_400_000, zone="UTC"):
    return explain(parse_definitions([entry])[0], zone, at_ms)


def test_a_growing_window_starts_at_the_reset_in_the_objects_zone():
    entry = define("AverageTime", mask="CallWait,~CallAnswered", dynamicTimeProfile="0:00")

    assert explained(entry, zone=BERLIN) == Explanation(
        "TotalTime(CallWait, ~CallAnswered) / TotalNumber(CallWait, ~CallAnswered) over DNAction",
        "since the last reset (Europe/Berlin), 1440 min long",
        OPENING - 3_600_000,
    )


def test_service_factor_names_both_ranges():
    entry = define("ServiceFactor1", timeRangeRight=120, timeRangeLeft2=0, timeRangeRight2=10)

    assert explained(entry).formula == (
        "100 * answered within [0, 120) s / "
        "(answered + abandoned - abandoned within [0, 10) s) over DNAction"
    )


def test_the_other_windows_say_what_they_are():
    windows = {
        ("SlidingWindow", "900:10"): ("the 900 s up to the last full 10 s", OPENING - 900_000),
        ("SlidingSelection", "7"): ("the last 7 completed", None),
        ("GrowingWindow", "never"): ("since the opening", None),
    }
    for (kind, profile), expected in windows.items():
        entry = define("TotalNumber", intervalType=kind, dynamicTimeProfile=profile)
        found = explained(entry, OPENING + 9_999)
        assert (found.window, found.since_ms) == expected

    login = define("TotalNumber", kind="AGENT", intervalType="SinceLogin")
    assert explained(login).window == "since the last login"
    assert explained(define("CurrentNumber")).window == "now"


def test_every_formula_belongs_to_a_category():
    assert set(_FORMULAS) <= set(CATEGORIES)
