"""Call records of the "Anonymous Bank" form: one tab-separated row for each call.

The columns are vru+line, call_id, customer_identified, priority, type, date (yymmdd), vru_entry,
vru_exit, vru_time, q_start, q_exit, q_time, outcome, ser_start, ser_exit, ser_time, server; times
are H:MM:SS of the local day on which the call came in, durations seconds, and 0:00:00 says that
something did not happen.

How a row is read: PHANTOM rows are none. Every other row is a call that was offered, from `q_start`
on, or, where it never waited, from the end of its VRU part. AGENT rows were answered when the wait
was over, and talked for `ser_time`: the records have two clocks, so `ser_start` lies a second or
two beside `q_exit`, and durations are right where instants are not. HANG rows were given up when
the wait was over, whatever service they name.
"""

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from supervision.statistics.windows import local_midnight_ms

NO_SERVER = "NO_SERVER"
ANSWERED, ABANDONED, IGNORED = "AGENT", "HANG", "PHANTOM"
_NEVER = "0:00:00"
_DAY_SECONDS = 86_400
_HALF_DAY_SECONDS = _DAY_SECONDS // 2
_COLUMNS = frozenset(
    {
        *("call_id", "date", "vru_entry", "vru_exit", "q_start", "q_exit", "q_time", "outcome"),
        *("ser_time", "server"),
    }
)


class RowError(ValueError):
    """A line that is no call record: names the line and the reason."""


@dataclass(frozen=True, slots=True)
class CallRow:
    """A call: offered, and then answered by a server, or given up."""

    line: int
    call_id: str
    offered_ms: int
    wait_seconds: int
    talk_seconds: int
    is_answered: bool
    server: str | None

    @property
    def left_ms(self) -> int:
        """When the wait was over: answered or given up."""
        return self.offered_ms + self.wait_seconds * 1000

    @property
    def released_ms(self) -> int:
        return self.left_ms + self.talk_seconds * 1000


def read_rows(path: Path, zone: ZoneInfo) -> Iterator[CallRow]:
    """The calls of a file. Raises RowError for what is no such file."""
    with path.open(encoding="utf-8", newline="") as file:
        lines = csv.DictReader(file, delimiter="\t")
        if lacking := _COLUMNS - set(lines.fieldnames or ()):
            raise RowError(f"{path.name}: the columns {', '.join(sorted(lacking))} are missing")
        for number, fields in enumerate(lines, 2):
            try:
                row = _row(number, fields, zone)
            except (ValueError, TypeError, AttributeError) as error:
                raise RowError(f"{path.name}: line {number}: {error}") from error
            if row is not None:
                yield row


def _row(number: int, fields: dict[str, str], zone: ZoneInfo) -> CallRow | None:
    outcome = fields["outcome"]
    if outcome == IGNORED:
        return None
    if outcome not in {ANSWERED, ABANDONED}:
        raise ValueError(f"the outcome {outcome!r} is unknown")
    is_answered = outcome == ANSWERED
    wait = int(fields["q_time"])
    has_waited = wait > 0 or fields["q_start"] != _NEVER
    came = fields["q_start"] if has_waited else fields["vru_exit"]
    talk = int(fields["ser_time"]) if is_answered else 0
    if wait < 0 or talk < 0:
        raise ValueError("a duration is negative")
    server = fields["server"].strip()
    return CallRow(
        line=number,
        call_id=fields["call_id"],
        offered_ms=_instant(fields["date"], fields["vru_entry"], came, zone),
        wait_seconds=wait,
        talk_seconds=talk,
        is_answered=is_answered,
        server=server if is_answered and server and server != NO_SERVER else None,
    )


def _instant(day: str, entry: str, text: str, zone: ZoneInfo) -> int:
    """A time of the day of entry, or of the next where the call went on over midnight."""
    seconds = _seconds(text)
    if seconds < _seconds(entry) - _HALF_DAY_SECONDS:
        seconds += _DAY_SECONDS
    local = datetime.strptime(day, "%y%m%d").replace(tzinfo=zone).date()
    return local_midnight_ms(local, zone) + seconds * 1000


def _seconds(text: str) -> int:
    hours, minutes, seconds = (int(part) for part in text.split(":"))
    if not (0 <= hours < 24 and 0 <= minutes < 60 and 0 <= seconds < 60):
        raise ValueError(f"{text} is no time of day")
    return hours * 3600 + minutes * 60 + seconds


def local_day(at_ms: int, zone: ZoneInfo) -> date:
    return datetime.fromtimestamp(at_ms / 1000, zone).date()
