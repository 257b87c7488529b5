"""What docker-compose.yml, the image and the Makefile promise, tried on this machine."""

import contextlib
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson
import psycopg
import pytest
import yaml
from psycopg import sql

from tests import processes, stores
from tests.processes import ROOT

COMPOSE = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
BIN = Path(sys.executable).parent


# --- The processes of docker-compose.yml ------------------------------------------------------
@pytest.fixture
def scratch_database() -> Iterator[str]:
    """The URL of an empty database of its own."""
    name = f"portal_tooling_{os.getpid()}"
    identifier = sql.Identifier(name)
    with psycopg.connect(stores.POSTGRES_URL, autocommit=True) as connection:
        connection.execute(sql.SQL("CREATE DATABASE {}").format(identifier))
        try:
            yield f"{stores.POSTGRES_URL.rpartition('/')[0]}/{name}"
        finally:
            connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(identifier))


def compose_command(service: str, *, port: int) -> list[str]:
    """The service's command with this machine's Python, listening on loopback."""
    command = [str(part) for part in COMPOSE["services"][service]["command"]]
    here = {"0.0.0.0": "127.0.0.1", "8080": str(port)}  # noqa: S104
    return [str(BIN / command[0]), *(here.get(part, part) for part in command[1:])]


def compose_environment(service: str, values: dict[str, str]) -> dict[str, str]:
    """The service's environment, with this machine's stores and `values` for ${VARIABLES}."""
    given = COMPOSE["services"][service]["environment"]
    settings = {
        name.removeprefix("PORTAL_"): re.sub(
            r"\$\{(\w+):-([^}]*)\}", lambda found: values.get(found[1], found[2]), text
        )
        for name, text in given.items()
    }
    return processes.environment(
        **settings | {"DATABASE_URL": values["database"], "REDIS_URL": stores.REDIS_URL}
    )


@pytest.mark.services
@pytest.mark.timeout(300)
def test_the_processes_of_docker_compose_also_start_by_hand(
    scratch_database: str, tmp_path: Path
) -> None:
    values = {"database": scratch_database, "PORTAL_SECRET_KEY": "for this test only"}
    port = processes.free_port()
    url = f"http://127.0.0.1:{port}"
    processes.run(compose_command("migrate", port=port), compose_environment("migrate", values))

    with contextlib.ExitStack() as stack:
        started = {}
        for service in ("web", "runtime", "worker"):
            log_path = tmp_path / f"{service}.log"
            environment = compose_environment(service, values) | {"PORTAL_DATA_DIR": str(tmp_path)}
            command = compose_command(service, port=port)
            started[service] = stack.enter_context(
                processes.running(command, environment, log_path)
            )

        processes.wait_until_healthy(url, started["web"], tmp_path / "web.log")
        wait_for_line(tmp_path / "runtime.log", "leading", started["runtime"])
        wait_for_line(tmp_path / "worker.log", "ready", started["worker"])
        check_health_as_the_image_does(port)

    for service, process in started.items():
        log = (tmp_path / f"{service}.log").read_text()
        assert process.returncode == 0, f"{service} did not end by SIGTERM alone:\n{log}"
        assert "Traceback" not in log, f"{service}:\n{log}"


def wait_for_line(log_path: Path, text: str, process: "subprocess.Popen[bytes]") -> None:
    deadline = time.monotonic() + 60
    while process.poll() is None and time.monotonic() < deadline:
        if text in log_path.read_text():
            return
        time.sleep(0.1)
    raise AssertionError(f"{log_path.name} does not say {text!r}:\n{log_path.read_text()}")


def check_health_as_the_image_does(port: int) -> None:
    dockerfile = (ROOT / "Dockerfile").read_text().replace("\\\n", "")
    health_check = re.search(r"^HEALTHCHECK .*?CMD (\[.*\])$", dockerfile, re.MULTILINE)
    assert health_check
    _, *arguments = orjson.loads(health_check[1])
    here = [argument.replace(":8080/", f":{port}/") for argument in arguments]
    processes.run([sys.executable, *here], processes.environment())


# --- What docker reads ------------------------------------------------------------------------
def test_docker_compose_accepts_the_file() -> None:
    command = compose_program()
    if command is None:
        assert not stores.ALL_REQUIRED, "Neither `docker compose` nor docker-compose is there."
        pytest.skip("neither `docker compose` nor docker-compose is there")

    processes.run([*command, "config", "--quiet"], processes.environment())


def compose_program() -> list[str] | None:
    for command in (["docker", "compose"], ["docker-compose"]):
        if shutil.which(command[0]) is None:
            continue
        answer = subprocess.run([*command, "version"], capture_output=True, check=False)
        if answer.returncode == 0:
            return command
    return None


def test_the_image_starts_what_compose_calls_web() -> None:
    last_line = (ROOT / "Dockerfile").read_text().strip().splitlines()[-1]

    assert orjson.loads(last_line.removeprefix("CMD ")) == COMPOSE["services"]["web"]["command"]


def test_the_image_gets_all_that_is_imported() -> None:
    ignored = (ROOT / ".dockerignore").read_text().splitlines()
    let_in = {line.removeprefix("!") for line in ignored if line.startswith("!")}
    packages = {path.parent.name for path in ROOT.glob("*/__init__.py")} - {"tests", "benchmarks"}

    assert packages | {"manage.py", "requirements.txt", "templates", "static"} <= let_in


# --- make -------------------------------------------------------------------------------------
def make(*arguments: str, folder: Path = ROOT, **variables: str) -> Any:
    # Without MAKEFLAGS, since the tests may themselves be run by make.
    environment = {name: value for name, value in os.environ.items() if "MAKE" not in name}
    return subprocess.run(
        ["make", *arguments],
        cwd=folder,
        env=environment | variables,
        capture_output=True,
        text=True,
        check=False,
    )


def test_make_alone_lists_every_target() -> None:
    makefile = (ROOT / "Makefile").read_text()
    targets = re.findall(r"^\.PHONY: (.*)$", makefile, re.MULTILINE)[0].split()

    listed = [line.split()[0] for line in make().stdout.splitlines()]

    assert listed == targets
    assert len(targets) < 15


def test_an_old_python_is_refused_with_a_sentence(tmp_path: Path) -> None:
    shutil.copy(ROOT / "Makefile", tmp_path)
    program(tmp_path / "old-python", "exit 1")

    answer = make(".venv/created", f"PYTHON={tmp_path}/old-python", folder=tmp_path)

    assert answer.returncode != 0
    assert "The portal needs Python 3.11 or newer" in answer.stderr
    assert not (tmp_path / ".venv").exists()


@pytest.mark.parametrize("node", ["exit 1", ""])
def test_an_old_or_missing_node_is_refused_with_a_sentence(tmp_path: Path, node: str) -> None:
    shutil.copy(ROOT / "Makefile", tmp_path)
    (tmp_path / "package.json").touch()
    (tmp_path / "package-lock.json").touch()
    bin_folder = tmp_path / "bin"
    bin_folder.mkdir()
    bin_folder.joinpath("sh").symlink_to("/bin/sh")
    bin_folder.joinpath("make").symlink_to(str(shutil.which("make")))
    if node:
        program(bin_folder / "node", node)

    answer = make("node_modules/installed", folder=tmp_path, PATH=str(bin_folder))

    assert answer.returncode != 0
    assert "The portal needs Node 20 or newer" in answer.stderr


def program(path: Path, script: str) -> None:
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_make_run_serves_from_a_fresh_checkout_and_starts_again_in_seconds(
    tmp_path: Path,
) -> None:
    if stores.ON_POSTGRES:
        pytest.skip("the same on every database")
    checkout = tmp_path / "checkout"
    copy_checkout(checkout)
    port = processes.free_port()
    url = f"http://127.0.0.1:{port}"
    environment = processes.environment(DATA_DIR=str(tmp_path / "data")) | {"PORT": str(port)}

    first = seconds_until_healthy(checkout, environment, url, tmp_path / "first.log")
    second = seconds_until_healthy(checkout, environment, url, tmp_path / "second.log")

    assert (tmp_path / "data" / "portal.sqlite3").exists()
    assert not (checkout / "var").exists()
    assert second < 20, f"{first:.0f} s, then {second:.0f} s"


def copy_checkout(folder: Path) -> None:
    """What a clone would have once everything here is committed."""
    listing = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    for name in filter(None, listing.stdout.split("\0")):
        if (ROOT / name).exists():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, folder / name)


def seconds_until_healthy(
    checkout: Path, environment: dict[str, str], url: str, log_path: Path
) -> float:
    """How long `make run` takes to serve; it is then ended as Ctrl-C would."""
    environment = {name: value for name, value in environment.items() if "MAKE" not in name}
    started = time.monotonic()
    with processes.running(["make", "run"], environment, log_path, folder=checkout) as process:
        processes.wait_until_healthy(url, process, log_path, seconds=600)
        return time.monotonic() - started
