import pytest

from portal.events.models import EventRecord
from provisioning.models import Service
from supervision.health import SILENCE_MS, beat, is_reporting_active, show_reporting_state
from supervision.models import Heartbeat
from tests.factories import ContactCenterFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def service() -> Service:
    center = ContactCenterFactory.create()
    Service.objects.filter(contact_center=center, type="Reporting").delete()
    return Service.objects.create(contact_center=center, name="Statistics", type="Reporting")


def fall_silent() -> None:
    for one in Heartbeat.objects.all():
        one.at_ms -= SILENCE_MS
        one.save()


def test_without_a_sign_of_life_reporting_is_not_active():
    assert not is_reporting_active()
    beat()
    assert is_reporting_active()
    fall_silent()
    assert not is_reporting_active()


def test_the_service_follows_and_each_change_is_told_once(service: Service):
    show_reporting_state()
    show_reporting_state()
    service.refresh_from_db()
    assert service.state == "Inactive"

    beat()
    show_reporting_state()
    service.refresh_from_db()
    assert service.state == "Active"

    told = EventRecord.objects.filter(kind="service.state_changed").order_by("id")
    assert [one.payload["state"] for one in told] == ["Inactive", "Active"]
    assert {one.payload["service_id"] for one in told} == {str(service.pk)}
    assert {one.contact_center_id for one in told} == {service.contact_center_id}


def test_other_services_are_left_alone(service: Service):
    show_reporting_state()

    others = Service.objects.exclude(type="Reporting")
    assert {one.state for one in others} == {"Active"}
