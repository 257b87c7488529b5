"""Lock files: complete, hashed, and without a word about where packages are downloaded."""

import re
import tomllib

import orjson
import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.processes import ROOT

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
PYTHON_LOCKS = ("requirements.txt", "requirements-dev.txt")
REMEDY = "Run `make lock`."


def locked(name: str) -> dict[str, str]:
    """Package to version."""
    pins = re.findall(r"^([\w.\[\],-]+)==([^\s;\\]+)", (ROOT / name).read_text(), re.MULTILINE)
    return {canonicalize_name(package.partition("[")[0]): version for package, version in pins}


@pytest.mark.parametrize(
    ("name", "declared"),
    [
        ("requirements.txt", PROJECT["dependencies"]),
        (
            "requirements-dev.txt",
            PROJECT["dependencies"] + PROJECT["optional-dependencies"]["dev"],
        ),
    ],
)
def test_what_pyproject_declares_is_locked(name: str, declared: list[str]) -> None:
    versions = locked(name)

    for requirement in map(Requirement, declared):
        version = versions.get(canonicalize_name(requirement.name))
        assert version is not None, f"{requirement} is not in {name}. {REMEDY}"
        assert requirement.specifier.contains(version), f"{requirement}: {version}. {REMEDY}"


def test_development_has_the_versions_that_users_have() -> None:
    development = locked("requirements-dev.txt")

    assert locked("requirements.txt").items() <= development.items(), REMEDY


@pytest.mark.parametrize("name", PYTHON_LOCKS)
def test_every_locked_package_has_a_hash_and_no_address(name: str) -> None:
    text = (ROOT / name).read_text()
    entries = re.split(r"\n(?=[a-z0-9])", text)

    assert "://" not in text
    assert [entry.split()[0] for entry in entries if "--hash=sha256:" not in entry] == []


def test_the_npm_lock_has_hashes_and_no_download_address() -> None:
    packages = orjson.loads((ROOT / "package-lock.json").read_bytes())["packages"]
    packages.pop("")

    for name, package in packages.items():
        assert "resolved" not in package, f"{name}. {REMEDY}"
        assert package["integrity"].startswith("sha512-"), name


def test_npm_packages_are_pinned_exactly_and_locked_so() -> None:
    declared = orjson.loads((ROOT / "package.json").read_bytes())
    packages = orjson.loads((ROOT / "package-lock.json").read_bytes())["packages"]

    for group in ("dependencies", "devDependencies"):
        for name, version in declared[group].items():
            # A second version of a package has a name of its own: npm:PACKAGE@VERSION.
            exact = re.fullmatch(r"(?:npm:[\w./@-]+@)?(\d+\.\d+\.\d+)", version)
            assert exact, f"{name} {version}: pin it exactly."
            assert packages[f"node_modules/{name}"]["version"] == exact[1], REMEDY
