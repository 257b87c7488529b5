"""Settings, agent states and disposition codes: seed 001 "Working With Settings", "Agent State
Operations", "Toast And Case Data", "Disposition codes", "Cross Origin Resource Sharing (CORS)
Settings"; seed 003 "Settings".
"""

import pytest

from provisioning.models import Setting
from tests.factories import World
from tests.provisioning.examples.documents import Example, Names, check

pytestmark = pytest.mark.django_db

OK = {"statusCode": 0}


def _setting(name: str, value: object) -> dict:
    return {"name": name, "value": value}


# Contract §2: this one is always there.
NETWORK = _setting("defaultTelephonyNetworkType", "Private")
CREATED = ("POST /settings/voice", _setting("outboundCallerId", "18883695555"))
GENERAL = Example(
    source="001 General Settings; 003 General",
    request="GET /settings/general-settings",
    by="bob",
    answer={
        "settings": {"countryCode": "US", "countryDigits": "1", "countryName": "United States"},
        "statusCode": 0,
    },
)
VOICE = [
    Example(
        source="001 Get voice settings",
        request="GET /settings/voice",
        by="bob",
        answer={"key": "name", "settings": [NETWORK], "statusCode": 0},
    ),
    Example(source="001 Create a setting", request=CREATED[0], body=CREATED[1], answer=OK),
    Example(
        source="001 Update a setting",
        before=(CREATED,),
        request="PUT /settings/voice",
        body=_setting("outboundCallerId", "18883691212"),
        answer=OK,
    ),
    Example(
        source="001 Update a setting, read back",
        before=(CREATED, ("PUT /settings/voice", _setting("outboundCallerId", "18883691212"))),
        request="GET /settings/voice",
        answer={
            "key": "name",
            "settings": [NETWORK, _setting("outboundCallerId", "18883691212")],
            "statusCode": 0,
        },
    ),
    Example(
        source="001 Delete a setting",
        before=(CREATED,),
        request="DELETE /settings/voice",
        body={"name": "outboundCallerId"},
        answer=OK,
    ),
]
DIAL = {"operationName": "Dial", "userData": {"subscriberId": "1234567890"}}
DIAL_EU = {"operationName": "Dial", "userData": {"subscriberId": "1234567890", "region": "EU"}}
DIALLED = (("POST /settings/voice-operations", DIAL),)
VOICE_OPERATIONS = [
    Example(
        source="001 Voice Operations, Create the setting",
        request="POST /settings/voice-operations",
        body=DIAL,
        answer=OK,
    ),
    Example(
        source="001 Voice Operations, Reading the existing settings",
        before=DIALLED,
        request="GET /settings/voice-operations",
        by="bob",
        answer={"key": "operationName", "settings": [DIAL], "statusCode": 0},
    ),
    Example(
        source="001 Voice Operations, Updating the setting",
        before=DIALLED,
        request="PUT /settings/voice-operations",
        body=DIAL_EU,
        answer=OK,
    ),
    Example(
        source="001 Voice Operations, Updating the setting, read back",
        before=(*DIALLED, ("PUT /settings/voice-operations", DIAL_EU)),
        request="GET /settings/voice-operations",
        answer={"key": "operationName", "settings": [DIAL_EU], "statusCode": 0},
    ),
    Example(
        source="001 Voice Operations, Deleting the setting",
        before=DIALLED,
        request="DELETE /settings/voice-operations",
        body={"operationName": "Dial"},
        answer=OK,
    ),
]


def _group(name: str, display_name: str, key: str | None) -> dict:
    """As the list shows it; contract §2: every group shows its name too."""
    has_key = {"key": key} if key else {}
    uri = f"http://127.0.0.1:8080/api/v2/settings/{name}"
    return {"displayName": display_name, "name": name, **has_key, "uri": uri}


WORKSPACE = (
    "POST /settings",
    {"name": "interaction-workspace", "displayName": "interaction-workspace", "key": "name"},
)
CLIENT_SETTINGS = (
    "POST /settings",
    {"name": "client-settings", "displayName": "Client Settings", "key": "name"},
)
COLOR = ("POST /settings/client-settings", _setting("bgColor", "blue"))
COORDINATES = (
    "POST /settings/client-settings",
    _setting("screenPopCoordinates", {"x": "100", "y": "250"}),
)
CUSTOM = [
    Example(
        source="001 Reading available settings groups",
        before=(WORKSPACE,),
        request="GET /settings",
        answer={
            "settings": [
                _group("interaction-workspace", "interaction-workspace", "name"),
                _group("voice", "Voice", "name"),
                _group("voice-operations", "Voice Operations", "operationName"),
                _group("dispositions", "dispositions", "name"),
                _group("general-settings", "General Settings", None),
                _group("agent-states", "Agent States", "operationName"),
                # Of features that the example's contact center has not.
                "...",
            ],
            "statusCode": 0,
        },
    ),
    Example(
        source="001 Creating a new settings group",
        request=CLIENT_SETTINGS[0],
        body=CLIENT_SETTINGS[1],
        answer=OK,
    ),
    Example(
        source="001 Creating a new setting",
        before=(CLIENT_SETTINGS,),
        request=COLOR[0],
        body=COLOR[1],
        answer=OK,
    ),
    Example(
        source="001 Create a setting with a complex property value",
        before=(CLIENT_SETTINGS,),
        request=COORDINATES[0],
        body=COORDINATES[1],
        answer=OK,
    ),
    Example(
        source="001 Reading settings in the group",
        before=(CLIENT_SETTINGS, COLOR, COORDINATES),
        request="GET /settings/client-settings",
        by="bob",
        answer={"key": "name", "settings": [COLOR[1], COORDINATES[1]], "statusCode": 0},
    ),
    Example(
        source="001 Reading settings for the current user",
        before=(CLIENT_SETTINGS, COLOR),
        request="GET /me/settings/client-settings",
        by="bob",
        answer={"key": "name", "settings": [COLOR[1]], "statusCode": 0},
    ),
    Example(
        source="001 Updating a setting",
        before=(CLIENT_SETTINGS, COLOR),
        request="PUT /settings/client-settings",
        body=_setting("bgColor", "red"),
        answer=OK,
    ),
    Example(
        source="001 Deleting a setting",
        before=(CLIENT_SETTINGS, COLOR),
        request="DELETE /settings/client-settings",
        body={"name": "bgColor"},
        answer=OK,
    ),
    Example(
        source="001 Deleting a settings group",
        before=(CLIENT_SETTINGS, COLOR),
        request="DELETE /settings/client-settings",
        answer=OK,
    ),
    Example(
        source="001 Deleting a settings group, read back",
        before=(CLIENT_SETTINGS, COLOR, ("DELETE /settings/client-settings", None)),
        request="GET /settings/client-settings",
        status=404,
        answer={"statusCode": 6, "statusMessage": "..."},
    ),
    Example(
        source="003 Settings, list of groups",
        request="GET /settings",
        answer={
            "settings": [
                "...",
                {"displayName": "Agent States", "uri": "http://.../api/v2/settings/agent-states"}
                | {"name": "agent-states", "key": "operationName"},
                {"displayName": "Reporting", "...": "..."},
                {"displayName": "Call Recording", "...": "..."},
                {"displayName": "Access Control", "...": "..."},
            ],
            "statusCode": 0,
        },
    ),
    Example(
        source="003 Settings, create a new setting group",
        request="POST /settings",
        body={"displayName": "My Setting Group", "name": "my-setting-group", "key": "name"},
        answer=OK,
    ),
]
CUSTOMER = {"attachedDataKey": "CustomerName", "displayName": "Customer"}
PURPOSE = {"attachedDataKey": "POC", "displayName": "Purpose of Call"}
TOAST = ("POST /settings/voice", _setting("toast-filter", [CUSTOMER]))
CASE = ("POST /settings/voice", _setting("case-filter", [CUSTOMER, PURPOSE]))
TOAST_AND_CASE = [
    Example(
        source="001 Toast Data, Reading voice settings",
        before=(TOAST, CASE),
        request="GET /settings/voice",
        by="bob",
        answer={"key": "name", "settings": [NETWORK, CASE[1], TOAST[1]], "statusCode": 0},
    ),
    Example(source="001 Setting a toast-filter", request=TOAST[0], body=TOAST[1], answer=OK),
    Example(source="001 Setting a case-filter", request=CASE[0], body=CASE[1], answer=OK),
]
TRAINING = {
    "operationName": "Training",
    "displayName": "Training",
    "state": "NotReady",
    "workMode": "AuxWork",
    "reason": "Training",
}
LUNCH = {
    "operationName": "OutToLunch",
    "displayName": "Not Ready - Out to lunch",
    "state": "NotReady",
    "reason": "OutToLunch",
}
SYSTEM_STATES = [
    {
        "id": "D3663509-3D82-4DD3-A82E-2EA8EFA02AEF",
        "operationName": "AfterCallWork",
        "displayName": "AfterCallWork",
        "state": "NotReady",
        "workMode": "AfterCallWork",
    },
    {
        "id": "2B36138D-C564-4562-A8CB-3C32D564F296",
        "operationName": "AuxWork",
        "displayName": "AuxWork",
        "state": "NotReady",
        "workMode": "AuxWork",
    },
    {
        "id": "900D55CC-2BB0-431F-8BF9-D3525B383BE6",
        "operationName": "NotReady",
        "displayName": "Not Ready",
        "state": "NotReady",
    },
    {
        "id": "0F7F5003-EF26-4D13-A6Ef-D0C7EC819BEB",
        "operationName": "Offline",
        "displayName": "Offline",
        "state": "Logout",
    },
    {
        "id": "9430250E-0A1B-421F-B372-F29E69366DED",
        "operationName": "Ready",
        "displayName": "Ready",
        "state": "Ready",
    },
]
AGENT_STATES = [
    Example(
        source="001 Creating Custom Agent State Operations",
        request="POST /settings/agent-states",
        body=TRAINING,
        answer=OK,
    ),
    Example(
        source="001 Retrieving Available Agent State Operations",
        before=(("POST /settings/agent-states", TRAINING),),
        request="GET /settings/agent-states",
        by="bob",
        answer={
            "statusCode": 0,
            "settings": [*SYSTEM_STATES, {"id": "...", **TRAINING}],
            "key": "operationName",
        },
    ),
    Example(
        source="001 Agent State Operations, at /me",
        request="GET /me/settings/agent-states",
        by="bob",
        answer={"statusCode": 0, "settings": SYSTEM_STATES, "key": "operationName"},
    ),
    Example(
        source="003 Agent States, the initial five",
        request="GET /settings/agent-states",
        answer={"key": "operationName", "settings": SYSTEM_STATES, "statusCode": 0},
    ),
    Example(
        source="003 Agent States, Out to lunch",
        request="POST /settings/agent-states",
        body=LUNCH,
        answer=OK,
    ),
    Example(
        source="003 Agent States, modify the display name",
        before=(("POST /settings/agent-states", LUNCH),),
        request="PUT /settings/agent-states",
        body={"operationName": "OutToLunch", "displayName": "Not Ready - Lunch!"},
        answer=OK,
    ),
    Example(
        source="003 Agent States, modify the display name, read back",
        before=(
            ("POST /settings/agent-states", LUNCH),
            (
                "PUT /settings/agent-states",
                {"operationName": "OutToLunch", "displayName": "Not Ready - Lunch!"},
            ),
        ),
        request="GET /settings/agent-states",
        answer={
            "key": "operationName",
            "settings": [
                "...",
                {"id": "...", **LUNCH, "displayName": "Not Ready - Lunch!"},
                SYSTEM_STATES[-1],
            ],
            "statusCode": 0,
        },
    ),
]


def _code(name: str, display_name: str) -> dict:
    return {"displayName": display_name, "name": name}


RESOLVED = ("POST /settings/dispositions", _code("IssueResolved", "Issue Resolved"))
ESCALATED = ("POST /settings/dispositions", _code("EscalationCreated", "Issue Escalated"))
UPDATED = ("POST /settings/dispositions", _code("UpdateProvided", "Update Provided"))
REQUESTED = ("POST /settings/dispositions", _code("InfoRequested", "Information Requested"))
DISPOSITION_CODES = [
    Example(
        source="001 Create a new disposition code",
        request=RESOLVED[0],
        body=RESOLVED[1],
        answer=OK,
    ),
    Example(
        source="001 Update an existing disposition code",
        before=(RESOLVED,),
        request="PUT /settings/dispositions",
        body=_code("IssueResolved", "Resolved"),
        answer=OK,
    ),
    Example(
        source="001 Delete a disposition code",
        before=(RESOLVED,),
        request="DELETE /settings/dispositions",
        body={"name": "IssueResolved"},
        answer=OK,
    ),
    Example(
        source="001 Read all defined disposition codes",
        before=(ESCALATED, RESOLVED, UPDATED, REQUESTED),
        request="GET /settings/dispositions",
        by="bob",
        answer={
            "key": "name",
            "settings": [ESCALATED[1], RESOLVED[1], UPDATED[1], REQUESTED[1]],
            "statusCode": 0,
        },
    ),
]


def _department(display_name: str, computers: str) -> dict:
    return {
        "name": "department",
        "displayName": display_name,
        "possibleValues": [
            {
                "name": "tech_support",
                "displayName": "Tech Support",
                "possibleValues": [
                    {"displayName": computers, "name": "computers"},
                    {"displayName": "Network", "name": "network"},
                ],
            },
            {"displayName": "Sales", "name": "sales"},
        ],
    }


FIRST = ("POST /settings/dispositions", _department("Department", "Computers"))
VALUES = _department("Department", "Computers!!!")["possibleValues"]
SECOND = ("PUT /settings/dispositions", {"name": "department", "possibleValues": VALUES})
THIRD = ("PUT /settings/dispositions", _code("department", "Department!"))
FOURTH = (
    "POST /settings/dispositions",
    {
        "name": "helplevel",
        "displayName": "Help Level",
        "possibleValues": [_code("fixed", "Fixed!"), _code("not_fixed", "Not Fixed")],
    },
)
USER_DEFINED = [
    *(
        Example(
            source=f"003 User-Defined Setting Groups, {number}",
            before=before,
            request=step[0],
            body=step[1],
            answer=OK,
        )
        for number, (before, step) in enumerate(
            (
                ((), FIRST),
                ((FIRST,), SECOND),
                ((FIRST, SECOND), THIRD),
                ((FIRST, SECOND, THIRD), FOURTH),
            ),
            start=1,
        )
    ),
    Example(
        source="003 User-Defined Setting Groups, GET everything",
        before=(FIRST, SECOND, THIRD, FOURTH),
        request="GET /settings/dispositions",
        answer={
            "statusCode": 0,
            "key": "name",
            "settings": [_department("Department!", "Computers!!!"), FOURTH[1]],
        },
    ),
]


def sixty_seconds(world: World) -> Names:
    """The definition that comes with the original."""
    value = {"value": "60"}
    Setting.objects.create(
        contact_center=world.red, group="reporting", key="defaultServiceLevelInterval", value=value
    )
    return {}


REPORTING = [
    Example(
        source="003 Real-Time Reporting, GET",
        given=sixty_seconds,
        request="GET /settings/reporting",
        answer={
            "statusCode": 0,
            "settings": [
                _setting("defaultTargetServiceLevelPercentage", "80"),
                _setting("defaultServiceLevelInterval", "60"),
            ],
            "key": "name",
        },
    ),
    Example(
        source="003 Real-Time Reporting, PUT defaultServiceLevelInterval",
        request="PUT /settings/reporting",
        body=_setting("defaultServiceLevelInterval", "115"),
        answer=OK,
    ),
    Example(
        source="003 Real-Time Reporting, PUT defaultServiceLevelPercentage",
        request="PUT /settings/reporting",
        body=_setting("defaultTargetServiceLevelPercentage", "99"),
        answer=OK,
    ),
    Example(
        source="003 Real-Time Reporting, read back",
        before=(
            ("PUT /settings/reporting", _setting("defaultServiceLevelInterval", "115")),
            ("PUT /settings/reporting", _setting("defaultTargetServiceLevelPercentage", "99")),
        ),
        request="GET /settings/reporting",
        answer={
            "statusCode": 0,
            "settings": [
                _setting("defaultTargetServiceLevelPercentage", "99"),
                _setting("defaultServiceLevelInterval", "115"),
            ],
            "key": "name",
        },
    ),
]
ORIGINS = ["https://cloud.genhtcc.com", "https://*.genhtcc.com"]
MORE_ORIGINS = [*ORIGINS, "https://*.genesys.com"]
ALLOWED = ("POST /settings/access-control", _setting("allowedOrigins", ORIGINS))
# The example wraps the setting.
ADDED = ("PUT /settings/access-control", {"settings": _setting("allowedOrigins", MORE_ORIGINS)})
ACCESS_CONTROL = [
    Example(
        source="001 Retrieve access control settings",
        before=(ALLOWED,),
        request="GET /settings/access-control",
        answer={"settings": [ALLOWED[1]], "key": "name", "statusCode": 0},
    ),
    Example(
        source="001 Add genesys.com to the list of domains",
        before=(ALLOWED,),
        request=ADDED[0],
        body=ADDED[1],
        answer=OK,
    ),
    Example(
        source="001 Add genesys.com to the list of domains, read back",
        before=(ALLOWED, ADDED),
        request="GET /settings/access-control",
        answer={
            "settings": [_setting("allowedOrigins", MORE_ORIGINS)],
            "key": "name",
            "statusCode": 0,
        },
    ),
]
EXAMPLES = [
    GENERAL,
    *VOICE,
    *VOICE_OPERATIONS,
    *CUSTOM,
    *TOAST_AND_CASE,
    *AGENT_STATES,
    *DISPOSITION_CODES,
    *USER_DEFINED,
    *REPORTING,
    *ACCESS_CONTROL,
]


@pytest.mark.parametrize("example", EXAMPLES, ids=str)
def test_the_example(api, world, example):
    check(example, api, world)
