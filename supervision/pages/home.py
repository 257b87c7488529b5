from typing import Any

from portal.web.home import HomePart
from portal.web.navigation import WALLBOARD_WATCHERS
from supervision.pages.live import live_configuration


def live_strip(user: Any) -> dict[str, Any]:
    return {"live": live_configuration()}


LIVE_PART = HomePart(
    template="supervision/home/live.html", grants=WALLBOARD_WATCHERS, load=live_strip
)
