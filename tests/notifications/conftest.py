from collections.abc import Iterator

import pytest
from django.db.models import BooleanField
from django.db.models.expressions import Value

from portal.events import reader
from tests.notifications.receiver import Receiver, receiving


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as one:
        yield one


@pytest.fixture
def all_settled(monkeypatch: pytest.MonkeyPatch) -> None:
    """The log as it is when nobody else writes.

    A test in a transaction of its own would wait for itself on PostgreSQL: nothing that it has
    published is settled before it ends. tests/portal/events has the tests of that rule.
    """
    settled = Value(True, output_field=BooleanField())  # noqa: FBT003
    monkeypatch.setattr(reader, "_with_settled", lambda records: records.annotate(settled=settled))
