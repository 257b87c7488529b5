"""What machines ask: is the process alive, can it serve, what does it count.

`/healthz` and `/readyz` are open to all and tell nothing but names and yes or no; `/metrics` is for
the networks of PORTAL_METRICS_NETWORKS, in Prometheus' text form.
"""

import ipaddress
from collections.abc import Callable

import structlog
from django.conf import settings
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from django_prometheus.exports import ExportToDjangoView

from portal.api.addresses import address_of

logger = structlog.get_logger(__name__)

Check = Callable[[], bool]
_checks: dict[str, Check] = {}


def register_check(name: str, is_ready: Check) -> None:
    """Something that must hold before requests are sent here; an exception means that it does not.

    Called while a room is loaded.
    """
    _checks[name] = is_ready


@never_cache
@require_safe
def healthz(request: HttpRequest) -> HttpResponse:
    """200 as long as the process answers at all."""
    return JsonResponse({"status": "alive"})


@never_cache
@require_safe
def readyz(request: HttpRequest) -> HttpResponse:
    """200 where every check holds, else 503, with what holds and what does not."""
    checks = {name: _holds(name, check) for name, check in _checks.items()}
    is_ready = all(checks.values())
    answer = {"status": "ready" if is_ready else "not ready", "checks": checks}
    return JsonResponse(answer, status=200 if is_ready else 503)


@never_cache
@require_safe
def metrics(request: HttpRequest) -> HttpResponse:
    address = ipaddress.ip_address(address_of(request) or "0.0.0.0")  # noqa: S104
    if not any(address in network for network in settings.METRICS_NETWORKS):
        raise Http404
    response: HttpResponse = ExportToDjangoView(request)
    return response


def _holds(name: str, check: Check) -> bool:
    try:
        return check()
    except Exception as error:
        # Whoever watches learns that it fails, the log why.
        logger.warning("not ready", check=name, error=str(error))
        return False


def _database_answers() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
        return bool(cursor.fetchone() == (1,))


def _schema_is_up_to_date() -> bool:
    executor = MigrationExecutor(connection)
    return not executor.migration_plan(executor.loader.graph.leaf_nodes())


def _redis_answers() -> bool:
    if not settings.REDIS_URL:
        return True
    import redis

    with redis.Redis.from_url(settings.REDIS_URL, socket_timeout=2) as client:
        return bool(client.ping())


register_check("database", _database_answers)
register_check("schema", _schema_is_up_to_date)
register_check("redis", _redis_answers)
