"""`/api/v1/stats/definitions`: admins see what the statistics are, and reload them."""

from pathlib import Path

import pytest

from supervision.models import DefinitionSet
from supervision.services.definitions import adopt_file
from tests.conftest import ApiClient
from tests.factories import World
from tests.supervision.test_definitions import ANSWERED, ENTERED, SEEDS_LIST

pytestmark = pytest.mark.django_db
PATH = "/api/v1/stats/definitions"
RELOAD = {"operationName": "Reload"}


@pytest.fixture
def file(tmp_path: Path, settings) -> Path:
    path = tmp_path / "own.yaml"
    path.write_text(ANSWERED, encoding="utf-8")
    settings.STATISTICS_FILE = str(path)
    adopt_file()
    return path


def test_admins_see_what_is_in_force(api: ApiClient, world: World):
    answer = api.by(world.ann).get(PATH)

    shown = answer.body["definitions"]
    listed = {(one["objectType"], one["name"]) for one in shown}
    assert listed == {(kind, name) for kind, names in SEEDS_LIST.items() for name in names}
    [level] = [
        one for one in shown if one["name"] == "ServiceLevel" and one["objectType"] == "QUEUE"
    ]
    assert level["statisticDefinitionEx"]["category"] == "ServiceFactor1"
    assert level["formula"] == (
        "100 * answered within [0, 120) s / (answered + abandoned - abandoned within [0, 10) s)"
        " over DNAction"
    )


def test_admins_reload_what_the_file_says_now(api: ApiClient, world: World, file: Path):
    file.write_text(f"{ANSWERED}---{ENTERED}")

    answer = api.by(world.ann).post(PATH, RELOAD)

    assert answer.body["statusCode"] == 0
    assert answer.body["added"] == [{"objectType": "QUEUE", "name": "Entered"}]
    shown = api.by(world.ann).get(PATH).body
    assert shown["version"] == answer.body["version"]
    assert shown["source"] == "own.yaml"
    assert [one["name"] for one in shown["definitions"]] == ["Total_Answered", "Entered"]
    stats = api.by(world.sue).get(f"/api/v1/stats/{world.sales_queue.pk}").body["statistics"]
    assert [one["statistic"] for one in stats] == ["Total_Answered", "Entered"]


def test_a_bad_file_is_refused_with_the_reason(api: ApiClient, world: World, file: Path):
    file.write_text(ANSWERED.replace("CallAnswered", "CallAnswerd"))

    answer = api.by(world.ann).post(PATH, RELOAD)

    assert (answer.status_code, answer.body["statusCode"]) == (400, 10)
    assert answer.body["statusMessage"].startswith("own.yaml: entry 1: mainMask: ")
    assert DefinitionSet.objects.count() == 1


def test_a_dry_run_tells_and_changes_nothing(api: ApiClient, world: World, file: Path):
    file.write_text(ENTERED)

    assert api.by(world.ann).post(f"{PATH}?dryRun=true", RELOAD).status_code == 200

    assert DefinitionSet.objects.count() == 1


@pytest.mark.parametrize(
    ("body", "status"), [({}, 1), ({"operationName": "Forget"}, 2), ({"operationName": 5}, 2)]
)
def test_other_operations_are_refused(api: ApiClient, world: World, body: dict, status: int):
    assert api.by(world.ann).post(PATH, body).body["statusCode"] == status


@pytest.mark.parametrize("who", ["sue", "bob"])
def test_who_is_no_admin_neither_sees_nor_reloads_them(api: ApiClient, world: World, who: str):
    by = api.by(getattr(world, who))

    assert by.get(PATH).body["statusCode"] == 5
    assert by.post(PATH, RELOAD).body["statusCode"] == 5
    assert not DefinitionSet.objects.exists()
