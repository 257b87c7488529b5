"""Receivers with certificates: what counts is the name in the URL, wherever we connect to."""

import datetime
import ipaddress
import ssl
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from notifications.webhooks import sending
from tests.notifications.webhooks.scenes import (
    call_queued,
    collect,
    deliveries,
    make_webhook,
    serve,
)
from tests.notifications.webhooks.scenes import tell as publish_events

pytestmark = pytest.mark.django_db
NAME = "hooks.example.com"


def certificate_for(name: str) -> bytes:
    """A certificate that signs itself, and its key, as PEM."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.datetime.now(datetime.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    return certificate.public_bytes(serialization.Encoding.PEM) + key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )


@pytest.fixture
def hosts():
    """What receivers were called by, and how many asked."""
    return []


@pytest.fixture
def tls_port(tmp_path, monkeypatch, hosts):
    """A receiver whose certificate is that of hooks.example.com, and trusted."""
    pem = tmp_path / "receiver.pem"
    pem.write_bytes(certificate_for(NAME))

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            self.rfile.read(int(self.headers["Content-Length"]))
            hosts.append(self.headers["Host"])
            self.send_response(204)
            self.end_headers()

        def log_message(self, *_):
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    server.handle_error = lambda *_: None  # A client that does not trust us goes away.
    own = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    own.load_cert_chain(pem)
    server.socket = own.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    monkeypatch.setattr(sending, "trusted", lambda: ssl.create_default_context(cafile=pem))
    yield server.server_port
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def _leads_here(monkeypatch):
    async def resolved(url):
        return [str(ipaddress.ip_address("127.0.0.1"))]

    monkeypatch.setattr(sending, "resolved", resolved)


@pytest.mark.usefixtures("_leads_here")
def test_the_certificate_is_that_of_the_name(world, tls_port, hosts):
    webhook = make_webhook(world.red, f"https://{NAME}:{tls_port}/hook", "call.*")
    publish_events(call_queued(world.red))
    collect()
    serve()

    assert [one.state for one in deliveries(webhook)] == ["Delivered"]
    assert hosts == [f"{NAME}:{tls_port}"]


@pytest.mark.usefixtures("_leads_here")
def test_a_certificate_of_another_name_is_refused(world, tls_port, hosts):
    webhook = make_webhook(world.red, f"https://other.example.com:{tls_port}/hook", "call.*")
    publish_events(call_queued(world.red))
    collect()
    serve()

    [delivery] = deliveries(webhook)
    assert (delivery.state, delivery.last_status) == ("Pending", None)
    assert "CERTIFICATE_VERIFY_FAILED" in delivery.last_error
    assert hosts == []
