"""What the documents list is what the code has."""

import re

from portal.events.log import event_kinds
from tests.processes import ROOT


def documented(document: str) -> set[str]:
    """What stands in backticks in the first column of the document's tables."""
    rows = re.findall(r"^\| (`[^|]*) \|", (ROOT / "docs" / document).read_text(), re.MULTILINE)
    return {name for row in rows for name in re.findall(r"`([^`]+)`", row)}


def test_every_setting_is_documented() -> None:
    read = set(re.findall(r'"(PORTAL_[A-Z_]+)"', (ROOT / "portal" / "settings.py").read_text()))
    read.add("PORTAL_SECRET_KEY")

    assert documented("settings.md") == read


def test_settings_are_read_in_the_settings_module_only() -> None:
    found = [
        f"{path.relative_to(ROOT)}: {line.strip()}"
        for folder in ("portal", "provisioning", "telephony", "supervision")
        for path in (ROOT / folder).rglob("*.py")
        if path.name not in {"settings.py", "environment.py"}
        for line in path.read_text().splitlines()
        if re.search(r"os\.(environ|getenv)", line) and "DJANGO_SETTINGS_MODULE" not in line
    ]

    assert not found, "Read it in portal/settings.py, with its default:\n" + "\n".join(found)


def test_every_event_is_documented() -> None:
    # Tests declare kinds of their own.
    declared = {
        kind for kind, one in event_kinds().items() if not one.__module__.startswith("tests.")
    }

    missing = declared - documented("architecture.md")

    assert not missing, f"Add to the table in docs/architecture.md: {sorted(missing)}"
