"""`/webhooks` and `/webhooks/ID/deliveries`."""

import pytest

from notifications.models import Webhook
from notifications.services.webhooks import MAX_WEBHOOKS
from portal.events.models import EventRecord
from provisioning.models import ChangeLogEntry
from tests.factories import UserFactory
from tests.notifications.webhooks.scenes import (
    call_queued,
    collect,
    deliveries,
    make_webhook,
    serve,
    tell,
)

pytestmark = pytest.mark.django_db
WEBHOOKS = "/api/v2/webhooks"
NEW = {"name": "CRM", "url": "https://crm.example.com/hook", "eventKinds": ["call.*"]}


@pytest.fixture
def ann(world, api):
    return api.by(world.ann)


def test_an_admin_makes_reads_changes_and_deletes_a_webhook(world, ann):
    made = ann.post(WEBHOOKS, NEW).body
    address = f"{WEBHOOKS}/{made['id']}"

    assert made == {
        "statusCode": 0,
        "id": made["id"],
        "uri": f"http://testserver{address}",
        "path": f"/webhooks/{made['id']}",
        "secret": Webhook.objects.get().secret,
    }
    webhook = ann.get(address).body["webhook"]
    created_at = webhook.pop("createdAt")
    assert created_at > 1_700_000_000_000
    assert webhook == {
        **NEW,
        "id": made["id"],
        "uri": made["uri"],
        "path": made["path"],
        "state": "Active",
        "failureCount": 0,
    }
    assert ann.get(WEBHOOKS).body["uris"] == [made["uri"]]
    assert ann.put(address, {"state": "Inactive", "eventKinds": ["*"]}).body == {"statusCode": 0}
    changed = ann.get(f"{WEBHOOKS}?fields=state,eventKinds").body["webhooks"]
    assert [(one["state"], one["eventKinds"]) for one in changed] == [("Inactive", ["*"])]
    assert ann.delete(address).body == {"statusCode": 0}
    assert ann.get(address).body["statusCode"] == 6


def test_the_secret_stands_in_no_answer_event_or_log(world, ann):
    secret = ann.post(WEBHOOKS, NEW).body["secret"]
    webhook = Webhook.objects.get()
    rotated = ann.post(f"{WEBHOOKS}/{webhook.pk}", {"operationName": "RotateSecret"}).body
    webhook.refresh_from_db()

    assert rotated["secret"] == webhook.secret != secret
    assert webhook.previous_secret == secret
    until = webhook.previous_secret_valid_until.timestamp() * 1000
    assert rotated["previousSecretValidUntil"] == round(until)
    texts = [ann.get(f"{WEBHOOKS}?fields=*&subresources=*").content.decode()]
    texts.append(ann.get(f"{WEBHOOKS}/{webhook.pk}").content.decode())
    texts += [str(one) for one in EventRecord.objects.values_list("payload", flat=True)]
    texts += [str(one) for one in ChangeLogEntry.objects.values_list("before", "after")]
    for one in (secret, rotated["secret"]):
        assert not [text for text in texts if one in text]
    actions = ChangeLogEntry.objects.filter(resource="webhooks").order_by("pk")
    assert list(actions.values_list("action", flat=True)) == ["created", "rotated"]


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"url": None}, 10),
        ({"url": "https://10.0.0.1/"}, 10),
        ({"url": "gopher://crm.example.com/"}, 10),
        ({"url": "https://crm.example.com/" + "x" * 2000}, 10),
        ({"eventKinds": []}, 10),
        ({"eventKinds": "call.*"}, 10),
        ({"eventKinds": ["call.never"]}, 10),
        ({"eventKinds": ["nothing.*"]}, 10),
        ({"eventKinds": ["notification.triggered"]}, 10),
        ({"eventKinds": [["call.*"]]}, 10),
        ({"state": "Disabled"}, 10),
        ({"state": "Off"}, 10),
        ({"secret": "mine"}, 10),
        ({"failureCount": 3}, 11),
        ({"name": ""}, 10),
    ],
)
def test_what_may_not_be_is_refused_and_changes_nothing(world, ann, change, code, settings):
    settings.WEBHOOK_ALLOWED_NETWORKS = []
    webhook = make_webhook(world.red, "https://crm.example.com/", "call.*", name="Other")
    before = Webhook.objects.values().get()

    assert ann.post(WEBHOOKS, {**NEW, **change}).body["statusCode"] == code
    assert ann.put(f"{WEBHOOKS}/{webhook.pk}", change).body["statusCode"] == code
    assert Webhook.objects.values().get() == before


@pytest.mark.parametrize("name", ["name", "url", "eventKinds"])
def test_what_a_webhook_needs_is_asked_for(ann, name):
    answer = ann.post(WEBHOOKS, {key: value for key, value in NEW.items() if key != name})

    assert answer.body == {
        "statusCode": 1,
        "statusMessage": f"Required parameter is missing: {name}",
    }
    assert not Webhook.objects.exists()


def test_names_are_unique_and_there_are_not_too_many(world, ann):
    assert ann.post(WEBHOOKS, NEW).body["statusCode"] == 0
    assert ann.post(WEBHOOKS, NEW).body["statusCode"] == 18
    for number in range(MAX_WEBHOOKS - 1):
        Webhook.objects.create(
            contact_center=world.red, name=str(number), url=NEW["url"], event_kinds=["*"]
        )

    assert ann.post(WEBHOOKS, {**NEW, "name": "One more"}).body["statusCode"] == 2
    assert Webhook.objects.count() == MAX_WEBHOOKS


def test_only_admins_of_the_contact_center_know_webhooks(world, api):
    webhook = make_webhook(world.red, "https://crm.example.com/")
    blues_admin = UserFactory.create(contact_center=world.blue, is_admin=True)
    address = f"{WEBHOOKS}/{webhook.pk}"

    for user, code in ((world.bob, 5), (world.sue, 5), (blues_admin, 6)):
        client = api.by(user)
        assert client.get(address).body["statusCode"] == code
        assert client.get(f"{address}/deliveries").body["statusCode"] == code
        for operation in ("RotateSecret", "Redeliver", "Ping"):
            answer = client.post(address, {"operationName": operation})
            assert answer.body["statusCode"] == code
        assert client.delete(address).body["statusCode"] == code
    assert api.by(blues_admin).get(WEBHOOKS).body["uris"] == []
    assert Webhook.objects.get() == webhook


def test_the_dead_letters_are_listed_and_sent_again(world, ann, receiver, settings):
    settings.WEBHOOK_MAX_ATTEMPTS = 1
    receiver.answers.extend([500, 200, 500])
    webhook = make_webhook(world.red, receiver.url, "call.*")
    tell(*(call_queued(world.red, number) for number in range(3)))
    collect()
    serve()
    address = f"{WEBHOOKS}/{webhook.pk}/deliveries"

    listed = ann.get(f"{address}?state=dead&fields=*").body["deliveries"]

    first, last = listed
    assert [one["sequence"] for one in listed] == [1, 3]
    assert first["path"] == f"/webhooks/{webhook.pk}/deliveries/{first['id']}"
    assert (first["state"], first["attempts"], first["lastStatus"]) == ("Dead", 1, 500)
    assert (first["eventKind"], first["lastError"]) == ("call.queued", "HTTP 500")
    assert "nextAttemptAt" not in first
    assert ann.get(f"/api/v2{first['path']}").body["delivery"] == first
    page = ann.get(f"{address}?offset=0&limit=1&state=Delivered,Dead&sortBy=sequence").body
    assert (page["totalCount"], len(page["uris"])) == (3, 1)
    again = ann.post(f"/api/v2{first['path']}", {"operationName": "Redeliver"})
    assert again.body == {"statusCode": 0}
    assert serve() == 1
    assert [one.state for one in deliveries(webhook)] == ["Delivered", "Delivered", "Dead"]
    all_others = ann.post(f"{WEBHOOKS}/{webhook.pk}", {"operationName": "Redeliver"})
    assert all_others.body == {"statusCode": 0, "redelivered": 1}
    assert serve() == 1
    assert last["id"] == receiver.got[-1].headers["webhook-id"]


def test_a_ping_is_refused_where_the_webhook_is_inactive(world, ann):
    webhook = make_webhook(world.red, "https://crm.example.com/")
    address = f"{WEBHOOKS}/{webhook.pk}"

    sent = ann.post(address, {"operationName": "Ping"}).body
    assert sent == {"statusCode": 0, "id": str(deliveries(webhook)[0].pk)}
    ann.put(address, {"state": "Inactive"})
    assert ann.post(address, {"operationName": "Ping"}).body["statusCode"] == 2
    assert ann.post(address, {"operationName": "Ping", "to": "me"}).body["statusCode"] == 10
    assert len(deliveries(webhook)) == 1


def test_a_list_of_deliveries_costs_the_same_however_long(world, ann, assert_constant_queries):
    webhook = make_webhook(world.red, "https://crm.example.com/", "call.*")

    def add() -> None:
        tell(*(call_queued(world.red, number) for number in range(5)))
        collect()

    add()
    assert_constant_queries(
        lambda: ann.get(f"{WEBHOOKS}/{webhook.pk}/deliveries?fields=*"), add_rows=add
    )
    assert_constant_queries(
        lambda: ann.get(f"{WEBHOOKS}?fields=*"),
        add_rows=lambda: make_webhook(world.red, "https://crm.example.com/2"),
    )
