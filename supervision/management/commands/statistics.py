from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from portal.api.status import ApiError
from supervision.services.definitions import reload_definitions
from supervision.verification import Verdict, verify

_SHOWN_CHARACTERS = 60


class Command(BaseCommand):
    help = "Verify the statistics against the event log, or reload their definitions."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("action", choices=["verify", "reload"])
        parser.add_argument("--contact-center", metavar="NAME", help="only this one")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["action"] == "reload":
            self._reload()
            return
        verdict = verify(options["contact_center"])
        if verdict is None:
            self.stdout.write("No checkpoint has been stored yet: there is nothing to compare.")
            return
        if verdict.compared == 0:
            raise CommandError("There is no such contact center.")
        for row in _table(verdict):
            self.stdout.write(row)
        summary = f"{verdict.compared} values compared after event {verdict.cursor}"
        if verdict.differences:
            raise CommandError(f"{summary}: {len(verdict.differences)} differ.")
        self.stdout.write(f"{summary}: all equal.")

    def _reload(self) -> None:
        try:
            done = reload_definitions(loaded_by="manage.py")
        except ApiError as error:
            raise CommandError(error.message) from error
        for word, keys in (
            ("added", done.added),
            ("removed", done.removed),
            ("changed", done.changed),
        ):
            for object_type, name in keys:
                self.stdout.write(f"{word} {object_type} {name}")
        self.stdout.write(f"The definitions in force are set {done.set_id}.")


def _table(verdict: Verdict) -> list[str]:
    rows = [
        (
            found.contact_center,
            found.object_type,
            found.object_id,
            found.name,
            str(found.recomputed)[:_SHOWN_CHARACTERS],
            str(found.continued)[:_SHOWN_CHARACTERS],
        )
        for found in verdict.differences
    ]
    if not rows:
        return []
    heading = ("contact center", "type", "object", "statistic", "from the log", "continued")
    widths = [max(len(row[column]) for row in (heading, *rows)) for column in range(len(heading))]
    return [
        "  ".join(text.ljust(width) for text, width in zip(row, widths, strict=True)).rstrip()
        for row in (heading, *rows)
    ]
