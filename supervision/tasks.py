"""Celery jobs of this room."""

from uuid import UUID

from celery import shared_task

from supervision.exports.working import make_export


@shared_task(acks_late=True)  # type: ignore[untyped-decorator]
def run_export(export_id: str) -> None:
    make_export(UUID(export_id))
