"""Lists that are too long to be held in memory: read, rendered and sent piece by piece.

One query reads the whole list, so that it is of one moment; what each piece needs besides comes by
a constant number of further ones. Whatever is refused is refused before the first byte: the first
piece is ready when the answer begins.
"""

import dataclasses
import tempfile
from collections.abc import AsyncIterator, Callable, Generator, Iterator, Sequence
from itertools import chain, islice
from typing import Any

from asgiref.sync import sync_to_async
from django.core.handlers.asgi import ASGIRequest
from django.db.models import QuerySet
from django.http import HttpRequest, StreamingHttpResponse

from portal.api.fields import Reading
from portal.api.renderers import render_json
from portal.api.rendering import Listing
from portal.api.resources import Resource

# Longer lists are streamed, in pieces of so many objects.
PIECE = 1000

Pieces = Generator[bytes, None, None]


def stream(request: HttpRequest, pieces: Pieces) -> StreamingHttpResponse:
    """The pieces as an answer; under ASGI they are made in the request's own thread."""
    begun = chain([next(pieces)], pieces)
    # Django would collect a plain iterator whole before it sends the first byte.
    form = _AsyncContent if isinstance(request, ASGIRequest) else _Content
    content: Any = form(begun, pieces.close)
    return StreamingHttpResponse(content, content_type="application/json")


def object_pieces(name: str, listing: Listing, reading: Reading) -> Pieces:
    """`{"statusCode": 0, NAME: [object, …]}`."""
    begin = b'{"statusCode":0,' + render_json(name) + b":["
    for rows in _batches(listing.query):
        # What loaders share is of one piece.
        own = dataclasses.replace(reading, memo={})
        yield begin + render_json(listing.render(rows, own))[1:-1]
        begin = b","
    yield begin.rstrip(b",") + b"]}"


def uri_pieces(resource: type[Resource], objects: QuerySet[Any], base: str) -> Pieces:
    """`{"statusCode": 0, "uris": […], "paths": […]}`; the paths wait on the disk for their turn."""
    begin = b'{"statusCode":0,"uris":['
    with tempfile.TemporaryFile() as waiting:
        for rows in _batches(resource.path_rows(objects)):
            paths = [resource.path_from(*row) for row in rows]
            waiting.write((b"," if waiting.tell() else b"") + render_json(paths)[1:-1])
            yield begin + render_json([base + path for path in paths])[1:-1]
            begin = b","
        yield begin.rstrip(b",") + b'],"paths":['
        waiting.seek(0)
        while piece := waiting.read(1 << 16):
            yield piece
    yield b"]}"


def _batches(query: QuerySet[Any]) -> Iterator[Sequence[Any]]:
    rows = query.iterator(chunk_size=PIECE)
    while batch := list(islice(rows, PIECE)):
        yield batch


@dataclasses.dataclass(frozen=True, slots=True)
class _Content:
    """Pieces that end, with the query behind them, when Django closes the answer."""

    pieces: Iterator[bytes]
    close: Callable[[], None]

    def __iter__(self) -> Iterator[bytes]:
        return self.pieces


@dataclasses.dataclass(frozen=True, slots=True)
class _AsyncContent:
    pieces: Iterator[bytes]
    close: Callable[[], None]

    async def __aiter__(self) -> AsyncIterator[bytes]:
        while piece := await sync_to_async(_next)(self.pieces):
            yield piece


def _next(pieces: Iterator[bytes]) -> bytes:
    """The next piece, and nothing after the last: StopIteration cannot leave a thread."""
    return next(pieces, b"")
