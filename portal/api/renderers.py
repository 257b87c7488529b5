from collections.abc import Iterable, Mapping
from typing import Any

import orjson
from rest_framework.negotiation import BaseContentNegotiation
from rest_framework.parsers import BaseParser
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request


def render_json(content: Any) -> bytes:
    """JSON in UTF-8; UUIDs and times are written in their standard text forms."""
    return orjson.dumps(content, option=orjson.OPT_NON_STR_KEYS)


class EnvelopeRenderer(BaseRenderer):
    """Puts `statusCode: 0` before what a view answers; a refusal brings its own code."""

    media_type = "application/json"
    format = "json"
    charset = None

    def render(
        self,
        data: Any,
        accepted_media_type: str | None = None,
        renderer_context: Mapping[str, Any] | None = None,
    ) -> bytes:
        content = data or {}
        if "statusCode" not in content:
            content = {"statusCode": 0, **content}
        return render_json(content)


class JsonOnly(BaseContentNegotiation):
    """The API speaks JSON whatever is asked for, as the original did."""

    def select_parser(self, request: Request, parsers: Iterable[BaseParser]) -> BaseParser | None:
        media_type = (request.content_type or "").split(";")[0].strip().lower()
        return next((parser for parser in parsers if parser.media_type == media_type), None)

    def select_renderer(
        self,
        request: Request,
        renderers: Iterable[BaseRenderer],
        format_suffix: str | None = None,
    ) -> tuple[BaseRenderer, str]:
        return next(iter(renderers)), "application/json; charset=utf-8"
