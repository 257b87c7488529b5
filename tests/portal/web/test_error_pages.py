import pytest
from django.template.loader import get_template
from django.test import Client

from tests.factories import World


@pytest.mark.parametrize("name", ["400.html", "403.html", "403_csrf.html", "404.html", "500.html"])
def test_it_needs_no_context(name: str) -> None:
    """Django renders some of them without a request, when nothing else may work."""
    page = get_template(name).render()

    assert name[:3] in page
    assert 'href="/"' in page


def test_an_unknown_address_is_told_without_signing_in(client: Client, db: None) -> None:
    answer = client.get("/nowhere")

    assert answer.status_code == 404
    assert "This page does not exist" in answer.content.decode()


def test_a_form_without_token_is_refused_with_advice(world: World) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(world.ann)

    answer = client.post("/provisioning/users/new/", {})

    assert answer.status_code == 403
    assert "This form has expired" in answer.content.decode()
