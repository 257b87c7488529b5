"""What a request asks to see: `fields`, `subresources` and `resolveUris`.

Source: contract §1 "Reading"; seed 001 "Request Parameters".
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from portal.api.status import out_of_range

Tree = dict[str, "Tree"]


@dataclass(frozen=True, slots=True)
class Selection:
    """`fields` is None for all of them; else a tree, since dotted names reach into objects."""

    fields: Tree | None = None
    subresources: frozenset[str] = frozenset()
    resolved: frozenset[str] = frozenset()
    wants_objects: bool = False
    wants_whole_tree: bool = False

    def wants(self, name: str) -> bool:
        return self.fields is None or name in self.fields


EVERYTHING = Selection(wants_objects=True)


@dataclass(frozen=True, slots=True)
class Selectable:
    """The names that one resource offers to each of the three parameters."""

    fields: frozenset[str]
    subresources: frozenset[str] = frozenset()
    links: frozenset[str] = field(default_factory=frozenset)


def parse_selection(query: Mapping[str, str], selectable: Selectable) -> Selection:
    """The selection that query parameters ask for. Raises ApiError 10 naming what is unknown."""
    fields = query.get("fields")
    subresources = query.get("subresources")
    resolve = query.get("resolveUris", query.get("resolveUri"))
    shown_parts = _parse_subresources(subresources, selectable)
    return Selection(
        fields=_parse_fields(fields, selectable.fields | shown_parts),
        subresources=shown_parts,
        resolved=_parse_resolved(resolve, selectable),
        wants_objects=fields is not None or subresources is not None or resolve is not None,
        wants_whole_tree=subresources == "**",
    )


def _names(text: str) -> list[str]:
    return [name.strip() for name in text.split(",") if name.strip()]


def _refuse_unknown(kind: str, names: Iterable[str], known: frozenset[str]) -> None:
    unknown = sorted(set(names) - known)
    if unknown:
        raise out_of_range(
            f"Unknown {kind}: {', '.join(unknown)[:200]}. Known: {', '.join(sorted(known))}"
        )


def _parse_fields(text: str | None, known: frozenset[str]) -> Tree | None:
    if text is None or "*" in _names(text) or not _names(text):
        return None
    tree: Tree = {}
    for name in _names(text):
        branch = tree
        for part in name.split("."):
            branch = branch.setdefault(part, {})
    _refuse_unknown("field", tree, known | {"uri", "path"})
    return tree


def _parse_subresources(text: str | None, selectable: Selectable) -> frozenset[str]:
    if text is None:
        return frozenset()
    names = _names(text)
    if "*" in names or "**" in names:
        return selectable.subresources
    _refuse_unknown("subresource", names, selectable.subresources)
    return frozenset(names)


def _parse_resolved(text: str | None, selectable: Selectable) -> frozenset[str]:
    names = _names(text or "")
    if not names or names == ["false"]:
        return frozenset()
    if names in (["*"], ["true"]):
        return selectable.links
    names = [
        name if name in selectable.links or name.endswith("Uri") else f"{name}Uri" for name in names
    ]
    _refuse_unknown("URI", names, selectable.links)
    return frozenset(names)


def prune(value: Any, tree: Tree) -> Any:
    """The parts of a rendered value that dotted names ask for; an empty tree asks for all of it."""
    if not tree:
        return value
    if isinstance(value, list):
        return [prune(item, tree) for item in value]
    if not isinstance(value, dict):
        return value
    return {name: prune(value[name], branch) for name, branch in tree.items() if name in value}
