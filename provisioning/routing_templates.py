"""The catalogue of routing templates; ids and wording of the first and last are seed 001's.

Every template distributes to agents who have the queue's skills. `destination` says otherwise: of
a skill, that agents need this one instead; of a queue, that the calls wait there, by its template.
"""

from provisioning.models.routing import DEFAULT_TEMPLATE_ID, Catalogue, Parameter, RoutingTemplate

VERSION = "1.0.0"
BEST_SKILLED_TEMPLATE_ID = "02_RouteToSkill"
MAX_SECONDS = 3600

DESTINATION = Parameter(
    "destination",
    "Destination",
    "destination",
    "URI of a skill that agents need, or of a queue where the calls wait, instead; the queue's own"
    " skills, if absent.",
)
HOLD_MUSIC = Parameter("holdMusic", "Music on hold", "media", "What callers hear while they wait.")
TARGET_TIMEOUT = Parameter(
    "targetTimeout",
    "Seconds until the skill levels are lowered",
    "integer",
    minimum=1,
    maximum=MAX_SECONDS,
    default=30,
)
LEVEL_STEP = Parameter(
    "levelStep", "Levels to lower at a time", "integer", minimum=0, maximum=10, default=0
)
PRIORITY = Parameter(
    "priority",
    "Priority of the queue's calls",
    "integer",
    "Calls of a higher priority are distributed first.",
    required=True,
    minimum=0,
    maximum=100,
)
PRIORITY_STEP = Parameter(
    "priorityStep", "Increase while waiting", "integer", minimum=0, maximum=100, default=0
)
PRIORITY_INTERVAL = Parameter(
    "priorityInterval",
    "Seconds between increases",
    "integer",
    minimum=1,
    maximum=MAX_SECONDS,
    default=60,
)
GREETING = Parameter(
    "greeting", "Greeting", "media", "What callers hear before they wait.", required=True
)
GREETING_DURATION = Parameter(
    "greetingDuration",
    "Seconds that the greeting lasts",
    "integer",
    "A call is distributed once its caller has heard the greeting.",
    minimum=0,
    maximum=MAX_SECONDS,
    default=5,
)
SEGMENTS = Parameter(
    "segments",
    "Segments",
    "list",
    "The first one that a caller's data fits decides where the call goes.",
    required=True,
    properties=(
        Parameter("dataRecordType", "Data", "string", required=True),
        Parameter("value", "Value", "string", required=True),
        Parameter("destination", "Destination", "destination", required=True),
        Parameter("priority", "Priority", "integer", minimum=0, maximum=100),
    ),
)


def _template(
    template_id: str,
    name: str,
    description: str,
    *parameters: Parameter,
    dependencies: tuple[str, ...] = ("media", "destination"),
    enabled: bool = True,
) -> RoutingTemplate:
    return RoutingTemplate(
        id=template_id,
        name=name,
        description=description,
        version=VERSION,
        channel="voice",
        dependencies=dependencies,
        enabled=enabled,
        parameters=parameters,
    )


_TEMPLATES = (
    _template(
        DEFAULT_TEMPLATE_ID,
        "Route Call to Specified Destination",
        "Routes calls to a skill or queue",
        DESTINATION,
        HOLD_MUSIC,
    ),
    _template(
        "01_RouteToLongestIdle",
        "Route To Longest Idle Agent",
        "Routes calls to the agent with the queue's skills who has been idle the longest",
        HOLD_MUSIC,
        dependencies=("media",),
    ),
    _template(
        BEST_SKILLED_TEMPLATE_ID,
        "Route To Best Skilled Agent",
        "Routes calls to the agent with the highest level of the queue's skills; lowers the"
        " levels asked for while the call waits",
        TARGET_TIMEOUT,
        LEVEL_STEP,
        HOLD_MUSIC,
        dependencies=("media", "skill"),
    ),
    _template(
        "03_RouteByPriority",
        "Route By Priority",
        "Routes calls of a higher priority first; the priority grows while the call waits",
        PRIORITY,
        PRIORITY_STEP,
        PRIORITY_INTERVAL,
        DESTINATION,
        HOLD_MUSIC,
    ),
    _template(
        "04_GreetingRouteToSpecDestination",
        "Play Greeting and Route To Specified Destination",
        "Plays a user-configured greeting, then routes calls to a skill or queue",
        GREETING,
        GREETING_DURATION,
        DESTINATION,
        HOLD_MUSIC,
    ),
    _template(
        "05_GreetingRouteByPriority",
        "Play Greeting and Route By Priority",
        "Plays a user-configured greeting, then routes calls of a higher priority first",
        GREETING,
        GREETING_DURATION,
        PRIORITY,
        PRIORITY_STEP,
        PRIORITY_INTERVAL,
        DESTINATION,
        HOLD_MUSIC,
    ),
    _template(
        "06_SegmentCallerRouteToSpecDestination",
        "Segment Caller and Route To Specified Destination",
        "Routes calls to the skill or queue of the first segment that the caller's data fits",
        SEGMENTS,
        DESTINATION,
        HOLD_MUSIC,
        dependencies=("media", "destination", "data_record_type"),
    ),
    _template(
        "07_SegmentCallerRouteToSpecDestination",
        "Play Greeting, Segment Caller, and Route To Specified Destination",
        "Plays a user-configured greeting, then routes calls to the skill or queue of the first"
        " segment that the caller's data fits",
        GREETING,
        GREETING_DURATION,
        SEGMENTS,
        DESTINATION,
        HOLD_MUSIC,
        dependencies=("media", "destination", "data_record_type"),
        enabled=False,
    ),
)
ROUTING_TEMPLATES: Catalogue = {template.id: template for template in _TEMPLATES}
