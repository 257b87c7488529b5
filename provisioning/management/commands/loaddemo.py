from typing import Any

from django.core.management.base import BaseCommand

from provisioning.demo import load_demo


class Command(BaseCommand):
    help = "Load the demo contact centers, once."

    def handle(self, *args: Any, **options: Any) -> None:
        loaded = load_demo()
        self.stdout.write("Demo loaded." if loaded else "The demo is there already.")
