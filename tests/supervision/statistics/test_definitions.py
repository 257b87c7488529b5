"""Which definitions are taken, which refused, and what the refusal says."""

from pathlib import Path

import pytest

from supervision.statistics.definitions import (
    DefinitionError,
    load_definitions,
    parse_definitions,
)
from supervision.statistics.masks import parse_mask
from supervision.statistics.windows import GrowingWindow, SlidingWindow, Start

SHIPPED = Path(__file__).parents[3] / "supervision" / "statistics.yaml"


def entry(outer=None, **inner):
    base = {"category": "TotalNumber", "subject": "DNAction", "mainMask": "CallAnswered"}
    return {
        "name": "Some",
        "objectType": "QUEUE",
        "notificationMode": "PERIODICAL",
        "notificationFrequency": 10,
        **(outer or {}),
        "statisticDefinitionEx": {**base, **inner},
    }


def refusal(given, **inner):
    with pytest.raises(DefinitionError) as caught:
        parse_definitions([given], source="statistics.yaml")
    return caught.value


def test_the_shipped_file_has_the_samples_definitions_repaired():
    shipped = {(one.object_type, one.name): one for one in load_definitions(SHIPPED)}

    assert len(shipped) == 25
    assert all(not one.warnings for one in shipped.values())
    level = shipped["SKILL_Q", "ServiceLevel"]
    assert (level.category, level.span, level.span2) == ("ServiceFactor1", (0, 120), (0, 10))
    assert level.interval == GrowingWindow((Start(0, 3_600_000),))
    assert shipped["SKILL_AG", "AverageHandlingTime"].subject == "DNStatus"
    not_ready = shipped["SKILL_AG", "CurrentNotReadyAgents"].main_mask
    assert not_ready == parse_mask("AfterCallWork, NotReadyForNextCall")
    assert (
        parse_mask("CallRinging").items[0]
        in shipped["SKILL_AG", "CurrNumberInCall"].main_mask.items
    )


def test_a_mask_may_be_a_list_and_stray_quotes_are_dropped():
    assert parse_mask(["'*'", " ~LoggedOut "]).items == (("*", True), ("LoggedOut", False))
    assert parse_mask("'*',~LoggedOut,~NotMonitored'") == parse_mask("*,~LoggedOut,~NotMonitored")


@pytest.mark.parametrize(
    ("mask", "names", "is_in"),
    [
        ("*,~LoggedOut", {"CallInbound"}, True),
        ("*,~LoggedOut", {"LoggedOut"}, False),
        ("~CallInbound,*", {"CallInbound"}, True),
        ("CallOnHoldInbound", {"CallOnHold", "CallOnHoldInbound"}, True),
        ("CallOnHold", {"CallOnHold", "CallOnHoldInbound"}, True),
        ("CallOnHold,~CallOnHoldInbound", {"CallOnHold", "CallOnHoldInbound"}, False),
        ("CallInbound", {"CallOutbound"}, False),
    ],
)
def test_the_last_matching_item_of_a_mask_decides(mask, names, is_in):
    assert parse_mask(mask).accepts(frozenset(names)) is is_in


@pytest.mark.parametrize(
    ("field", "given"),
    [
        ("category", entry(category="TotalNumbers")),
        ("category", entry({"objectType": "AGENT"}, category="ServiceFactor1")),
        (
            "category",
            entry(
                {"objectType": "SKILL_AG"},
                category="CurrentContinuousTime",
                subject="AgentStatus",
                mainMask="*",
            ),
        ),
        ("category", entry(category="CurrentState", mainMask="*")),
        ("subject", entry(subject="AgentStatus")),
        ("subject", entry(subject="DNSStatus")),
        ("subject", entry({"objectType": "SKILL_AG"}, subject="GroupStatus")),
        ("subject", entry({"objectType": "AGENT"}, category="CurrentContinuousTime", mainMask="*")),
        ("mainMask", entry(mainMask=None)),
        ("mainMask", entry(mainMask="CallRingin")),
        ("mainMask", entry(mainMask=7)),
        ("relativeMask", entry(category="AverageNumberPerRelativeHour")),
        ("intervalType", entry(intervalType="Growing")),
        ("intervalType", entry(intervalType="SinceLogin")),
        ("dynamicTimeProfile", entry(dynamicTimeProfile="24:00")),
        ("dynamicTimeProfile", entry(intervalType="SlidingWindow", dynamicTimeProfile="900:7")),
        ("timeRangeRight", entry(timeRangeLeft=20, timeRangeRight=20)),
        ("timeRangeRight2", entry(timeRangeLeft2=5, timeRangeRight2=1)),
        ("timeRangeLeft", entry(timeRangeLeft="soon", timeRangeRight=20)),
        ("dynamicFilter", entry(dynamicFilter='PairExists("a")')),
        ("distinguishByConnId", entry(distinguishByConnId="maybe")),
        ("objectType", entry({"objectType": "ROUTE_POINT"})),
        ("notificationMode", entry({"notificationMode": "SOMETIMES"})),
        ("notificationFrequency", entry({"notificationFrequency": -1})),
        ("name", entry({"name": ""})),
        ("statisticDefinitionEx", {"name": "Some", "objectType": "QUEUE"}),
        ("document", "name"),
    ],
)
def test_a_wrong_entry_is_refused_by_field(field, given):
    error = refusal(given)

    assert error.field == field
    assert str(error).startswith(f"statistics.yaml: entry 1: {field}: ")


def test_a_name_may_repeat_for_another_type_only():
    twice = [entry(), entry({"objectType": "SKILL_Q"})]
    assert len(parse_definitions(twice)) == 2

    with pytest.raises(DefinitionError, match="entry 3: name"):
        parse_definitions([*twice, entry()])


def test_the_default_window_is_the_day():
    assert parse_definitions([entry()])[0].interval == GrowingWindow((Start(0, None),))


def test_a_current_category_ignores_the_window():
    given = entry(category="CurrentNumber", mainMask="CallWait", dynamicTimeProfile="nonsense")
    assert parse_definitions([given])[0].category == "CurrentNumber"


def test_an_action_that_never_happens_is_taken_with_a_warning():
    (taken,) = parse_definitions([entry(mainMask="CallCleared,CallTransferMade,CallAnswered")])

    assert taken.warnings == (
        "CallCleared is not supported and stays 0",
        "CallTransferMade is not supported and stays 0",
    )


def test_a_file_error_names_file_and_entry(tmp_path):
    path = tmp_path / "some.yaml"
    path.write_text("name: A\nobjectType: QUEUE\n", encoding="utf-8")
    with pytest.raises(DefinitionError, match=r"some.yaml: entry 1: statisticDefinitionEx"):
        load_definitions(path)

    path.write_text("a: 1\n---\nmainMask: '*', ~LoggedOut, ~NotMonitored'\n", encoding="utf-8")
    with pytest.raises(DefinitionError, match=r"some.yaml: entry 2: document"):
        load_definitions(path)


def test_a_profile_in_a_file_is_text_even_without_quotes(tmp_path):
    path = tmp_path / "some.yaml"
    path.write_text(
        "name: A\nobjectType: QUEUE\nstatisticDefinitionEx:\n  category: TotalNumber\n"
        "  subject: DNAction\n  mainMask: CallWait\n  intervalType: SlidingWindow\n"
        "  dynamicTimeProfile: 900:10\n  distinguishByConnId: true\n",
        encoding="utf-8",
    )

    (taken,) = load_definitions(path)

    assert taken.interval == SlidingWindow(900, 10)
    assert taken.distinguish_by_conn_id is True
