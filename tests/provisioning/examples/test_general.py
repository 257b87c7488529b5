"""Seed 001 "General" and seed 003 "Request Parameters", "Return Values", "Features", "Services"."""

import pytest

from provisioning.models import Skill
from tests.factories import QueueFactory, SkillFactory, UserFactory, UserSkillFactory, World
from tests.provisioning.examples.documents import Example, Names, check
from tests.telephony.factories import go_ready

pytestmark = pytest.mark.django_db

OK = {"statusCode": 0}
PARAMETERS = "001, 003 Request Parameters"
RETURNS = "001, 003 Return Values"
VOICE_TEMPLATES = {
    "statusCode": 0,
    "routingTemplates": [
        {
            "id": "00_RouteToSpecDestination",
            "name": "Route Call to Specified Destination",
            "description": "Routes calls to a skill or queue",
            "version": "1.0.0",
            "channel": "voice",
            "dependencies": ["media", "destination"],
            "enabled": True,
            "schema": ["..."],
        },
        "...",
        {
            "id": "07_SegmentCallerRouteToSpecDestination",
            "name": "Play Greeting, Segment Caller, and Route To Specified Destination",
            "description": "Plays a user-configured greeting, ...",
            "version": "1.0.0",
            "channel": "voice",
            "dependencies": ["media", "destination", "data_record_type"],
            "enabled": False,
            "schema": ["..."],
        },
    ],
}


def a_queue(world: World) -> Names:
    queue = world.sales_queue
    queue.description = "Sells"
    queue.save()
    return {
        "queue_id": str(queue.pk),
        "phone_number_id": str(queue.phone_number_id),
        "routing_template_id": queue.routing_template_id,
    }


def queues(world: World) -> Names:
    second = QueueFactory.create(contact_center=world.red, name="Support")
    return {"queue_1_id": str(world.sales_queue.pk), "queue_N_id": str(second.pk)}


def phone(world: World) -> Names:
    return {"device_id": str(world.bobs_phone.pk), "number": world.bobs_phone.phone_number.number}


def phone_in_use(world: World) -> Names:
    go_ready(world.bob)
    environment = str(world.bobs_phone.voice_environment_id)
    return {**phone(world), "voice_environment_id": environment}


def a_user(world: World) -> Names:
    return {
        "user_id": world.bob.pk.hex,
        "skill_1_id": str(world.sales.pk),
        "device_1_id": str(world.bobs_phone.pk),
        "number_id": str(world.bobs_phone.phone_number_id),
    }


def people(world: World) -> Names:
    """The two of the examples, and nobody else has skill Sales."""
    Skill.objects.filter(pk=world.sales.pk).update(name="Other")
    skill = SkillFactory.create(contact_center=world.red, name="Sales")
    found = {"skill_id": str(skill.pk)}
    for name, level in (("cmburns", 2), ("hsimpson", 4)):
        user = UserFactory.create(
            contact_center=world.red, user_name=f"{name}@springfieldnclear.com"
        )
        UserSkillFactory.create(user=user, skill=skill, level=level)
        found[name] = user.pk.hex
    return found


def three_skills(world: World) -> Names:
    first, second = (SkillFactory.create(contact_center=world.red) for _ in range(2))
    foreign = SkillFactory.create(contact_center=world.blue)
    return {
        "user_id": world.ann.pk.hex,
        "id1": str(first.pk),
        "id2": str(second.pk),
        "id3": str(foreign.pk),
    }


def three_users(world: World) -> Names:
    first, second = (UserFactory.create(contact_center=world.red) for _ in range(2))
    return {"id1": first.pk.hex, "id2": second.pk.hex, "id3": world.eve.pk.hex}


BURNS = {
    "id": "<cmburns>",
    "userName": "cmburns@springfieldnclear.com",
    # Contract §1: levels are strings.
    "skills": [{"id": "<skill_id>", "name": "Sales", "level": "2"}],
}
SIMPSON = {
    "id": "<hsimpson>",
    "userName": "hsimpson@springfieldnclear.com",
    "skills": [{"id": "<skill_id>", "name": "Sales", "level": "4"}],
}
SKILLS_OF_USER = [{"id": "<skill_1_id>", "...": "..."}]
DEVICES_OF_USER = [{"id": "<device_1_id>", "...": "..."}]
USER = {"id": "<user_id>", "firstName": "Bob", "...": "..."}
RESOLVED = {
    "id": "<queue_id>",
    "name": "Sales",
    "routingTemplateUri": "http://...",
    "phoneNumberUri": "http://.../api/v2/phone-numbers/<phone_number_id>",
    "...": "...",
}
# A queue has a field phoneNumber already (contract §1 "Reading").
NUMBER = {"phoneNumberDetails": {"id": "<phone_number_id>", "...": "..."}}
TEMPLATE = {"routingTemplate": {"id": "<routing_template_id>", "...": "..."}}


def _of_both_spellings(value: str, more: dict) -> list[Example]:
    return [
        Example(
            source=f"{seed} Resolving URIs",
            request=f"GET /queues/<queue_id>?{name}={value}",
            given=a_queue,
            answer={"statusCode": 0, "queue": {**RESOLVED, **more}},
        )
        for seed, name in (("001", "resolveUris"), ("003", "resolveUri"))
    ]


READING = [
    Example(
        source=f"{PARAMETERS}, Requesting Devices",
        request="GET /me/devices",
        by="bob",
        given=phone,
        answer={"statusCode": 0, "uris": ["http://127.0.0.1:8080/api/v2/devices/<device_id>"]},
    ),
    Example(
        source=f"{PARAMETERS}, with their actual devices",
        request="GET /me/devices?fields=*",
        by="bob",
        given=phone_in_use,
        answer={
            "devices": [
                {
                    "capabilities": ["ForwardCallsOn", "DoNotDisturbOn"],
                    "deviceState": "Active",
                    "doNotDisturb": "Off",
                    "e164Number": "<number>",
                    "id": "<device_id>",
                    "phoneNumber": "<number>",
                    "telephonyNetwork": "Private",
                    "userState": {
                        "displayName": "Ready",
                        "id": "9430250E-0A1B-421F-B372-F29E69366DED",
                        "state": "Ready",
                    },
                    "voiceEnvironmentUri": "http://127.0.0.1:8080/api/v2/voice-environments/"
                    "<voice_environment_id>",
                    "...": "...",
                }
            ],
            "statusCode": 0,
        },
    ),
    Example(
        source=f"{PARAMETERS}, Specify data fields",
        request="GET /queues/<queue_id>?fields=id,name",
        given=a_queue,
        answer={"statusCode": 0, "queue": {"id": "<queue_id>", "name": "Sales"}},
    ),
    Example(
        source=f"{PARAMETERS}, Requesting all fields",
        request="GET /queues/<queue_id>?fields=*",
        given=a_queue,
        answer={
            "statusCode": 0,
            "queue": {"id": "<queue_id>", "name": "Sales", "description": "Sells", "...": "..."},
        },
    ),
    Example(
        source=f"{PARAMETERS}, Requesting Queues",
        request="GET /queues",
        given=queues,
        answer={
            "statusCode": 0,
            "uris": [
                "http://.../api/v2/queues/<queue_1_id>",
                "http://.../api/v2/queues/<queue_N_id>",
            ],
        },
    ),
    Example(
        source=f"{PARAMETERS}, with their actual fields",
        request="GET /queues?fields=id,name",
        given=queues,
        answer={
            "statusCode": 0,
            "queues": [
                {"id": "<queue_1_id>", "name": "Sales"},
                {"id": "<queue_N_id>", "name": "Support"},
            ],
        },
    ),
    Example(
        source="001, 003 Object Filtering; 001 Filtering, Example 1",
        request="GET /queues?fields=id,name,channel&channel=voice",
        given=queues,
        answer={
            "statusCode": 0,
            "queues": [
                {"id": "<queue_1_id>", "name": "Sales", "channel": "voice"},
                {"id": "<queue_N_id>", "name": "Support", "channel": "voice"},
            ],
        },
    ),
    Example(
        source="001, 003 Object Filtering; 001 Filtering, Example 2",
        request="GET /system/routing-templates?fields=*&channel=voice&version=1.0.0",
        answer=VOICE_TEMPLATES,
    ),
    Example(
        source="001 Pagination, offset",
        request="GET /users?offset=0&limit=100",
        answer={"statusCode": 0, "uris": ["http://...", "...", "http://..."], "totalCount": 3},
    ),
    Example(
        source="001 Pagination, limit",
        request="GET /users?offset=25&limit=25",
        answer={"statusCode": 0, "uris": [], "totalCount": 3},
    ),
    Example(
        source="001 Pagination, totalCount",
        request="GET /users?fields=userName&limit=2",
        answer={
            "statusCode": 0,
            "users": [{"userName": "ann@red.example"}, {"userName": "bob@red.example"}],
            "totalCount": 3,
        },
    ),
    Example(
        source="001 Sorting, sortBy",
        request="GET /users?sortBy=lastName,firstName&limit=100&fields=lastName",
        answer={
            "statusCode": 0,
            "users": [{"lastName": "Admin"}, {"lastName": "Agent"}, {"lastName": "Supervisor"}],
            "totalCount": 3,
        },
    ),
    Example(
        source="001 Sorting, order",
        request="GET /users?sortBy=lastName&order=Descending&limit=100&fields=lastName",
        answer={
            "statusCode": 0,
            "users": [{"lastName": "Supervisor"}, {"lastName": "Agent"}, {"lastName": "Admin"}],
            "totalCount": 3,
        },
    ),
    Example(
        source="001, 003 Subresources; 001 Subresources, Show all",
        request="GET /users/<user_id>?subresources=*",
        given=a_user,
        answer={
            "statusCode": 0,
            "user": {**USER, "skills": SKILLS_OF_USER, "devices": DEVICES_OF_USER},
        },
    ),
    Example(
        source="001, 003 Selecting Subresources, Example 1",
        request="GET /users/<user_id>?subresources=skills,devices",
        given=a_user,
        answer={
            "statusCode": 0,
            "user": {**USER, "skills": SKILLS_OF_USER, "devices": DEVICES_OF_USER},
        },
    ),
    Example(
        source="001, 003 Selecting Subresources, Example 2",
        request="GET /users/<user_id>?subresources=skills",
        given=a_user,
        answer={"statusCode": 0, "user": {**USER, "skills": SKILLS_OF_USER}},
    ),
    *(
        Example(
            source=f"{seed} Resolving URIs, Introduction",
            request=f"GET /devices/<device_1_id>?{name}=*",
            given=a_user,
            answer={
                "statusCode": 0,
                "device": {
                    "id": "<device_1_id>",
                    "phoneNumberUri": "http://...",
                    "phoneNumberDetails": {"id": "<number_id>", "...": "..."},
                    "...": "...",
                },
            },
        )
        for seed, name in (("001", "resolveUris"), ("003", "resolveUri"))
    ),
    *_of_both_spellings("*", {**NUMBER, **TEMPLATE}),
    *_of_both_spellings("phoneNumberUri", NUMBER),
    *_of_both_spellings("phoneNumberUri,routingTemplateUri", {**NUMBER, **TEMPLATE}),
    Example(
        source="001 Filtering and Sorting by Subresource Properties, by skill name",
        request="GET /users?subresources=skills&fields=id,userName&skills.name=Sales",
        given=people,
        answer={"statusCode": 0, "users": [BURNS, SIMPSON]},
    ),
    # Contract §1: sorting needs the limit that this example leaves out.
    Example(
        source="001 Filtering and Sorting by Subresource Properties, Example 2",
        request="GET /users?subresources=skills&fields=id,userName&sortBy=skills.level"
        "&order=Descending&limit=2&skills.name=Sales",
        given=people,
        answer={"statusCode": 0, "users": [SIMPSON, BURNS], "totalCount": 2},
    ),
    Example(
        source="001 Filtering and Sorting by Subresource Properties, Example 2, as it stands",
        request="GET /users?subresources=skills&fields=id,userName&sortBy=skills.level"
        "&order=Descending",
        status=400,
        answer={"statusCode": 1, "statusMessage": "Required parameter is missing: limit"},
    ),
]
RETURN_VALUES = [
    Example(
        source=f"{RETURNS}, a collection of URIs",
        request="GET /skills",
        given=lambda world: {"id": str(world.sales.pk)},
        answer={
            "statusCode": 0,
            "uris": ["http://../api/v2/skills/<id>"],
            "paths": ["/skills/<id>"],
        },
    ),
    Example(
        source=f"{RETURNS}, a collection of resources",
        request="GET /users?fields=*",
        answer={
            "statusCode": 0,
            "users": [
                {"userName": "ann@red.example", "firstName": "Ann", "...": "..."},
                {"userName": "bob@red.example", "firstName": "Bob", "...": "..."},
                "...",
            ],
        },
    ),
    Example(
        source=f"{RETURNS}, a singular resource",
        request="GET /devices/<device_id>",
        given=phone,
        before=(("PUT /devices/<device_id>", {"vendor": "Genesys"}),),
        answer={
            "statusCode": 0,
            "device": {"vendor": "Genesys", "phoneNumber": "<number>", "...": "..."},
        },
    ),
    Example(
        source=f"{RETURNS}, POST to Create Resource",
        request="POST /users",
        body={"userName": "new@red.example", "firstName": "New"},
        answer={
            "statusCode": 0,
            "id": "...",
            "uri": "http://.../api/v2/users/...",
            "path": "/users/...",
        },
    ),
    Example(
        source=f"{RETURNS}, POST to Assign Resource",
        request="POST /users/<user_id>/skills",
        body={"uris": ["http://localhost:8080/api/v2/skills/<id1>"]},
        given=three_skills,
        answer=OK,
    ),
    Example(
        source=f"{RETURNS}, DELETE",
        request="DELETE /skills/<id1>",
        given=three_skills,
        answer=OK,
    ),
    Example(
        source=f"{RETURNS}, DELETE to Unassign Resource",
        request="DELETE /users/<user_id>/skills/<id1>",
        given=three_skills,
        before=(("POST /users/<user_id>/skills", {"uris": ["/skills/<id1>"]}),),
        answer=OK,
    ),
    Example(
        source=f"{RETURNS}, PUT",
        request="PUT /skills/<id1>",
        body={"description": "Changed"},
        given=three_skills,
        answer=OK,
    ),
    Example(
        source=f"{RETURNS}, Hybrid Operations",
        request="POST /users/<user_id>/devices",
        body={"phoneNumber": "7001"},
        given=three_skills,
        answer={
            "statusCode": 0,
            "id": "...",
            "uri": "http://.../api/v2/devices/...",
            "path": "/devices/...",
        },
    ),
    Example(
        source=f"{RETURNS}, Partial Success, Assign",
        request="POST /users/<user_id>/skills",
        body={
            "uris": ["http://h/api/v2/skills/<id1>", "http://h/api/v2/skills/<id2>"],
            "paths": ["/skills/<id3>"],
        },
        given=three_skills,
        answer={
            "statusCode": 7,
            "succeeded": [
                {"id": "<id1>", "uri": "http://h/api/v2/skills/<id1>", "path": "/skills/<id1>"},
                {"id": "<id2>", "uri": "http://h/api/v2/skills/<id2>", "path": "/skills/<id2>"},
            ],
            "failed": [{"statusCode": 6, "statusMessage": "...", "path": "/skills/<id3>"}],
        },
    ),
    Example(
        source=f"{RETURNS}, Partial Success, Assign, all by uris (003)",
        request="POST /users/<user_id>/skills",
        body={"uris": [f"http://testserver/api/v2/skills/<id{number}>" for number in (1, 2, 3)]},
        given=three_skills,
        answer={
            "statusCode": 7,
            "succeeded": [
                {"id": "<id1>", "uri": "http://h/api/v2/skills/<id1>"},
                {"id": "<id2>", "uri": "http://h/api/v2/skills/<id2>"},
            ],
            "failed": [
                {"statusCode": 6, "statusMessage": "...", "uri": "http://h/api/v2/skills/<id3>"}
            ],
        },
    ),
    # Contract §1: what exists already is 18, where the example writes 3.
    Example(
        source=f"{RETURNS}, Partial Success, Create",
        request="POST /users",
        body={
            "users": [
                {"firstName": "..", "lastName": "..", "userName": f"{name}@red.example"}
                for name in ("u1", "u2", "bob")
            ]
        },
        answer={
            "statusCode": 7,
            "succeeded": [
                {"id": "...", "uri": "http://.../api/v2/users/...", "path": "/users/..."},
                {"id": "...", "uri": "http://.../api/v2/users/...", "path": "/users/..."},
            ],
            "failed": [
                {
                    "statusCode": 18,
                    "statusMessage": "User bob@red.example already exists",
                    "userName": "bob@red.example",
                }
            ],
        },
    ),
    Example(
        source=f"{RETURNS}, Partial Success, Delete",
        request="DELETE /users",
        body={
            "uris": ["http://h/api/v2/users/<id1>", "http://h/api/v2/users/<id2>"],
            "paths": ["/users/<id3>"],
        },
        given=three_users,
        answer={
            "statusCode": 7,
            "succeeded": [
                {"id": "<id1>", "uri": "http://h/api/v2/users/<id1>", "path": "/users/<id1>"},
                {"id": "<id2>", "uri": "http://h/api/v2/users/<id2>", "path": "/users/<id2>"},
            ],
            "failed": [{"statusCode": 6, "statusMessage": "...", "path": "/users/<id3>"}],
        },
    ),
]
_SUPPORTED = "001, 003 Supported Requests"
SUPPORTED = [
    Example(source=_SUPPORTED, request=f"GET {request}", by=by, given=a_user, answer=answer)
    for request, by, answer in (
        ("/devices?fields=*", "ann", {**OK, "devices": DEVICES_OF_USER}),
        (
            "/features?fields=*",
            "bob",
            {**OK, "features": ["...", {"id": "ui-wallboard", "...": ""}]},
        ),
        (
            "/me?subresources=*",
            "bob",
            {**OK, "user": {**USER, "skills": SKILLS_OF_USER, "devices": DEVICES_OF_USER}},
        ),
        ("/me/calls?fields=*", "bob", {**OK, "calls": []}),
        ("/me/devices?fields=*", "bob", {**OK, "devices": DEVICES_OF_USER}),
        ("/me/skills?fields=*", "bob", {**OK, "skills": SKILLS_OF_USER}),
        ("/skills?fields=*", "bob", {**OK, "skills": SKILLS_OF_USER}),
        ("/system/features?fields=*", "ann", {**OK, "features": ["...", {"id": "...", "...": ""}]}),
        (
            "/system/routing-templates?channel=voice&version=1.0.0&fields=*",
            "ann",
            VOICE_TEMPLATES,
        ),
        (
            "/users?fields=*&subresources=*",
            "ann",
            {**OK, "users": ["...", {"userName": "sue@red.example", "skills": [], "...": ""}]},
        ),
        (
            "/users/<user_id>?subresources=*",
            "ann",
            {**OK, "user": {**USER, "skills": SKILLS_OF_USER, "devices": DEVICES_OF_USER}},
        ),
        ("/users/<user_id>/devices?fields=*", "ann", {**OK, "devices": DEVICES_OF_USER}),
    )
]
_FEATURE = {"id": "api-voice", "displayName": "Voice API", "description": "..."}
FEATURES_AND_SERVICES = [
    Example(
        source="001, 003 Features, /features",
        request="GET /features",
        by="bob",
        answer={"statusCode": 0, "uris": ["...", "http://.../api/v2/features/ui-wallboard"]},
    ),
    Example(
        source="001, 003 Features, /features?fields=*",
        request="GET /features?fields=*&id=api-voice",
        by="bob",
        answer={"statusCode": 0, "features": [_FEATURE]},
    ),
    Example(
        source="001, 003 Features, /system/features",
        request="GET /system/features",
        answer={"statusCode": 0, "uris": ["...", "http://.../api/v2/system/features/ui-wallboard"]},
    ),
    Example(
        source="001, 003 Features, /features/{id}",
        request="GET /features/api-voice",
        by="bob",
        answer={"statusCode": 0, "feature": _FEATURE},
    ),
    Example(
        source="001, 003 Services, GET /services?fields=*",
        request="GET /services?fields=*",
        by="bob",
        answer={
            "statusCode": 0,
            "services": [
                {"id": "...", "name": "Provisioning", "type": "Provisioning", "state": "Active"},
                {"id": "...", "name": "Statistics", "type": "Reporting", "state": "..."},
                {"id": "...", "name": "SIPS", "type": "Voice", "state": "Active"},
            ],
        },
    ),
    # Contract §1: a single service is an object, though the example shows an array.
    Example(
        source="001, 003 Services, GET /services/<service_id>",
        request="GET /services/<service_id>",
        by="bob",
        given=lambda world: {"service_id": str(_service(world).pk)},
        answer={
            "statusCode": 0,
            "service": {
                "id": "<service_id>",
                "name": "Provisioning",
                "type": "Provisioning",
                "state": "Active",
            },
        },
    ),
]


def _service(world: World):
    from provisioning.models import Service

    return Service.objects.get(contact_center=world.red, type="Provisioning")


@pytest.mark.parametrize(
    "example", [*READING, *RETURN_VALUES, *SUPPORTED, *FEATURES_AND_SERVICES], ids=str
)
def test_the_example(api, world, example):
    check(example, api, world)
