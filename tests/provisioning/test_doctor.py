from provisioning.doctor import examine
from provisioning.models import UserSkill
from tests.factories import (
    DeviceFactory,
    GroupFactory,
    PhoneNumberFactory,
    QueueFactory,
    QueueSkillFactory,
    SkillFactory,
    UserFactory,
    World,
)


def found(world: World) -> dict[str, list[str]]:
    findings = examine(world.red.pk, shown=10)
    return {one.check.name: [str(obj) for obj in one.objects] for one in findings}


def test_each_check_finds_what_it_is_for(world: World) -> None:
    welsh = SkillFactory.create(contact_center=world.red, name="Welsh")
    queue = QueueFactory.create(contact_center=world.red, name="Welsh desk")
    QueueSkillFactory.create(queue=queue, skill=welsh, level=5)
    SkillFactory.create(contact_center=world.red, name="Latin")
    idle = UserFactory.create(contact_center=world.red, is_agent=True, user_name="idle@red.example")
    gone = UserFactory.create(contact_center=world.red, is_active=False)
    orphan = DeviceFactory.create(contact_center=world.red)
    left = DeviceFactory.create(contact_center=world.red, user=gone)
    PhoneNumberFactory.create(
        contact_center=world.red, number="12345678", digits="12345678", country_code=""
    )
    GroupFactory.create(contact_center=world.red, name="Empty", contains="dispositions")

    shown = found(world)

    assert shown["unserved-queues"] == ["Welsh desk"]
    assert shown["skills-nobody-has"] == ["Latin", "Welsh"]
    assert "Latin" in shown["skills-no-queue-uses"]
    assert "Welsh" not in shown["skills-no-queue-uses"]
    assert str(idle) in shown["agents-without-skill"]
    assert str(idle) in shown["agents-without-device"]
    assert str(orphan) in shown["devices-without-owner"]
    assert shown["devices-of-disabled-users"] == [str(left)]
    assert shown["numbers-of-no-plan"] == ["12345678"]
    assert "Empty" in shown["empty-disposition-groups"]


def test_numbers_of_the_same_digits_are_shown_together(world: World) -> None:
    for number in ("15085550100", "+15085550100"):
        PhoneNumberFactory.create(
            contact_center=world.red, number=number, digits="15085550100", e164_number=number
        )

    assert sorted(found(world)["numbers-twice"]) == ["+15085550100", "15085550100"]


def test_what_stops_people_from_working_comes_first(world: World) -> None:
    UserSkill.objects.filter(user=world.bob).delete()

    graves = [one.check.is_grave for one in examine(world.red.pk, shown=1)]

    assert graves == sorted(graves, reverse=True)
    assert True in graves


def test_another_contact_centers_troubles_are_not_shown(world: World) -> None:
    before = found(world)
    SkillFactory.create(contact_center=world.blue, name="Blue only")
    DeviceFactory.create(contact_center=world.blue)

    assert found(world) == before


def test_the_page_is_for_admins_and_leads_to_the_objects(world: World, client) -> None:
    skill = SkillFactory.create(contact_center=world.red, name="Latin")
    client.force_login(world.ann)

    assert (
        f"/provisioning/skills/{skill.pk}/" in client.get("/provisioning/doctor/").content.decode()
    )
    client.force_login(world.sue)
    assert client.get("/provisioning/doctor/").status_code == 403
