import pytest
from django.test import Client

from provisioning.models import User
from supervision.models import StatisticName

pytestmark = pytest.mark.django_db
ADDING = "/admin/supervision/statisticname/add/"


@pytest.fixture
def root() -> Client:
    client = Client()
    client.force_login(User.objects.create_superuser("root@portal.example", "a long password"))
    return client


def test_names_for_definitions_are_made_changed_and_removed(root: Client):
    root.post(ADDING, {"section": "timeRanges", "name": "Short", "content": '"0-5"'})
    row = StatisticName.objects.get()
    assert (row.section, row.name, row.content) == ("timeRanges", "Short", "0-5")

    root.post(f"/admin/supervision/statisticname/{row.pk}/change/", {"content": '"0-9"'})
    row.refresh_from_db()
    assert row.content == "0-9"

    root.post(f"/admin/supervision/statisticname/{row.pk}/delete/", {"post": "yes"})
    assert not StatisticName.objects.exists()


def test_a_name_that_stands_for_nothing_is_refused_with_the_reason(root: Client):
    answer = root.post(ADDING, {"section": "timeRanges", "name": "Short", "content": '"soon"'})

    assert "timeRanges.Short: must be a mapping" in answer.content.decode()
    assert not StatisticName.objects.exists()
