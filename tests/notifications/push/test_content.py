"""Filters and tags."""

from uuid import UUID

import pytest

from notifications.push.content import own_filter, passes

USER = UUID("9a3f7a5e-0000-4000-8000-000000000001")
OWN = f"gws.api.v2.users.{USER.hex}."
CALL, DEVICE = f"{OWN}calls.0071023529204008", f"{OWN}devices.7ac00e37"


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        (None, f"{OWN}*"),
        ("", f"{OWN}*"),
        (f"{OWN}calls.*", f"{OWN}calls.*"),
        ("gws.api.v2.users.<id>.devices.*", f"{OWN}devices.*"),
        (f"{OWN}calls.*, {OWN}devices.*", f"{OWN}calls.*,{OWN}devices.*"),
        (f"gws.api.v2.users.*,{OWN}calls.*", f"{OWN}calls.*"),
        ("gws.api.v2.users.*", f"{OWN}*"),
        ("*", f"{OWN}*"),
        (f"gws.api.v2.users.{USER.hex[:-1]}*", f"{OWN}*"),
    ],
)
def test_of_a_filter_only_what_is_the_users_own_is_kept(given, kept):
    assert own_filter(given, USER) == kept


@pytest.mark.parametrize(
    ("filter_text", "passed"),
    [
        (f"{OWN}*", {CALL, DEVICE}),
        (f"{OWN}calls.*", {CALL}),
        (f"{OWN}devices.*", {DEVICE}),
        (f"{OWN}calls.*,{OWN}devices.*", {CALL, DEVICE}),
        (CALL, {CALL}),
        (f"{OWN}calls", set()),
        (f"{OWN}call?.*", set()),
    ],
)
def test_a_filter_lets_through_what_it_names(filter_text, passed):
    assert {tag for tag in (CALL, DEVICE) if passes(filter_text, tag)} == passed
