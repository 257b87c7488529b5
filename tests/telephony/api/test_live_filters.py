"""Devices and users are found by what is live of them."""

import pytest

from telephony.services.agents import set_do_not_disturb
from tests.factories import DeviceFactory
from tests.telephony.factories import go_ready, make_agent

pytestmark = pytest.mark.django_db


@pytest.fixture
def ready(world):
    agent = make_agent(world.red)
    go_ready(agent)
    set_do_not_disturb(user=agent, is_on=True)
    DeviceFactory.create(contact_center=world.red)
    return agent


@pytest.mark.parametrize(
    ("query", "finds_ready", "finds_bobs"),
    [
        ("deviceState=Active", True, False),
        ("deviceState=inactive", False, True),
        ("deviceState=Active,Inactive", True, True),
        ("doNotDisturb=On", True, False),
        ("doNotDisturb=off", False, True),
        ("userState.state=Ready", True, False),
        ("userState.state=NotReady,LoggedOut", False, False),
        ("userState.displayName=Ready&deviceState=Active", True, False),
    ],
)
def test_devices(api, world, ready, query, finds_ready, finds_bobs):
    paths = api.by(world.sue).get(f"/api/v2/devices?{query}").body["paths"]

    assert (f"/devices/{ready.devices.get().pk}" in paths) == finds_ready
    assert (f"/devices/{world.bobs_phone.pk}" in paths) == finds_bobs


@pytest.mark.parametrize(("value", "is_found"), [("On", True), ("Off", False)])
def test_users(api, world, ready, value, is_found):
    paths = api.by(world.bob).get(f"/api/v2/users?doNotDisturb={value}").body["paths"]

    assert (f"/users/{ready.pk.hex}" in paths) == is_found
    assert (f"/users/{world.bob.pk.hex}" in paths) != is_found


@pytest.mark.parametrize(
    "query", ["deviceState=x", "doNotDisturb=yes", "userState.state=Inactive", "devicestate=Active"]
)
def test_what_is_no_value_is_refused(api, world, query):
    assert api.by(world.ann).get(f"/api/v2/devices?{query}").body["statusCode"] == 10
