import dataclasses
import signal
import threading
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from telephony.simulator import Plan, Simulator
from telephony.simulator.comparison import BATCHES, CONFIDENCE, Measured, measure
from telephony.simulator.erlang import Load, expectation
from telephony.simulator.staff import find_contact_center
from telephony.simulator.virtual import VirtualDay

_LEAST_VIRTUAL_CALLS = 100 * BATCHES
_FIGURES = {
    "waiting_probability": ("callers who wait", "%", 100),
    "mean_wait": ("mean wait", "s", 1),
    "mean_wait_of_served": ("mean wait of the served", "s", 1),
    "abandonment": ("callers who give up", "%", 100),
    "occupancy": ("occupancy of the agents", "%", 100),
}
_ROW = "{:<26}{:>12}{:>12}{:>12}  {}"


class Command(BaseCommand):
    help = (
        "Lets simulated callers call and simulated agents answer, until interrupted."
        " With --clock virtual: one queue by the switch's rules in no time and without a database,"
        " beside what Erlang C, or with patience Erlang A, expects of it."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--clock", choices=("real", "virtual"), default="real")
        parser.add_argument("--agents", type=int, metavar="N", help="hires whoever is missing")
        parser.add_argument("--seed", type=int, metavar="N", help="draws the same again")
        real = parser.add_argument_group("real clock")
        real.add_argument("--calls-per-hour", type=float, metavar="N", help="at speed 1")
        real.add_argument("--speed", type=float, default=1.0, metavar="X", help="1: real time")
        real.add_argument("--contact-center", metavar="NAME")
        real.add_argument("--seconds", type=float, metavar="N", help="stop after this time")
        virtual = parser.add_argument_group("virtual clock")
        virtual.add_argument(
            "--calls", type=int, metavar="N", help=f"{_LEAST_VIRTUAL_CALLS:,} or more"
        )
        virtual.add_argument("--arrivals-per-hour", type=float, metavar="X")
        virtual.add_argument("--mean-service-seconds", type=float, metavar="S")
        virtual.add_argument(
            "--mean-patience-seconds", type=float, metavar="P", help="without it nobody gives up"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if options["clock"] == "virtual":
            self._compare(options)
        else:
            _live(options)

    def _compare(self, options: dict[str, Any]) -> None:
        load, calls = _load(options), options["calls"]
        seen = measure(VirtualDay(load, calls=calls, seed=options["seed"]).run(), load)
        expected = expectation(load)
        formula = "Erlang C" if load.mean_patience_seconds is None else "Erlang A"
        self.stdout.write(
            f"{calls:,} calls, {load.agents} agents, {load.offered_erlangs:g} erlangs offered;"
            f" intervals of {CONFIDENCE:.0%} confidence, {BATCHES} batches"
        )
        self.stdout.write(_ROW.format("", "simulated", "+/-", formula, ""))
        for field in dataclasses.fields(expected):
            value = getattr(expected, field.name)
            self.stdout.write(_row(field.name, seen[field.name], value))


def _row(name: str, seen: Measured, expected: float) -> str:
    label, unit, factor = _FIGURES[name]
    texts = (f"{factor * value:.2f} {unit}" for value in (seen.mean, seen.margin, expected))
    return _ROW.format(label, *texts, "agrees" if seen.agrees_with(expected) else "differs")


def _load(options: dict[str, Any]) -> Load:
    required = ("calls", "arrivals_per_hour", "mean_service_seconds", "agents")
    if lacking := [name for name in required if options[name] is None]:
        names = ", ".join(f"--{name.replace('_', '-')}" for name in lacking)
        raise CommandError(f"The virtual clock needs {names}.")
    numbers = [options[name] for name in (*required, "mean_patience_seconds")]
    if any(number is not None and number <= 0 for number in numbers):
        raise CommandError("Numbers must be greater than zero.")
    if options["calls"] < _LEAST_VIRTUAL_CALLS:
        raise CommandError(f"Fewer than {_LEAST_VIRTUAL_CALLS:,} calls say too little.")
    load = Load(
        arrivals_per_second=options["arrivals_per_hour"] / 3600,
        mean_service_seconds=options["mean_service_seconds"],
        agents=options["agents"],
        mean_patience_seconds=options["mean_patience_seconds"],
    )
    if not load.is_stable:
        raise CommandError(
            f"{load.offered_erlangs:g} erlangs need more than {load.agents} agents, or callers"
            " who lose patience: the queue would only grow."
        )
    return load


def _live(options: dict[str, Any]) -> None:
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
