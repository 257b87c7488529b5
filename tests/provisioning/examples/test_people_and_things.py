"""Skills, devices, contacts, queues and passwords: seed 003's chapters of these, and seed 000."""

import base64

import pytest

from provisioning.models import Device, PhoneNumber, Skill
from tests.factories import SkillFactory, UserFactory, UserSkillFactory, World
from tests.provisioning.examples.documents import Example, Names, check

pytestmark = pytest.mark.django_db

OK = {"statusCode": 0}
# --- Skills ---
MIGHT = "Brandishing of heavy and sharp long iron bars."
MAGIC = "Declaiming of strange phrases and making funny gestures to cast fireballs and etc."


def might_and_magic(world: World) -> Names:
    world.sales_queue.queue_skills.all().delete()
    Skill.objects.filter(contact_center=world.red).delete()
    might = SkillFactory.create(contact_center=world.red, name="Might", description=MIGHT)
    magic = SkillFactory.create(contact_center=world.red, name="Magic", description=MAGIC)
    UserSkillFactory.create(user=world.bob, skill=magic, level=5)
    return {"might": str(might.pk), "magic": str(magic.pk), "user_id": world.bob.pk.hex}


# Skills are listed by name.
SHOWN_MIGHT = {"id": "<might>", "name": "Might", "description": MIGHT, "level": "0"}
SHOWN_MAGIC = {"id": "<magic>", "name": "Magic", "description": MAGIC, "level": "0"}
# Contract §2: the chapter's examples show the code only.
HELD = {**SHOWN_MAGIC, "level": "5"}
HELD_URIS = {"statusCode": 0, "uris": ["http://localhost:8080/api/v2/skills/<magic>"]}
SKILLS = [
    Example(
        source=f"003 Skills API, {heading}",
        request=f"GET {address}",
        given=might_and_magic,
        by=by,
        answer=answer,
    )
    for heading, address, by, answer in (
        (
            "Read contact center skills",
            "/skills",
            "ann",
            {
                "statusCode": 0,
                "uris": [
                    "http://localhost:8080/api/v2/skills/<magic>",
                    "http://localhost:8080/api/v2/skills/<might>",
                ],
            },
        ),
        (
            "Read contact center skills, detailed",
            "/skills?fields=*",
            "ann",
            {"statusCode": 0, "skills": [SHOWN_MAGIC, SHOWN_MIGHT]},
        ),
        ("Read a specified skill", "/skills/<might>", "ann", {**OK, "skill": SHOWN_MIGHT}),
        (
            "Read a user skill",
            "/users/<user_id>/skills/<magic>",
            "ann",
            {**OK, "skill": HELD},
        ),
        ("Read user skills", "/users/<user_id>/skills", "ann", HELD_URIS),
        (
            "Read user skills, detailed",
            "/users/<user_id>/skills?fields=*",
            "ann",
            {**OK, "skills": [HELD]},
        ),
        ("Read a skill of the current user", "/me/skills/<magic>", "bob", {**OK, "skill": HELD}),
        ("Read all skills of the current user", "/me/skills", "bob", HELD_URIS),
        (
            "Read all skills of the current user, detailed",
            "/me/skills?fields=*",
            "bob",
            {**OK, "skills": [HELD]},
        ),
    )
]

# --- Devices ---
_CLOUD = {"telephonyNetwork": "Public", "model": "CloudDevice", "vendor": "Genesys"}
DEVICES_MADE = tuple(
    ("POST /devices", {"phoneNumber": number, **_CLOUD}) for number in ("+16509870000", "3001")
)


def no_devices(world: World) -> Names:
    Device.objects.filter(contact_center=world.red).delete()
    PhoneNumber.objects.filter(queue=None).delete()
    return {"user_id": world.bob.pk.hex}


DEVICES = [
    Example(
        source="000, 003 Devices API, list URIs",
        given=no_devices,
        before=DEVICES_MADE,
        request="GET /devices",
        answer={
            "statusCode": 0,
            "uris": [
                "http://172.21.16.123:8080/api/v2/devices/...",
                "http://172.21.16.123:8080/api/v2/devices/...",
            ],
        },
    ),
    Example(
        source="000, 003 Devices API, list devices",
        given=no_devices,
        before=DEVICES_MADE,
        request="GET /devices?fields=*",
        answer={
            "statusCode": 0,
            "devices": [
                {
                    "id": "...",
                    "deviceState": "Inactive",
                    "phoneNumberUri": "http://172.21.16.123:8080/api/v2/phone-numbers/...",
                    **_CLOUD,
                    "phoneNumber": "+16509870000",
                    "country": {"name": "United States", "code": "US", "callingCode": "1"},
                    "location": "California",
                    "e164Number": "+16509870000",
                    "voiceEnvironmentUri": "http://172.21.16.123:8080/api/v2/voice-environments/...",
                    "...": "...",
                },
                {
                    "id": "...",
                    "deviceState": "Inactive",
                    "phoneNumberUri": "http://172.21.16.123:8080/api/v2/phone-numbers/...",
                    **_CLOUD,
                    "phoneNumber": "3001",
                    "country": {"name": "", "code": "", "callingCode": ""},
                    "e164Number": "3001",
                    "voiceEnvironmentUri": "http://172.21.16.123:8080/api/v2/voice-environments/...",
                    "...": "...",
                },
            ],
        },
    ),
    Example(
        source="000, 003 Devices API, of a given user",
        given=no_devices,
        before=(("POST /users/<user_id>/devices", {"phoneNumber": "3001"}),),
        request="GET /users/<user_id>/devices",
        answer={"statusCode": 0, "uris": ["http://172.21.16.123:8080/api/v2/devices/..."]},
    ),
    Example(
        source="000, 003 Devices API, of the current user",
        given=no_devices,
        before=(("POST /users/<user_id>/devices", {"phoneNumber": "3001"}),),
        request="GET /me/devices?fields=phoneNumber,telephonyNetwork",
        by="bob",
        answer={
            "statusCode": 0,
            "devices": [{"phoneNumber": "3001", "telephonyNetwork": "Private"}],
        },
    ),
]

# --- Contacts ---
CONTACT = {"name": "Some Contact", "type": "Custom", "phoneNumber": "555-555-0100"}


def joe(world: World) -> Names:
    user = UserFactory.create(
        contact_center=world.red,
        user_name="joej@red.example",
        first_name="Joe",
        last_name="Johnson",
        employee_id="J1",
    )
    return {"id": user.pk.hex}


CONTACTS = [
    Example(
        source="003 Contacts API, creates a new custom contact",
        request="POST /contacts",
        body=CONTACT,
        answer={
            "statusCode": 0,
            "id": "...",
            "uri": "http://.../api/v2/contacts/...",
            "path": "/contacts/...",
        },
    ),
    # Contract §1: lists give objects where `fields` is sent.
    Example(
        source="003 Contacts API, retrieves only custom contacts",
        before=(("POST /contacts", CONTACT),),
        request="GET /contacts?type=custom&fields=id,name,type,phoneNumber",
        by="bob",
        answer={"statusCode": 0, "contacts": [{"id": "...", **CONTACT}]},
    ),
    Example(
        source="003 Contacts API, all users",
        request="GET /contacts?type=User&fields=name,type",
        by="bob",
        answer={
            "statusCode": 0,
            "contacts": [
                {"name": "Ann Admin", "type": "User"},
                {"name": "Bob Agent", "type": "User"},
                {"name": "Sue Supervisor", "type": "User"},
            ],
        },
    ),
    Example(
        source="003 Contacts API, named Joe Johnson",
        given=joe,
        request="GET /contacts?firstName=Joe&lastName=Johnson&userName=joej@red.example&fields=*",
        by="bob",
        answer={
            "statusCode": 0,
            "contacts": [
                {
                    "id": "<id>",
                    "name": "Joe Johnson",
                    "type": "User",
                    "userName": "joej@red.example",
                    "firstName": "Joe",
                    "lastName": "Johnson",
                    "employeeId": "J1",
                }
            ],
        },
    ),
]

# --- Queues ---
INTERNAL = ("POST /queues", {"name": "Inside", "channel": "voice", "internal": True})


def queue(world: World) -> Names:
    return {"queue_id": str(world.sales_queue.pk)}


def internal_queue(world: World) -> Names:
    number = PhoneNumber.objects.create(
        contact_center=world.red, number="03445", digits="03445", e164_number="03445"
    )
    changes = {"phone_number": number, "is_internal": True, "description": "Inside"}
    type(world.sales_queue).objects.filter(pk=world.sales_queue.pk).update(**changes)
    return queue(world)


QUEUES = [
    Example(
        source="003 Queues API, List",
        before=(INTERNAL,),
        request="GET /queues?fields=*",
        answer={
            "statusCode": 0,
            "queues": [
                {"id": "...", "name": "Inside", "channel": "voice", "internal": True, "...": ""},
                {"id": "...", "name": "Sales", "channel": "voice", "internal": False, "...": ""},
            ],
        },
    ),
    Example(
        source="003 Queues API, List URI's",
        given=queue,
        request="GET /queues",
        answer={"statusCode": 0, "uris": ["http://.../api/v2/queues/<queue_id>"]},
    ),
    Example(
        source="003 Queues API, Read",
        given=internal_queue,
        request="GET /queues/<queue_id>?resolveUri=true",
        answer={
            "statusCode": 0,
            "queue": {
                "id": "<queue_id>",
                "name": "Sales",
                "description": "Inside",
                "channel": "voice",
                "internal": True,
                "phoneNumberDetails": {"phoneNumber": "03445", "...": "..."},
                "phoneNumber": "03445",
                "...": "...",
            },
        },
    ),
    Example(
        source="003 Queues API, Call Recording Settings, Read",
        given=queue,
        before=(("PUT /queues/<queue_id>/settings/call-recording", {"percentage": 80}),),
        request="GET /queues/<queue_id>/settings/call-recording",
        answer={
            "statusCode": 0,
            "key": "callRecording",
            "settings": {"callRecording": {"percentage": 80}},
        },
    ),
    Example(
        source="003 Queues API, Call Recording Settings, Update",
        given=queue,
        request="PUT /queues/<queue_id>/settings/call-recording",
        body={"percentage": 75},
        answer=OK,
    ),
]

# --- Passwords ---
CHANGE = {"operationName": "ChangePassword", "oldPassword": "MQ==", "newPassword": "Mg=="}


def of_one_digit(world: World) -> Names:
    world.bob.set_password("1")
    world.bob.save()
    return {"user_id": world.bob.pk.hex}


def must_change(world: World) -> Names:
    world.bob.change_password_on_first_login = True
    return of_one_digit(world)


@pytest.mark.parametrize(
    ("given", "request_line", "signs_in_with", "body"),
    [
        (of_one_digit, "POST /me", "1", CHANGE),
        (must_change, "POST /me?firstLogin=true", "1", CHANGE),
        (
            of_one_digit,
            "POST /users/<user_id>",
            None,
            {"operationName": "ResetPassword", "newPassword": "MQ=="},
        ),
    ],
    ids=["Change Password", "Change Password, first time", "Reset Password"],
)
def test_the_examples_of_passwords(api, world, settings, given, request_line, signs_in_with, body):
    settings.AUTH_PASSWORD_VALIDATORS = []
    names = given(world)
    client = api.by(world.bob, signs_in_with) if signs_in_with else api.by(world.ann)
    address = request_line.removeprefix("POST ").replace("<user_id>", names["user_id"])

    answer = client.post(f"/api/v2{address}", body)

    assert (answer.status_code, answer.body) == (200, OK)
    password = base64.b64decode(body["newPassword"]).decode()
    me = api.by(world.bob, password).get("/api/v2/me").body["user"]
    assert me["changePasswordOnFirstLogin"] is False


@pytest.mark.parametrize("example", [*SKILLS, *DEVICES, *CONTACTS, *QUEUES], ids=str)
def test_the_example(api, world, example):
    check(example, api, world)
