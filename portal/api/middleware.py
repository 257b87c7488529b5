from collections.abc import Callable

from django.http import HttpRequest
from django.http.response import HttpResponseBase


class ApiMiddleware:
    """Under /api/ a trailing slash means nothing, and no redirect says so."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if request.path_info.startswith("/api/"):
            request.path_info = request.path_info.rstrip("/")
        return self.get_response(request)
