from typing import Any

from django.core.management.base import BaseCommand

from portal.api.permissions import as_markdown, permissions


class Command(BaseCommand):
    help = "Write who may do what, as it stands in docs/permissions.md."

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write(as_markdown(permissions()), ending="")
