"""Events on command, for those who test the protocol from outside."""

import os
import sys
from argparse import ArgumentParser
from collections.abc import Iterator
from typing import Any

import orjson
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from notifications.bayeux.channels import is_channel, is_meta, is_service
from notifications.events import NotificationTriggered
from portal.events.log import publish
from provisioning.models import User

_PIECE = 65_536


class Command(BaseCommand):
    help = (
        "Publish to one user what standard input says, one JSON object a line: "
        '{"op":"publish","channel":"/v2/me/calls","data":{}}. '
        "Refused unless PORTAL_BAYEUX_TRIGGER is true."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--user", required=True, help="the user's name")

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.BAYEUX_TRIGGER:
            raise CommandError("Set PORTAL_BAYEUX_TRIGGER=true to allow notifications on command.")
        user = User.objects.filter(user_name__iexact=options["user"]).first()
        if user is None:
            raise CommandError(f"There is no user {options['user']}.")
        number = 0
        for lines in _lines_at_once(sys.stdin.fileno()):
            numbered = list(enumerate(lines, start=number + 1))
            publish_all(user, [_read(n, line) for n, line in numbered if line.strip()])
            number += len(lines)


@transaction.atomic
def publish_all(user: User, asked: list[dict[str, Any]]) -> None:
    center_id = user.contact_center_id
    publish(
        *(
            NotificationTriggered(
                contact_center_id=str(center_id) if center_id else None,
                user_id=str(user.pk),
                channel=one["channel"],
                data=one.get("data"),
            )
            for one in asked
        )
    )


def _lines_at_once(descriptor: int) -> Iterator[list[bytes]]:
    """The lines that are there, as they come: those of a burst are one transaction."""
    rest = b""
    while piece := os.read(descriptor, _PIECE):
        *lines, rest = (rest + piece).split(b"\n")
        if lines:
            yield lines
    if rest:
        yield [rest]


def _read(number: int, line: bytes) -> dict[str, Any]:
    try:
        asked = orjson.loads(line)
    except orjson.JSONDecodeError as error:
        raise CommandError(f"Line {number} is not JSON: {error}") from error
    if not isinstance(asked, dict) or asked.get("op") != "publish":
        raise CommandError(f'Line {number}: the one known "op" is "publish".')
    channel = asked.get("channel")
    if not is_channel(channel) or is_meta(str(channel)) or is_service(str(channel)):
        raise CommandError(f"Line {number}: {channel!r} is no channel for notifications.")
    return asked
