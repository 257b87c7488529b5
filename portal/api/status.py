"""The API's status codes and the one exception that carries them. No framework is imported here.

Source: contract §1 "statusCode → HTTP status"; seed 001 "Return Values / All Methods".
"""

import enum
from collections.abc import Mapping
from typing import Any


class StatusCode(enum.IntEnum):
    SUCCESS = 0
    PARAMETER_MISSING = 1
    INVALID_STATE = 2
    FORBIDDEN = 3
    INTERNAL_ERROR = 4
    NO_PERMISSION = 5
    NOT_FOUND = 6
    PARTIAL_SUCCESS = 7
    PASSWORD_CHANGE_DEMANDED = 8
    PROCESSING_INCOMPLETE = 9
    OUT_OF_RANGE = 10
    READ_ONLY_PROPERTY = 11
    RETRIEVE_FAILED = 12
    CREATE_FAILED = 13
    DELETE_FAILED = 14
    UPDATE_FAILED = 15
    ASSIGN_FAILED = 16
    UNASSIGN_FAILED = 17
    ALREADY_EXISTS = 18
    IN_USE = 19
    NOT_AUTHENTICATED = 20


HTTP_STATUS: Mapping[StatusCode, int] = {
    StatusCode.SUCCESS: 200,
    StatusCode.PARAMETER_MISSING: 400,
    StatusCode.INVALID_STATE: 400,
    StatusCode.FORBIDDEN: 403,
    StatusCode.INTERNAL_ERROR: 500,
    StatusCode.NO_PERMISSION: 403,
    StatusCode.NOT_FOUND: 404,
    StatusCode.PARTIAL_SUCCESS: 200,
    StatusCode.PASSWORD_CHANGE_DEMANDED: 403,
    StatusCode.PROCESSING_INCOMPLETE: 202,
    StatusCode.OUT_OF_RANGE: 400,
    StatusCode.READ_ONLY_PROPERTY: 400,
    StatusCode.RETRIEVE_FAILED: 500,
    StatusCode.CREATE_FAILED: 500,
    StatusCode.DELETE_FAILED: 500,
    StatusCode.UPDATE_FAILED: 500,
    StatusCode.ASSIGN_FAILED: 500,
    StatusCode.UNASSIGN_FAILED: 500,
    StatusCode.ALREADY_EXISTS: 409,
    StatusCode.IN_USE: 409,
    StatusCode.NOT_AUTHENTICATED: 401,
}


class ApiError(Exception):
    """A refusal: its code, a sentence for the caller and, rarely, an HTTP status of its own.

    Services raise it too: it knows nothing of HTTP but a number.
    """

    def __init__(
        self, code: StatusCode, message: str, *, http_status: int | None = None, **extra: Any
    ) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.http_status = http_status or HTTP_STATUS[code]
        self.extra = extra

    def body(self) -> dict[str, Any]:
        """What the client reads: statusCode, statusMessage and the keys some refusals add."""
        return {"statusCode": int(self.code), "statusMessage": self.message, **self.extra}


def missing(name: str) -> ApiError:
    return ApiError(StatusCode.PARAMETER_MISSING, f"Required parameter is missing: {name}")


def out_of_range(message: str) -> ApiError:
    return ApiError(StatusCode.OUT_OF_RANGE, message)


def not_found(what: str = "resource") -> ApiError:
    return ApiError(StatusCode.NOT_FOUND, f"The requested {what} could not be found")


def no_permission() -> ApiError:
    return ApiError(
        StatusCode.NO_PERMISSION, "The user does not have permission to perform this operation"
    )


def invalid_operation(name: object) -> ApiError:
    return ApiError(StatusCode.INVALID_STATE, f"Invalid operation: {name}")
