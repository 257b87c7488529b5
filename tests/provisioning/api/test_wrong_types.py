"""Whatever stands in a body: a refusal with a documented code, and nothing stored; never a 500."""

import pytest

from provisioning.models import ChangeLogEntry
from tests.factories import ContactFactory, PlaceFactory

pytestmark = pytest.mark.django_db

DEEP: list[object] = []
for _ in range(40):
    DEEP = [DEEP]
VALUES = [
    None,
    True,
    -1,
    2**63 - 1,
    1.5,
    "",
    " ",
    "\0",
    "x" * 100_000,
    "🙂" * 300,
    "%",
    "/users/",
    "http://[",
    "../../x",
    [],
    [None],
    [[]],
    [{"uri": None}],
    [{"uri": {}}],
    {},
    {"x": 1},
    DEEP,
]
FIELDS = {
    "users": (
        "userName",
        "password",
        "roles",
        "enabled",
        "skills",
        "devices",
        "phoneNumber",
        "defaultPlace",
    ),
    "devices": ("phoneNumber", "phoneNumberUri", "telephonyNetwork", "voiceEnvironmentUri"),
    "phone-numbers": ("phoneNumber",),
    "places": ("name", "deviceUri"),
    "contacts": ("name", "type", "phoneNumber"),
    "queues": ("name", "channel", "internal", "routingTemplateUri", "routing", "skills"),
}
REQUIRED = {
    "users": {"userName": "new@red.example"},
    "devices": {},
    "phone-numbers": {},
    "places": {"name": "New"},
    "contacts": {"name": "New", "phoneNumber": "1"},
    "queues": {"name": "New", "channel": "voice", "phoneNumber": "1"},
}
HARMLESS = {0, 1, 3, 6, 7, 10, 11, 18, 19}


@pytest.mark.parametrize(
    ("collection", "field"), [(name, field) for name, fields in FIELDS.items() for field in fields]
)
def test_creating(api, world, collection, field):
    client = api.by(world.ann)
    for value in VALUES:
        before = ChangeLogEntry.objects.count()

        answer = client.post(f"/api/v2/{collection}", {**REQUIRED[collection], field: value})

        assert answer.status_code < 500, value
        assert answer.body["statusCode"] in HARMLESS, value
        if answer.body["statusCode"]:
            assert ChangeLogEntry.objects.count() == before, value
        else:
            client.delete(f"/api/v2{answer.body['path']}")


@pytest.mark.parametrize("name", ["uris", "users"])
@pytest.mark.parametrize("method", ["post", "delete"])
def test_many(api, world, method, name):
    for collection in FIELDS:
        for value in VALUES:
            answer = getattr(api.by(world.ann), method)(f"/api/v2/{collection}", {name: value})
            assert answer.status_code < 500, (collection, value)
            assert answer.body["statusCode"] in HARMLESS, (collection, value)


def test_updating_and_operating(api, world):
    client = api.by(world.ann)
    place = PlaceFactory.create(contact_center=world.red)
    contact = ContactFactory.create(contact_center=world.red)
    targets = {
        f"places/{place.pk}": ("name", "deviceUri"),
        f"contacts/{contact.pk}": ("name", "phoneNumber"),
        f"queues/{world.sales_queue.pk}": ("routingTemplateUri", "routing"),
        f"users/{world.bob.pk}": ("defaultPlace", "roles"),
        "contact-center": ("name", "country", "timeZone"),
    }
    for path, fields in targets.items():
        for field in fields:
            for value in VALUES:
                answer = client.put(f"/api/v2/{path}", {field: value})
                assert answer.body["statusCode"] in HARMLESS, (path, field, value)
    for name in ("operationName", "oldPassword", "newPassword", "changePasswordOnFirstLogin"):
        for operation in ("ChangePassword", "ResetPassword"):
            for value in VALUES:
                body = {"operationName": operation, "oldPassword": "MQ==", "newPassword": "MQ=="}
                answer = client.post(f"/api/v2/users/{world.bob.pk.hex}", {**body, name: value})
                assert answer.body["statusCode"] in HARMLESS | {2}, (name, value)
    world.bob.refresh_from_db()
    assert world.bob.check_password("password")


@pytest.mark.parametrize(
    "path", ["contacts", "places", "phone-numbers", "system/routing-templates", "system/features"]
)
def test_queries(api, world, path):
    client = api.by(world.ann)
    for name in ("id", "name", "phoneNumber", "type", "deviceUri", "channel", "enabled", "version"):
        for value in ("", ",", "%00", "x" * 5000, "🙂", "'", "%25", "null", "1e9", "/x/y"):
            answer = client.get(f"/api/v2/{path}?{name}={value}")
            assert answer.body["statusCode"] in {0, 10}, (name, value)
