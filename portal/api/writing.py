"""What holds for every write: dry runs and optimistic locking.

`dryRun=true` does the whole write in a transaction that is then taken back, and answers what it
would have changed and caused. `If-Match` lets a write through only if the object is still as the
writer has read it.
"""

import functools
import hashlib
from collections.abc import Callable, Sequence
from typing import Any, ClassVar, Protocol

from django.db import models, transaction
from rest_framework.request import Request
from rest_framework.response import Response

from portal.api.renderers import render_json
from portal.api.status import ApiError, StatusCode, out_of_range
from portal.events.log import Event, capture

_ANSWERED_BESIDE = ("statusCode", "statusMessage", "failed")


class Foresight(Protocol):
    """What a room says of a write that is only tried: `watch` before it, `tell` after it."""

    def watch(self, user: Any) -> Any: ...

    def tell(self, watched: Any, events: Sequence[Event], user: Any) -> dict[str, Any]: ...


class DryRuns:
    """Where the room that records changes puts its `Foresight`."""

    foresight: ClassVar[Foresight | None] = None


Handler = Callable[..., Response]


def write(handler: Handler) -> Handler:
    """Mark a view's method as a write, so that `dryRun=true` tries it and takes it back."""

    @functools.wraps(handler)
    def wrapped(view: Any, request: Request, **kwargs: Any) -> Response:
        if not _is_dry_run(request):
            return handler(view, request, **kwargs)
        foresight = DryRuns.foresight
        with transaction.atomic(), capture() as events:
            watched = foresight.watch(request.user) if foresight else None
            tried = handler(view, request, **kwargs)
            foreseen = foresight.tell(watched, events, request.user) if foresight else {}
            transaction.set_rollback(True)
        answered: Any = tried.data or {}
        beside = {key: answered[key] for key in _ANSWERED_BESIDE if key in answered}
        return Response({**beside, **foreseen}, status=tried.status_code)

    return wrapped


def _is_dry_run(request: Request) -> bool:
    value = request.query_params.get("dryRun", "false").lower()
    if value not in {"true", "false"}:
        raise out_of_range("dryRun must be true or false")
    return value == "true"


def etag_of_content(content: Any) -> str:
    """The ETag of what has no version: made of what is read of it."""
    return f'"{hashlib.sha256(render_json(content)).hexdigest()[:32]}"'


def is_conditional(request: Request) -> bool:
    """Whether `If-Match` asks for more than that the object is there."""
    return request.headers.get("If-Match", "*").strip() != "*"


def require_match(
    request: Request, obj: models.Model, etag_of: Callable[[Any], str | None]
) -> None:
    """Refuse with 412 where `If-Match` names another version; locks the row till the write is done.

    Call it in the transaction of the write. Raises ApiError 2.
    """
    if not is_conditional(request):
        return
    locked: Any = type(obj)._default_manager.select_for_update().filter(pk=obj.pk).first()
    require_etag(request, None if locked is None else etag_of(locked))


def require_etag(request: Request, etag: str | None) -> None:
    """As `require_match`, where the caller holds the locks. Raises ApiError 2 with HTTP 412."""
    wanted = request.headers.get("If-Match", "*")
    if is_conditional(request) and etag not in {tag.strip() for tag in wanted.split(",")}:
        raise ApiError(
            StatusCode.INVALID_STATE,
            "The resource has been changed meanwhile",
            http_status=412,
        )
