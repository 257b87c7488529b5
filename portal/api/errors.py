"""Every refusal under /api/ in one shape, whatever raised it: DRF, Django, a service or a bug."""

import math
from typing import Any

import structlog
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.views import csrf, defaults
from rest_framework import exceptions
from rest_framework.response import Response

from portal.api.authentication import CsrfRefused
from portal.api.renderers import render_json
from portal.api.status import ApiError, StatusCode, no_permission, not_found

logger = structlog.get_logger(__name__)

_UNEXPECTED = ApiError(StatusCode.INTERNAL_ERROR, "An internal error occurred")


def as_api_error(error: Exception) -> ApiError:
    """The refusal that an exception stands for; an unknown exception is logged with its trace."""
    match error:
        case ApiError():
            return error
        case Http404() | exceptions.NotFound():
            return not_found()
        case PermissionDenied() | exceptions.PermissionDenied():
            return no_permission()
        case exceptions.NotAuthenticated() | exceptions.AuthenticationFailed():
            return ApiError(StatusCode.NOT_AUTHENTICATED, "Access denied")
        case CsrfRefused():
            return csrf_refusal()
        case exceptions.ParseError():
            return ApiError(StatusCode.INVALID_STATE, str(error.detail))
        case exceptions.Throttled():
            return ApiError(StatusCode.INVALID_STATE, str(error.detail), http_status=429)
        case exceptions.APIException():
            return ApiError(
                StatusCode.INVALID_STATE, str(error.detail), http_status=error.status_code
            )
        case ValidationError():
            return ApiError(StatusCode.OUT_OF_RANGE, " ".join(error.messages))
    logger.error("unexpected error", exc_info=error)
    return _UNEXPECTED


def handle_exception(error: Exception, context: dict[str, Any]) -> Response:
    """DRF's exception handler."""
    refusal = as_api_error(error)
    response = Response(refusal.body(), status=refusal.http_status)
    response.exception = True
    if (wait := getattr(error, "wait", None)) is not None:
        response["Retry-After"] = str(math.ceil(wait))
    if refusal.code is StatusCode.NOT_AUTHENTICATED:
        _challenge(context["request"], response)
    return response


def _challenge(request: HttpRequest, response: Response) -> None:
    """Ask for credentials, unless a script asked: browsers would show it their own dialogue."""
    from django.conf import settings

    if settings.API_PROFILE == "8.5.202":
        response.status_code = 403
    elif request.headers.get("X-Requested-With") != "XMLHttpRequest":
        response["WWW-Authenticate"] = 'Basic realm="portal", charset="UTF-8"'


def json_refusal(refusal: ApiError) -> HttpResponse:
    return HttpResponse(
        render_json(refusal.body()), status=refusal.http_status, content_type="application/json"
    )


def is_api_path(request: HttpRequest) -> bool:
    return request.path.startswith("/api/") and not request.path.startswith("/api/docs")


def page_not_found(request: HttpRequest, exception: Exception) -> HttpResponseBase:
    if is_api_path(request):
        return json_refusal(not_found())
    return defaults.page_not_found(request, exception)


def server_error(request: HttpRequest) -> HttpResponseBase:
    if is_api_path(request):
        return json_refusal(_UNEXPECTED)
    return defaults.server_error(request)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponseBase:
    if is_api_path(request):
        return json_refusal(ApiError(StatusCode.INVALID_STATE, "The request could not be read"))
    return defaults.bad_request(request, exception)


def permission_denied(request: HttpRequest, exception: Exception) -> HttpResponseBase:
    if is_api_path(request):
        return json_refusal(no_permission())
    return defaults.permission_denied(request, exception)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponseBase:
    if is_api_path(request):
        return json_refusal(csrf_refusal())
    return csrf.csrf_failure(request, reason)


def csrf_refusal() -> ApiError:
    return ApiError(StatusCode.FORBIDDEN, "Missing or invalid Csrf token")
