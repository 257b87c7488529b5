"""The filter language."""

import pytest

from supervision.statistics.filters import FilterError, parse_filter

CALL = {"Language": "Spanish", "Tier": 2, "MediaType": "voice", "DNIS": "8001", "Spaced": "a b"}


@pytest.mark.parametrize(
    ("text", "holds"),
    [
        ('PairExists("Language","Spanish")', True),
        ('PairExists("Language","French")', False),
        ('PairExists("Language","*")', True),
        ('PairExists("Nothing","*")', False),
        ('PairExists("Tier","2")', True),
        ('PairExists ( "Spaced" , "a b" )', True),
        ("MediaType=voice", True),
        ('DNIS = "8001"', True),
        ("ANI=8001", False),
        ("~MediaType=voice", False),
        ("~~MediaType=voice", True),
        ("DNIS=1 & ANI=1 | MediaType=voice", True),
        ("MediaType=voice | DNIS=1 & ANI=1", True),
        ("(MediaType=voice | DNIS=1) & ANI=1", False),
        ("~DNIS=1 & ~ANI=1", True),
        ("~(DNIS=1 | MediaType=voice)", False),
        ("~DNIS=1 | MediaType=email", True),
    ],
)
def test_a_filter_holds_or_not(text, holds):
    assert parse_filter(text).holds(CALL) is holds


@pytest.mark.parametrize(
    "text",
    [
        "",
        "PairExists",
        'PairExists("a")',
        "Colour=red",
        "DNIS",
        "DNIS=",
        "(DNIS=1",
        "DNIS=1)",
        "DNIS=1 &",
        "DNIS=1 ANI=2",
        'PairExists("a","b',
        "& DNIS=1",
    ],
)
def test_a_filter_that_cannot_be_read_is_refused(text):
    with pytest.raises(FilterError):
        parse_filter(text)
