from collections.abc import Callable

import pytest

from portal.events.log import Event, event_from_record
from portal.events.models import EventRecord
from provisioning.models import ContactCenter
from tests.factories import ContactCenterFactory


@pytest.fixture
def center(db: None) -> ContactCenter:
    return ContactCenterFactory.create()


@pytest.fixture
def told(db: None) -> Callable[[], list[Event]]:
    """The live events since the last look, in order; those of open transactions too."""
    position = [0]

    def look() -> list[Event]:
        rows = list(EventRecord.objects.filter(id__gt=position[0]).order_by("id"))
        position[0] = rows[-1].id if rows else position[0]
        return [
            event_from_record(row)
            for row in rows
            if not row.kind.startswith(("provisioning.", "service."))
        ]

    return look
