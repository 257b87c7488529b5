import dataclasses
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

import orjson
from django.core.management.base import BaseCommand, CommandError, CommandParser

from portal.api.status import ApiError
from supervision.replay.days import LEVELS_SECONDS, Day, summed_days
from supervision.replay.replaying import Replayed, replay
from supervision.replay.rows import RowError, read_rows

_HEADING = ("day", "offered", "answered", "abandoned", "waited", "talked")


class Command(BaseCommand):
    help = (
        "Replay a call log (docs/statistics.md says of what form) into a contact center of its own,"
        " with the times it gives; prints each day, and fails if a figure is not the rows' sum."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path, metavar="FILE")
        parser.add_argument("--contact-center", metavar="NAME", default="Anonymous Bank")
        parser.add_argument("--time-zone", metavar="ZONE", default="Asia/Jerusalem")
        parser.add_argument("--json", action="store_true", help="all figures, as JSON")

    def handle(self, *args: Any, file: Path, **options: Any) -> None:
        name, time_zone = options["contact_center"], options["time_zone"]
        if time_zone not in available_timezones():
            raise CommandError(f"{time_zone} is no time zone.")
        try:
            rows = list(read_rows(file, ZoneInfo(time_zone)))
            if not rows:
                raise CommandError(f"{file.name} holds no calls.")
            done = replay(rows=rows, name=name, time_zone=time_zone)
        except (RowError, OSError, UnicodeDecodeError) as error:
            raise CommandError(str(error)) from error
        except ApiError as error:
            raise CommandError(error.message) from error
        self._print(done, as_json=options["json"])
        summed = summed_days(rows, ZoneInfo(time_zone))
        wrong = [day for day in done.days if not _is_same(done.days[day], summed[day])]
        if wrong:
            days = ", ".join(map(str, wrong))
            raise CommandError(f"The statistics differ from the sums over the rows: {days}")
        if not options["json"]:
            self.stdout.write(
                f"{len(rows)} calls, {done.events} events, {done.values} values kept for {name}:"
                " all figures are the rows' sums."
            )

    def _print(self, done: Replayed, *, as_json: bool) -> None:
        if as_json:
            days = {str(day): dataclasses.asdict(one) for day, one in done.days.items()}
            self.stdout.write(orjson.dumps(days, option=orjson.OPT_NON_STR_KEYS).decode())
            return
        heading = (*_HEADING, *(f"in {level} s" for level in LEVELS_SECONDS))
        rows = [_columns(str(day), one) for day, one in done.days.items()]
        for row in (heading, *rows):
            self.stdout.write("".join(text.rjust(12) for text in row))


def _columns(day: str, one: Day) -> tuple[str, ...]:
    waited = one.wait_of_answered_seconds + one.wait_of_abandoned_seconds
    figures = (one.offered, one.answered, one.abandoned, waited, sum(one.talk_seconds.values()))
    levels = (f"{one.service_level[level]:.1f} %" for level in LEVELS_SECONDS)
    return (day, *map(str, figures), *levels)


def _is_same(one: Day, other: Day) -> bool:
    """Percentages are divided once by each: they may differ in the last digit."""
    first, second = dataclasses.asdict(one), dataclasses.asdict(other)
    levels = zip(
        first.pop("service_level").values(), second.pop("service_level").values(), strict=True
    )
    return first == second and all(abs(own - summed) < 1e-9 for own, summed in levels)
