from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from supervision.verification import Verdict, verify

_SHOWN_CHARACTERS = 60


class Command(BaseCommand):
    help = "Verify that the statistics are those that the event log gives."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("action", choices=["verify"])
        parser.add_argument("--contact-center", metavar="NAME", help="only this one")

    def handle(self, *args: Any, **options: Any) -> None:
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
