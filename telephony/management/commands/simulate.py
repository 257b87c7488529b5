import signal
import threading
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from telephony.simulator import Plan, Simulator
from telephony.simulator.staff import find_contact_center


class Command(BaseCommand):
    help = "Lets simulated callers call and simulated agents answer, until interrupted."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--agents", type=int, metavar="N", help="hires whoever is missing")
        parser.add_argument("--calls-per-hour", type=float, metavar="N", help="at speed 1")
        parser.add_argument("--speed", type=float, default=1.0, metavar="X", help="1: real time")
        parser.add_argument("--seed", type=int, metavar="N", help="draws the same again")
        parser.add_argument("--contact-center", metavar="NAME")
        parser.add_argument("--seconds", type=float, metavar="N", help="stop after this time")

    def handle(self, *args: Any, **options: Any) -> None:
        names = ("agents", "calls_per_hour", "speed", "seed", "contact_center", "seconds")
        plan = Plan(**{name: options[name] for name in names})
        numbers = (plan.agents, plan.calls_per_hour, plan.seconds)
        if plan.speed <= 0 or any(number is not None and number < 0 for number in numbers):
            raise CommandError("Numbers must not be negative, and the speed not zero.")
        if find_contact_center(plan.contact_center) is None:
            raise CommandError("There is no such contact center, or none with simulated agents.")
        stop = threading.Event()
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, lambda *_: stop.set())
        Simulator(plan).run(stop)
