"""Entries that name what they mean: the seed's "Simple Mode Entry Format"."""

import pytest

from supervision.statistics.definitions import (
    DefinitionError,
    load_definitions,
    parse_definitions,
)
from supervision.statistics.simple import Names
from supervision.statistics.windows import GrowingWindow, SlidingWindow, Start

NAMES = """
statisticDefinitions:
  TestAgentStat:
    category: ServiceFactor1
    subject: DNAction
  Answered: {category: TotalNumber, subject: DNAction, mainMask: CallAnswered}
timeProfiles:
  OneDay: 0:00
  LastQuarter: {intervalType: SlidingWindow, dynamicTimeProfile: 900:10}
timeRanges:
  Range0-60: 0-60
  Range0-5: {left: 0, right: 5}
"""
SIMPLE = """
name: test
statisticDefinitionName: TestAgentStat
objectType: QUEUE
timeProfile: OneDay
notificationMode: PERIODICAL
notificationFrequency: 10
timeRange: Range0-60
timeRange2: Range0-5
"""


def load(tmp_path, *documents, names=None):
    path = tmp_path / "statistics.yaml"
    path.write_text("---".join(documents), encoding="utf-8")
    return load_definitions(path, names)


@pytest.mark.parametrize("order", [(NAMES, SIMPLE), (SIMPLE, NAMES)])
def test_the_seeds_example_is_what_its_names_stand_for(tmp_path, order):
    (taken,) = load(tmp_path, *order)

    assert (taken.name, taken.category, taken.object_type) == ("test", "ServiceFactor1", "QUEUE")
    assert (taken.span, taken.span2) == ((0, 60), (0, 5))
    assert taken.interval == GrowingWindow((Start(0, None),))
    assert taken.notification_frequency == 10
    assert taken.warnings == ()


def test_a_profile_may_be_of_any_interval(tmp_path):
    entry = SIMPLE.replace("OneDay", "LastQuarter").replace("TestAgentStat", "Answered")

    (taken,) = load(tmp_path, NAMES, entry)

    assert taken.interval == SlidingWindow(900, 10)


def test_names_may_come_from_elsewhere_and_the_files_own_go_before(tmp_path):
    names = Names()
    names.add(
        "statisticDefinitions",
        "TestAgentStat",
        {"category": "ServiceFactor1", "subject": "DNAction"},
    )
    names.add("timeProfiles", "OneDay", "9:00")
    names.add("timeRanges", "Range0-60", "0-60")
    names.add("timeRanges", "Range0-5", "0-5")

    (elsewhere,) = load(tmp_path, SIMPLE, names=names)
    (own,) = load(tmp_path, SIMPLE, "\ntimeProfiles: {OneDay: 0:00}\n", names=names)

    assert elsewhere.interval == GrowingWindow((Start(540, None),))
    assert own.interval == GrowingWindow((Start(0, None),))


def test_in_extended_mode_the_name_is_ignored():
    (taken,) = parse_definitions(
        [
            {
                "name": "A",
                "objectType": "QUEUE",
                "statisticDefinitionName": "Nothing",
                "statisticDefinitionEx": {
                    "category": "TotalNumber",
                    "subject": "DNAction",
                    "mainMask": "CallAnswered",
                },
            }
        ]
    )

    assert taken.category == "TotalNumber"


@pytest.mark.parametrize(
    ("documents", "entry", "field", "reason"),
    [
        ((SIMPLE,), 1, "statisticDefinitionName", "nothing is named 'TestAgentStat'"),
        ((NAMES, SIMPLE.replace("OneDay", "Week")), 2, "timeProfile", "nothing is named 'Week'"),
        ((NAMES, SIMPLE.replace("Range0-5", "R")), 2, "timeRange2", "nothing is named 'R'"),
        ((NAMES, SIMPLE.replace("0-60", "0-60\nextra: 1")), 2, None, None),
        (("\ntimeRanges: {A: soon}\n", SIMPLE), 1, "timeRanges.A", "must be a mapping"),
        (("\ntimeRanges: {A: {left: 1}}\n",), 1, "timeRanges.A", "needs left and right"),
        (("\ntimeProfiles: 5\n",), 1, "timeProfiles", "must map names to what they stand for"),
        (("\ntimeProfiles: {A: {size: 1}}\n",), 1, "timeProfiles.A", "knows no size"),
        (
            ("\nstatisticDefinitions: {A: {category: TotalNumber}}\n",),
            1,
            "statisticDefinitions.A",
            "subject is missing",
        ),
        (("\ntimeRanges: {}\nname: A\n",), 1, "name", "stands beside"),
        # What a name stands for is checked with the entry that uses it.
        ((NAMES.replace("ServiceFactor1", "Nonsense"), SIMPLE), 2, "category", "unknown"),
        ((NAMES.replace("0-60: 0-60", "0-60: 60-0"), SIMPLE), 2, "timeRangeRight", "not above"),
    ],
)
def test_what_cannot_be_used_is_refused_by_file_entry_field_and_reason(
    tmp_path, documents, entry, field, reason
):
    if field is None:
        assert load(tmp_path, *documents)[0].warnings == ("the field extra is ignored",)
        return
    with pytest.raises(DefinitionError) as caught:
        load(tmp_path, *documents)

    error = caught.value
    assert (error.entry, error.field) == (entry, field)
    assert reason in error.reason
    assert str(error).startswith(f"{tmp_path / 'statistics.yaml'}: entry {entry}: {field}: ")
