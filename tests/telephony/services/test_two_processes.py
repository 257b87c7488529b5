"""Two processes of the portal route the same calls at the same moment, on PostgreSQL."""

import subprocess
import sys
from collections import Counter
from urllib.parse import urlsplit

import pytest
from django.db import connection

from portal.events.models import EventRecord
from telephony.models import AgentSession, Call, Leg
from telephony.services.agents import start_session
from tests import stores
from tests.factories import ContactCenterFactory
from tests.processes import ROOT, environment
from tests.telephony.factories import call_in, make_agent, make_queue

pytestmark = [
    pytest.mark.services,
    pytest.mark.slow,
    pytest.mark.django_db(transaction=True),
]

CALLS, AGENTS = 12, 8
_GATE = 40_404
# Says that it is there, waits until the gate is opened for all, and routes.
_ROUTING = f"""
import django
django.setup()
from django.db import connection
from telephony import runtime
connection.ensure_connection()
print("ready", flush=True)
with connection.cursor() as cursor:
    cursor.execute("SELECT pg_advisory_lock_shared({_GATE})")
for _ in range(4):
    runtime.route_waiting()
"""


def routing_process(database_url):
    return subprocess.Popen(
        [sys.executable, "-c", _ROUTING],
        cwd=ROOT,
        env=environment(DATABASE_URL=database_url, SECRET_KEY="tests only", LOG_LEVEL="ERROR")
        | {"DJANGO_SETTINGS_MODULE": "portal.settings"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def test_two_processes_deliver_each_call_once():
    center = ContactCenterFactory.create()
    queue = make_queue(center)
    waiting = [call_in(queue) for _ in range(CALLS)]
    people = [make_agent(center) for _ in range(AGENTS)]
    for user in people:
        start_session(user=user)
    # As if provisioning had made them able at one stroke: nobody has routed anything yet.
    AgentSession.objects.update(presence="Ready", is_available=True)
    name = connection.settings_dict["NAME"]
    url = urlsplit(stores.POSTGRES_URL)._replace(path=f"/{name}").geturl()

    with connection.cursor() as cursor:
        cursor.execute(f"SELECT pg_advisory_lock({_GATE})")
        processes = [routing_process(url) for _ in range(2)]
        for process in processes:
            assert process.stdout.readline() == "ready\n", process.communicate(timeout=60)
        cursor.execute(f"SELECT pg_advisory_unlock({_GATE})")
    for process in processes:
        _, errors = process.communicate(timeout=60)
        assert process.returncode == 0, errors

    ringing = Leg.objects.filter(state="Ringing")
    assert Counter(ringing.values_list("user", flat=True)) == {user.pk: 1 for user in people}
    told = EventRecord.objects.filter(kind="call.distributed").order_by("id")
    distributed = [record.payload["call_id"] for record in told]
    assert sorted(distributed) == sorted(waiting[:AGENTS]), "the oldest, each once"
    left = Call.objects.filter(is_waiting=True).values_list("pk", flat=True)
    assert set(left) == set(waiting[AGENTS:])
