"""Where webhooks may lead."""

import asyncio
import ipaddress
import socket

import httpx
import pytest

from notifications.webhooks.targets import TargetRefusedError, check_url, is_allowed, resolved
from portal.api.status import ApiError, StatusCode


@pytest.fixture
def _strict(settings):
    settings.WEBHOOK_ALLOWED_NETWORKS = []
    settings.WEBHOOK_ALLOW_HTTP = False


def answering(monkeypatch, *addresses):
    """Every name has these addresses."""

    def getaddrinfo(host, port, *args, **options):
        kinds = {4: socket.AF_INET, 6: socket.AF_INET6}
        return [
            (
                kinds[ipaddress.ip_address(one.partition("%")[0]).version],
                socket.SOCK_STREAM,
                6,
                "",
                (one, port),
            )
            for one in addresses
        ]

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)


@pytest.mark.usefixtures("_strict")
@pytest.mark.parametrize(
    "url",
    [
        "https://hooks.example.com/portal?key=1",
        "https://hooks.example.com:8443",
        "https://93.184.216.34/",
        "https://[2606:2800:220:1:248:1893:25c8:1946]/",
        "https://bücher.example/",
    ],
)
def test_public_targets_are_taken(url):
    assert check_url(url) == url


@pytest.mark.usefixtures("_strict")
@pytest.mark.parametrize(
    "url",
    [
        "",
        "hooks.example.com",
        "/hook",
        "http://hooks.example.com/",
        "ftp://hooks.example.com/",
        "https://",
        "https:///path",
        "https://user:secret@hooks.example.com/",
        "https://hooks.example.com/#here",
        "https://hooks.example.com:0/",
        "https://hooks.example.com:99999/",
        "https://hooks.example.com:port/",
        "https://localhost/",
        "https://sub.LOCALHOST/",
        "https://127.0.0.1/",
        "https://2130706433/",
        "https://0x7f.1/",
        "https://127.1/",
        "https://0.0.0.0/",
        "https://10.0.0.1/",
        "https://172.16.5.4/",
        "https://192.168.1.1/",
        "https://169.254.169.254/latest/meta-data/",
        "https://100.64.0.1/",
        "https://224.0.0.1/",
        "https://[::1]/",
        "https://[::]/",
        "https://[::ffff:127.0.0.1]/",
        "https://[::ffff:10.0.0.1]/",
        "https://[64:ff9b::10.0.0.1]/",
        "https://[2002:7f00:1::]/",
        "https://[fe80::1]/",
        "https://[fd00::1]/",
    ],
)
def test_what_is_no_public_target_is_refused(url):
    with pytest.raises(ApiError) as refusal:
        check_url(url)

    assert refusal.value.code is StatusCode.OUT_OF_RANGE


def test_what_the_settings_allow_is_taken(settings):
    settings.WEBHOOK_ALLOWED_NETWORKS = [ipaddress.ip_network("10.1.0.0/16")]

    assert check_url("http://10.1.2.3:8080/hook") == "http://10.1.2.3:8080/hook"
    assert is_allowed(ipaddress.ip_address("::ffff:10.1.2.3"))
    assert not is_allowed(ipaddress.ip_address("10.2.0.1"))
    assert not is_allowed(ipaddress.ip_address("127.0.0.1"))


@pytest.mark.usefixtures("_strict")
@pytest.mark.parametrize(
    "addresses",
    [["127.0.0.1"], ["93.184.216.34", "10.0.0.1"], ["fe80::1%eth0"], ["::ffff:192.168.0.1"]],
)
def test_a_name_that_leads_inside_is_refused_once_it_is_resolved(monkeypatch, addresses):
    answering(monkeypatch, *addresses)

    with pytest.raises(TargetRefusedError):
        asyncio.run(resolved(httpx.URL("https://hooks.example.com/")))


@pytest.mark.usefixtures("_strict")
def test_a_public_name_has_its_addresses(monkeypatch):
    answering(monkeypatch, "93.184.216.34", "2606:2800:220:1::1", "93.184.216.34")

    found = asyncio.run(resolved(httpx.URL("https://hooks.example.com/")))

    assert found == ["93.184.216.34", "2606:2800:220:1::1"]
