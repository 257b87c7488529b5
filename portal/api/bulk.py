"""Bulk operations: each element is a transaction of its own.

Source: contract §1 "Writing"; seed 001 "Partial Success".
"""

from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import Any, TypeVar

from portal.api.errors import as_api_error
from portal.api.status import ApiError, StatusCode

Element = TypeVar("Element")
Result = TypeVar("Result")


def run_bulk(
    elements: Iterable[Element],
    *,
    run: Callable[[Element], dict[str, Any]],
    describe: Callable[[Element], dict[str, Any]],
    shows_successes: bool = False,
) -> tuple[dict[str, Any], int]:
    """Do `run` for each element; gives the answer and its HTTP status.

    `run` answers the descriptor of what succeeded; `describe` names an element that failed.
    """
    elements = list(elements)
    outcomes = [attempt(partial(run, element)) for element in elements]
    return bulk_answer(elements, outcomes, describe=describe, shows_successes=shows_successes)


def attempt(run: Callable[[], Result]) -> Result | ApiError:
    """What `run` gives, or the refusal that it ends in."""
    try:
        return run()
    except Exception as error:
        return as_api_error(error)


def bulk_answer(
    elements: Sequence[Element],
    outcomes: Iterable[dict[str, Any] | ApiError],
    *,
    describe: Callable[[Element], dict[str, Any]],
    shows_successes: bool = False,
) -> tuple[dict[str, Any], int]:
    """The answer and its HTTP status, from each element's descriptor or refusal."""
    succeeded: list[dict[str, Any]] = []
    failed: list[dict[str, Any]] = []
    first_status = 200
    for element, outcome in zip(elements, outcomes, strict=True):
        if not isinstance(outcome, ApiError):
            succeeded.append(outcome)
            continue
        if not failed:
            first_status = outcome.http_status
        failed.append({**outcome.body(), **describe(element)})
    if not failed:
        return ({"succeeded": succeeded} if shows_successes else {}), 200
    if succeeded:
        content = {"succeeded": succeeded, "failed": failed}
        return {"statusCode": int(StatusCode.PARTIAL_SUCCESS), **content}, 200
    first = failed[0]
    return {
        "statusCode": first["statusCode"],
        "statusMessage": first["statusMessage"],
        "failed": failed,
    }, first_status
