"""What dry runs say of calls and sessions that a write would touch."""

import pytest

from provisioning.models import Device, Queue, Skill, User, UserSkill
from tests.factories import SkillFactory, UserFactory
from tests.telephony.factories import call_in, go_ready, make_agent, make_queue, phone_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def skill(center) -> Skill:
    return SkillFactory.create(contact_center=center, name="Spanish")


@pytest.fixture
def agent(center, skill) -> User:
    return make_agent(center, {skill: 5})


@pytest.fixture
def queue(center, skill) -> Queue:
    return make_queue(center, {skill: 3})


@pytest.fixture
def admin(api, center):
    return api.by(UserFactory.create(contact_center=center, is_admin=True, is_agent=False))


def foreseen(answer) -> list[str]:
    assert answer.body["statusCode"] == 0, answer.body
    return answer.body["consequences"]


class TestOfOneInACall:
    @pytest.fixture(autouse=True)
    def call(self, agent, queue):
        go_ready(agent)
        call_in(queue)

    def test_whose_device_is_taken_away(self, admin, agent):
        device = phone_of(agent)

        answer = admin.delete(f"/api/v2/users/{agent.pk.hex}/devices/{device.pk}?dryRun=true")

        assert foreseen(answer) == [f"Device {device} is in use by a call"]
        assert Device.objects.get(pk=device.pk).user_id == agent.pk

    def test_who_is_disabled(self, admin, agent, queue):
        answer = admin.put(f"/api/v2/users/{agent.pk.hex}?dryRun=true", {"enabled": False})

        assert foreseen(answer) == [
            f"Queue {queue} loses its last qualified agent",
            f"Agent {agent} is in a call",
        ]
        assert User.objects.get(pk=agent.pk).is_active

    def test_who_is_deleted(self, admin, agent):
        answer = admin.delete(f"/api/v2/users/{agent.pk.hex}?dryRun=true")

        assert answer.body["statusCode"] == 19

    def test_whose_name_alone_is_changed(self, admin, agent):
        answer = admin.put(f"/api/v2/users/{agent.pk.hex}?dryRun=true", {"firstName": "New"})

        assert foreseen(answer) == []


class TestOfOneInASession:
    @pytest.fixture(autouse=True)
    def session(self, agent):
        go_ready(agent)

    def test_who_loses_a_skill_or_levels_of_it(self, admin, agent, skill):
        address = f"/api/v2/users/{agent.pk.hex}/skills/{skill.pk}?dryRun=true"
        expected = [f"Agent {agent} is in a contact center session"]

        assert foreseen(admin.delete(address)) == expected
        assert foreseen(admin.put(address, {"level": 4})) == expected
        assert foreseen(admin.put(address, {"level": 6})) == []
        assert UserSkill.objects.get(user=agent).level == 5

    def test_who_is_deleted(self, admin, agent):
        answer = admin.delete(f"/api/v2/users/{agent.pk.hex}?dryRun=true")

        assert foreseen(answer) == [f"Agent {agent} is in a contact center session"]
        assert User.objects.filter(pk=agent.pk).exists()

    def test_whose_skill_is_deleted(self, admin, agent, skill):
        answer = admin.delete("/api/v2/skills?dryRun=true", {"ids": [str(skill.pk)]})

        assert foreseen(answer) == [f"Agent {agent} is in a contact center session"]


class TestOfWaitingCalls:
    @pytest.fixture(autouse=True)
    def calls(self, queue):
        call_in(queue)
        call_in(queue)

    def test_whose_queue_asks_for_more(self, admin, queue, skill):
        body = {"skills": [{"uri": f"/skills/{skill.pk}", "level": 5}]}

        answer = admin.put(f"/api/v2/queues/{queue.pk}?dryRun=true", body)

        assert f"Queue {queue} has 2 calls waiting" in foreseen(answer)

    def test_whose_last_agent_goes(self, admin, agent, queue):
        answer = admin.delete(f"/api/v2/users/{agent.pk.hex}?dryRun=true")

        assert foreseen(answer) == [
            f"Queue {queue} loses its last qualified agent",
            f"Queue {queue} has 2 calls waiting",
        ]

    def test_whose_queue_is_renamed_or_deleted(self, admin, queue):
        address = f"/api/v2/queues/{queue.pk}?dryRun=true"

        assert foreseen(admin.put(address, {"name": "New"})) == []
        assert admin.delete(address).body["statusCode"] == 19

    def test_of_another_contact_center_are_not_told_of(self, api, world, queue):
        answer = api.by(world.ann).delete(f"/api/v2/users/{world.bob.pk.hex}?dryRun=true")

        assert foreseen(answer) == ["Queue Sales loses its last qualified agent"]


def test_the_number_of_queries_does_not_grow(
    admin, center, agent, queue, skill, assert_constant_queries
):
    def add_rows() -> None:
        for _ in range(3):
            go_ready(make_agent(center, {skill: 1}))
            call_in(make_queue(center, {skill: 9}))

    go_ready(agent)
    call_in(make_queue(center, {skill: 8}))
    address = f"/api/v2/users/{agent.pk.hex}/skills/{skill.pk}?dryRun=true"

    assert_constant_queries(lambda: admin.put(address, {"level": 1}), add_rows=add_rows)
