"""Reading settings from the environment; nonsense is refused at the start, with a sentence."""

import contextlib
import ipaddress
import os
import secrets
import tempfile
from pathlib import Path
from urllib.parse import urlsplit

import environ
from django.core.exceptions import ImproperlyConfigured

env = environ.Env()


def flag(name: str, *, default: bool) -> bool:
    value = _given(name, "true" if default else "false").lower()
    if value not in {"true", "false"}:
        raise ImproperlyConfigured(f"{name} must be true or false, not {value!r}.")
    return value == "true"


def whole_number(name: str, *, default: int, least: int = 0) -> int:
    value = _given(name, str(default))
    if not (value.isascii() and value.isdigit()) or int(value) < least:
        raise ImproperlyConfigured(f"{name} must be a whole number from {least}, not {value!r}.")
    return int(value)


def choice(name: str, *, default: str, allowed: tuple[str, ...]) -> str:
    value = _given(name, default)
    if value not in allowed:
        raise ImproperlyConfigured(f"{name} must be one of {', '.join(allowed)}, not {value!r}.")
    return value


def url(name: str, *, schemes: tuple[str, ...]) -> str:
    value = _given(name, "")
    if value and (urlsplit(value).scheme not in schemes or not urlsplit(value).netloc):
        # The value is not shown: it may hold a password.
        raise ImproperlyConfigured(f"{name} must be a URL that begins with {schemes[0]}://.")
    return value


def comma_separated(name: str, *, default: str = "") -> list[str]:
    return [item.strip() for item in _given(name, default).split(",") if item.strip()]


def networks(
    name: str, *, default: str = ""
) -> list[ipaddress.IPv4Network | ipaddress.IPv6Network]:
    """Networks by their addresses: `10.1.0.0/16, fd00::/8`."""
    try:
        return [ipaddress.ip_network(item) for item in comma_separated(name, default=default)]
    except ValueError as error:
        raise ImproperlyConfigured(
            f"{name} must be networks such as 10.1.0.0/16, separated by commas: {error}."
        ) from error


def _given(name: str, default: str) -> str:
    """The variable's value; an empty one, as compose files pass it, is as good as none."""
    return os.environ.get(name, "").strip() or default


def secret_key(*, data_dir: Path, is_embedded: bool) -> str:
    """The key from PORTAL_SECRET_KEY; an embedded portal draws one and keeps it in its data."""
    value = os.environ.get("PORTAL_SECRET_KEY", "")
    if value:
        return value
    if not is_embedded:
        raise ImproperlyConfigured(
            "PORTAL_SECRET_KEY is not set. A portal on a database server needs one: "
            "set it to a long random string, the same for all its processes."
        )
    path = data_dir / "secret-key"
    if not path.exists():
        data_dir.mkdir(parents=True, exist_ok=True)
        # Written aside (mode 0600) and linked whole: of several first starts one draws the key
        # that all read, and a start that was killed half-way leaves none.
        with tempfile.NamedTemporaryFile("w", dir=data_dir, prefix="secret-key-") as file:
            file.write(secrets.token_urlsafe(48))
            file.flush()
            with contextlib.suppress(FileExistsError):
                os.link(file.name, path)
    return path.read_text()
