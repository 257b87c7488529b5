from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from portal.runtime.server import Companions, serve


class Command(BaseCommand):
    help = "Serve the portal from one process: web, background work and, if asked, live traffic."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--host", default="127.0.0.1")
        parser.add_argument("--port", type=int, default=8080)
        parser.add_argument("--simulate", action="store_true", help="with simulated live traffic")
        parser.add_argument(
            "--web-only", action="store_true", help="background work runs in other processes"
        )

    def handle(self, *args: Any, host: str, port: int, **options: Any) -> None:
        companions = Companions(runs_tasks=not options["web_only"], simulates=options["simulate"])

        def announce() -> None:
            self.stdout.write(f"The portal is at http://{host}:{port}/")
            self.stdout.flush()

        if not serve(host=host, port=port, companions=companions, when_ready=announce):
            raise CommandError(f"Port {port} of {host} cannot be listened on: is it in use?")
