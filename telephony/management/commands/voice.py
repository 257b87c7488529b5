from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from provisioning.models import ContactCenter
from telephony.services.links import set_voice_link


class Command(BaseCommand):
    help = "Takes the embedded switch's link away (down), or gives it back (up)."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("state", choices=("down", "up"))
        parser.add_argument("--contact-center", metavar="NAME", help="one only; otherwise all")

    def handle(self, *args: Any, **options: Any) -> None:
        centers = ContactCenter.objects.order_by("name")
        if options["contact_center"]:
            centers = centers.filter(name=options["contact_center"])
        if not centers:
            raise CommandError("There is no such contact center.")
        for center in centers:
            set_voice_link(contact_center=center, is_up=options["state"] == "up")
            self.stdout.write(f"{center.name}: voice is {options['state']}")
