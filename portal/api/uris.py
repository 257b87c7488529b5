"""Names of resources: absolute URIs out, and URIs, paths or bare ids in.

Source: contract §1 "URIs".
"""

import re
from typing import Any
from uuid import UUID

from portal.api.status import ApiError, out_of_range

API_ROOT = "/api/v2"

_REFERENCE = re.compile(
    r"^(?:[a-z][a-z0-9+.-]*://[^/]*)?(?:/api/v2)?/?(?P<path>.*?)/?$", re.IGNORECASE
)


def with_uri(path: str, base: str) -> dict[str, str]:
    """`uri` and `path` of one resource; `base` is scheme, host and API root of the request."""
    return {"uri": base + path, "path": path}


def with_uris(paths: list[str], base: str) -> dict[str, list[str]]:
    return {"uris": [base + path for path in paths], "paths": paths}


def referenced_id(reference: object, collection: str) -> str:
    """The bare id in an absolute URI (of any host), a path or an id of a resource.

    Raises ApiError 10 where the reference is no text or names another kind of resource.
    """
    if not isinstance(reference, str) or not reference.strip():
        raise out_of_range("A resource is named by its URI, path or id")
    match = _REFERENCE.match(reference.strip())
    *parents, bare = (match["path"] if match else "").split("/")
    if not bare or (parents and parents[-1] != collection.rsplit("/", 1)[-1]):
        raise out_of_range(f"{reference[:200]} does not name one of /{collection}")
    return bare


def referenced_ids(body: dict[str, Any], collection: str) -> list[tuple[str, str]] | None:
    """What `uris`, `paths` and `ids` of a body name, each as given and as a bare id; else None."""
    keys = [key for key in ("uris", "paths", "ids") if key in body]
    if not keys:
        return None
    named = []
    for key in keys:
        references = body[key]
        if not isinstance(references, list):
            raise out_of_range(f"{key} must be a list")
        for reference in references:
            try:
                named.append((reference, referenced_id(reference, collection)))
            except ApiError:
                named.append((str(reference), ""))
    return named


def uuid_or_none(text: object) -> UUID | None:
    try:
        return UUID(str(text))
    except ValueError:
        return None
