import pytest
from django.db.models import BooleanField, Value

from portal.events import reader


@pytest.fixture(autouse=True)
def _log_at_rest(monkeypatch: pytest.MonkeyPatch) -> None:
    """Events are read although the test's transaction, or another on the server, still runs.

    tests/portal/events has the tests of the rule that this leaves out.
    """
    settled = Value(True, output_field=BooleanField())  # noqa: FBT003
    monkeypatch.setattr(reader, "_with_settled", lambda records: records.annotate(settled=settled))
