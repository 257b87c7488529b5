"""Schemathesis reads our OpenAPI description and asks the portal what it says can be asked.

No answer is a 5xx or has a status that is not described, and each is as it is described.
"""

import base64
import zlib
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qsl

import pytest
import schemathesis
from django.core.handlers.wsgi import WSGIHandler
from django.core.signals import request_finished, request_started
from django.db import close_old_connections, transaction
from drf_spectacular.generators import SchemaGenerator
from hypothesis import HealthCheck, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from provisioning.models import User
from tests.contracts.scene import Scene, build_scene
from tests.factories import PASSWORD

pytestmark = pytest.mark.django_db

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
]


def described_portal() -> Any:
    description = SchemaGenerator().get_schema(request=None, public=True)
    schema = schemathesis.openapi.from_dict(description)
    schema.app = WSGIHandler()
    # Deterministic cases for all boundaries are thousands; the same comes by chance with -m slow.
    schema.config.phases.coverage.enabled = False
    return schema


SCHEMA = described_portal()


def bounded(*, count: int, is_repeatable: bool) -> settings:
    return settings(
        max_examples=count,
        derandomize=is_repeatable,
        database=None,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )


@pytest.fixture(scope="module")
def scene(django_db_setup: None, django_db_blocker: Any) -> Iterator[Scene]:
    """One for all, since every request is taken back."""
    signals = (request_started, request_finished)
    with django_db_blocker.unblock(), transaction.atomic():
        scene = build_scene()
        for column in User.ROLE_COLUMNS.values():
            setattr(scene.red.owner, column, True)
        scene.red.owner.save()
        for signal in signals:
            # As Django's test client does: the connection is the tests'.
            signal.disconnect(close_old_connections)
        yield scene
        for signal in signals:
            signal.connect(close_old_connections)
        transaction.set_rollback(True)


def ask(case: Any, scene: Scene) -> None:
    if case.path_parameters and zlib.crc32(repr((case.body, case.query)).encode()) % 4:
        # What is made up is not there; most cases are about what is.
        case.path_parameters = parameters(case.path, scene.red.at(case.path))
    with transaction.atomic():
        response = case.call(headers=credentials(scene))
        transaction.set_rollback(True)
    case.validate_response(response, checks=CHECKS)


def credentials(scene: Scene) -> dict[str, str]:
    text = f"{scene.red.owner.user_name}:{PASSWORD}"
    return {"Authorization": f"Basic {base64.b64encode(text.encode()).decode()}"}


def parameters(template: str, address: str) -> dict[str, str]:
    return {
        name[1:-1]: value
        for name, value in zip(template.split("/"), address.split("/"), strict=True)
        if name.startswith("{")
    }


@SCHEMA.parametrize()
@bounded(count=6, is_repeatable=True)
def test_answers_are_as_described(case, scene):
    ask(case, scene)


@pytest.mark.slow
@pytest.mark.timeout(600)
@SCHEMA.parametrize()
@bounded(count=25, is_repeatable=True)
def test_many_answers_are_as_described(case, scene):
    ask(case, scene)


READS = [one.ok() for one in SCHEMA.get_all_operations() if one.ok().method == "get"]


@pytest.mark.parametrize("query", ["", "fields=*", "fields=*&subresources=*&resolveUris=*"])
@pytest.mark.parametrize("operation", READS, ids=lambda operation: operation.path)
def test_what_is_there_is_as_described(operation, query, scene):
    address = scene.red.at(operation.path)
    case = operation.Case(
        path_parameters=parameters(operation.path, address), query=dict(parse_qsl(query))
    )

    response = case.call(headers=credentials(scene))

    assert response.status_code == 200, response.text
    case.validate_response(response, checks=CHECKS)
