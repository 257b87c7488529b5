"""What tests of mobile push do again and again."""

from typing import Any

from notifications.push.following import Follower
from notifications.push.presence import tell_connected, tell_gone
from notifications.push.working import work
from notifications.services.mobile import give_turn, sessions_to_serve
from provisioning.models import User
from telephony.services.agents import start_session
from telephony.services.session_terms import Terms

MOBILE = {
    "mobileDeviceId": "72ED12518F714800AA900370B697A777",
    "mobilePushType": "IOS",
    "timeout": "ThirtyMinutes",
    "debug": False,
}
SUBSCRIPTIONS = "/genesys/1/notification/subscription"
PUBLISH = "/genesys/1/notification/publish"


def start_mobile(user: User, **mobile: Any) -> None:
    start_session(user=user, terms=Terms(mobile_session={**MOBILE, **mobile}))


def client_comes(user: User) -> None:
    tell_connected(user_id=str(user.pk))


def client_goes(user: User) -> None:
    tell_gone(user_id=str(user.pk))


def follow() -> int:
    """What the leader does, by a process that has just begun."""
    follower = Follower()
    made = follower.follow()
    follower.store_position()
    return made


def serve() -> int:
    """Give every session that has something to send a worker, until none has."""
    made = 0
    while served := sessions_to_serve(100):
        for session_id in served:
            token = give_turn(session_id)
            assert token is not None
            made += work(session_id, token)
    return made


def push() -> int:
    follow()
    return serve()
