"""Making an export's file: what the background job does."""

import tempfile
import time
from pathlib import Path
from uuid import UUID

import structlog
from django.db import transaction

from portal.events.log import now_ms
from supervision.exports.sources import source_of
from supervision.exports.writers import WRITERS, Writer
from supervision.models import Export, ExportPiece

logger = structlog.get_logger(__name__)

PIECE_BYTES = 256 * 1024
_PROGRESS_SECONDS = 0.5


class CancelledError(Exception):
    """The export was cancelled, or is another worker's by now."""


def make_export(export_id: UUID) -> None:
    """Make the file of an export that waits; any other is left alone, so a job may come twice."""
    claimed = Export.objects.filter(pk=export_id, state=Export.WAITING)
    if not claimed.update(state=Export.RUNNING, rows_done=0, stirred_ms=now_ms()):
        return
    export = Export.objects.select_related("contact_center").get(pk=export_id)
    try:
        with tempfile.TemporaryDirectory(prefix="portal-export-") as folder:
            path = Path(folder) / "file"
            rows = _write(export, path)
            _store(export, path, rows)
    except CancelledError:
        logger.info("export cancelled", export=str(export_id))
    except Exception:
        logger.exception("export failed", export=str(export_id))
        failed = {"state": Export.FAILED, "message": "The file could not be made"}
        Export.objects.filter(pk=export_id, state=Export.RUNNING).update(**failed)


def _write(export: Export, path: Path) -> int:
    source = source_of(export)
    _tell(export, rows_total=source.total)
    writer: Writer = WRITERS[export.format](path, source.columns)
    rows, told_at = 0, time.monotonic()
    try:
        for row in source.rows:
            writer.write(row)
            rows += 1
            if time.monotonic() - told_at >= _PROGRESS_SECONDS:
                _tell(export, rows_done=rows)
                told_at = time.monotonic()
    finally:
        writer.close()
    _tell(export, rows_done=rows)
    return rows


def _tell(export: Export, **progress: int) -> None:
    """Show how far it is. Raises CancelledError where nobody waits for it any more."""
    running = Export.objects.filter(pk=export.pk, state=Export.RUNNING)
    if not running.update(stirred_ms=now_ms(), **progress):
        raise CancelledError


@transaction.atomic
def _store(export: Export, path: Path, rows: int) -> None:
    """The file, piece by piece, and that it is there."""
    locked = Export.objects.select_for_update().filter(pk=export.pk, state=Export.RUNNING).first()
    if locked is None:
        raise CancelledError
    ExportPiece.objects.filter(export=locked).delete()
    with path.open("rb") as file:
        for number, piece in enumerate(iter(lambda: file.read(PIECE_BYTES), b"")):
            ExportPiece.objects.create(export=locked, number=number, content=piece)
    locked.state, locked.rows_done, locked.rows_total = Export.DONE, rows, rows
    locked.size_bytes = path.stat().st_size
    locked.save()
