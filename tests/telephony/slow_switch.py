"""A telephony backend that is everything the embedded switch is not: slow, moody, far away.

What it was asked it does when it is told to work: by the rules, or it refuses. A request waits for
`patience_seconds` to be taken; after that it was not handed on.
"""

import queue
import threading
from collections.abc import Callable

from provisioning.models import VoiceEnvironment
from telephony.backend import Request, UnavailableError
from telephony.services.links import report_link
from telephony.services.requests import refuse

Mood = Callable[[Request], bool | None]


class SlowSwitch:
    """`mood` decides what becomes of a request that was taken: see the functions below."""

    def __init__(self, environment: VoiceEnvironment, *, patience_seconds: float = 5.0) -> None:
        self.environment = environment
        self.patience_seconds = patience_seconds
        self.mood: Mood = obliging
        self.taken: list[Request] = []
        self.accepts = threading.Event()
        self.accepts.set()
        self._inbox: queue.Queue[Request] = queue.Queue()

    # --- what the portal asks ---

    def handle(self, request: Request) -> bool:
        """Accepted once the other side has taken it; what becomes of it, events tell later."""
        if not self.accepts.wait(self.patience_seconds):
            raise UnavailableError
        self.taken.append(request)
        self._inbox.put(request)
        return True

    # --- what it does by itself ---

    def work(self) -> int:
        """Do what has been asked so far, in its order; gives how many requests that were."""
        done = 0
        while not self._inbox.empty():
            self.mood(self._inbox.get())
            done += 1
        return done

    def lose_link(self) -> None:
        report_link(voice_environment=self.environment, is_up=False)

    def find_link(self) -> None:
        report_link(voice_environment=self.environment, is_up=True)


def obliging(request: Request) -> bool:
    return request.carry_out()


def unwilling(message: str) -> Mood:
    def mood(request: Request) -> None:
        refuse(request=request, message=message)

    return mood
