"""House rules that ruff cannot say; each failure names the remedy."""

import ast
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

from tests.processes import ROOT

APPS = ("portal", "provisioning", "telephony", "notifications", "supervision", "interactions")


def python_files(*folders: str) -> Iterator[tuple[str, ast.Module]]:
    for folder in folders:
        for path in sorted((ROOT / folder).rglob("*.py")):
            yield str(path.relative_to(ROOT)), ast.parse(path.read_text())


def is_shown_to_users(name: str) -> bool:
    """Modules that answer requests: views, resources, pages, consumers."""
    parts = Path(name).parts
    return bool({"api", "pages", "realtime", "web"} & set(parts))


def test_what_users_see_is_never_taken_from_all_objects() -> None:
    found = [
        f"{name}:{node.lineno}"
        for name, tree in python_files(*APPS)
        if is_shown_to_users(name)
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr == "all"
        and isinstance(node.func.value, ast.Attribute)
        and node.func.value.attr in {"objects", "_default_manager"}
    ]

    assert not found, (
        "Contact centers are walls: use Model.objects.visible_to(user), not .objects.all():\n"
        + "\n".join(found)
    )


def test_jobs_are_sent_after_the_commit() -> None:
    found = [
        f"{name}:{node.lineno}"
        for name, tree in python_files(*APPS)
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr in {"delay", "apply_async"}
    ]

    assert not found, "A worker may be faster than our commit: use delay_on_commit:\n" + "\n".join(
        found
    )


def tracked_texts() -> Iterator[tuple[str, str]]:
    """Every text file that is or would be committed."""
    listing = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    for name in sorted(filter(None, listing.stdout.split("\0"))):
        path = ROOT / name
        if path.is_file():
            content = path.read_bytes()
            if b"\0" not in content:
                yield name, content.decode()


def test_no_file_knows_the_machine_it_was_written_on() -> None:
    machine = re.compile(r"(?<![\w.])/(?:work|root|home/[a-z]\w*|Users/\w+)/")

    found = [
        f"{name}: {line.strip()[:120]}"
        for name, text in tracked_texts()
        for line in text.splitlines()
        if machine.search(line)
    ]

    assert not found, "Paths are relative to the checkout, or settings:\n" + "\n".join(found)
