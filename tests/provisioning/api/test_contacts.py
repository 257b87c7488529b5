"""`/contacts`: seed 003 "Contacts API"."""

import pytest

from portal.api import streaming
from provisioning.models import ChangeLogEntry, Contact, Device, User
from tests.factories import (
    ContactFactory,
    DeviceFactory,
    GroupFactory,
    GroupMemberFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db

BASE = "http://testserver/api/v2"


@pytest.fixture
def plumber(world) -> Contact:
    return ContactFactory.create(
        contact_center=world.red, name="Plumber", phone_number="555-0100", digits="5550100"
    )


def found(client, query: str) -> list[str]:
    return [
        one["name"] for one in client.get(f"/api/v2/contacts?fields=name&{query}").body["contacts"]
    ]


class TestReading:
    def test_users_queues_and_custom_contacts_stand_in_one_list(self, api, world, plumber):
        Device.objects.filter(pk=world.bobs_phone.pk).update(description="Desk phone")
        User.objects.filter(pk=world.bob.pk).update(employee_id="E-7")

        answer = api.by(world.bob).get("/api/v2/contacts?fields=*")

        bob, queue = world.bobs_phone.phone_number.number, world.sales_queue.phone_number.number

        def named(pk) -> dict[str, str]:
            return {"uri": f"{BASE}/contacts/{pk.hex}", "path": f"/contacts/{pk.hex}"}

        def person(user, name: str) -> dict[str, str]:
            return {
                "id": user.pk.hex,
                "name": name,
                "type": "User",
                "userName": user.user_name,
                "firstName": user.first_name,
                "lastName": user.last_name,
                **named(user.pk),
            }

        assert answer.body["contacts"] == [
            {**person(world.ann, "Ann Admin")},
            {
                **person(world.bob, "Bob Agent"),
                "employeeId": "E-7",
                "phoneNumber": bob,
                "phoneNumbers": [
                    {"phoneNumber": bob, "description": "Desk phone", "switchName": "SIPS"}
                ],
            },
            {
                "id": plumber.pk.hex,
                "name": "Plumber",
                "type": "Custom",
                "phoneNumber": "555-0100",
                "phoneNumbers": [{"phoneNumber": "555-0100"}],
                **named(plumber.pk),
            },
            {
                "id": world.sales_queue.pk.hex,
                "name": "Sales",
                "type": "Queue",
                "phoneNumber": queue,
                "phoneNumbers": [{"phoneNumber": queue}],
                **named(world.sales_queue.pk),
            },
            {**person(world.sue, "Sue Supervisor")},
        ]

    def test_without_fields_there_are_uris(self, api, world, plumber):
        answer = api.by(world.bob).get("/api/v2/contacts?type=custom")

        path = f"/contacts/{plumber.pk.hex}"
        assert answer.body == {"statusCode": 0, "uris": [BASE + path], "paths": [path]}

    def test_a_user_without_a_name_goes_by_his_user_name(self, api, world):
        UserFactory.create(
            contact_center=world.red, user_name="x@red.example", first_name="", last_name=""
        )

        assert found(api.by(world.bob), "userName=X@red.example") == ["x@red.example"]

    @pytest.mark.parametrize("kind", ["user", "queue", "custom"])
    def test_each_kind_is_read_alone(self, api, world, plumber, kind):
        obj = {"user": world.bob, "queue": world.sales_queue, "custom": plumber}[kind]

        answer = api.by(world.bob).get(f"/api/v2/contacts/{obj.pk.hex}?type={kind.capitalize()}")

        assert answer.body["contact"]["id"] == obj.pk.hex
        assert answer.body["contact"]["type"] == kind.capitalize()

    @pytest.mark.parametrize(
        ("query", "names"),
        [
            ("type=custom", ["Plumber"]),
            ("type=Custom,QUEUE", ["Plumber", "Sales"]),
            ("type=User", ["Ann Admin", "Bob Agent", "Sue Supervisor"]),
            ("firstName=Bob&lastName=Agent&userName=bob@red.example", ["Bob Agent"]),
            ("firstName=Bob&lastName=Admin", []),
            ("name=Sales,Plumber", ["Plumber", "Sales"]),
            ("phoneNumber=5550100", ["Plumber"]),
            ("phoneNumber=555-0100", ["Plumber"]),
            ("employeeId=none", []),
            ("id=nonsense", []),
            ("filterName=NamesOrPhoneNumberMatches&filterParameters=*&type=Queue", ["Sales"]),
            ("filterName=NamesOrPhoneNumberMatches&filterParameters=sal*", ["Sales"]),
            ("filterName=NamesOrPhoneNumberMatches&filterParameters=bob agent", ["Bob Agent"]),
            ("filterName=NamesOrPhoneNumberMatches&filterParameters=55501", ["Plumber"]),
        ],
    )
    def test_any_attribute_filters(self, api, world, plumber, query, names):
        assert found(api.by(world.bob), query) == names

    def test_a_user_is_found_by_any_of_his_numbers(self, api, world):
        second = DeviceFactory.create(contact_center=world.red, user=world.bob)
        client = api.by(world.bob)

        for device in (world.bobs_phone, second):
            assert found(client, f"phoneNumber={device.phone_number.number}") == ["Bob Agent"]
        [shown] = client.get("/api/v2/contacts?fields=*&name=Bob Agent").body["contacts"]
        assert len(shown["phoneNumbers"]) == 2
        assert found(client, f"phoneNumber={world.sales_queue.phone_number.number}") == ["Sales"]

    def test_pages_go_through_all_kinds_and_never_overlap(self, api, world, plumber):
        client = api.by(world.bob)

        pages = [
            client.get(f"/api/v2/contacts?fields=name&limit=2&offset={offset}").body
            for offset in (0, 2, 4)
        ]

        assert [page["totalCount"] for page in pages] == [5, 5, 5]
        assert [one["name"] for page in pages for one in page["contacts"]] == [
            "Ann Admin",
            "Bob Agent",
            "Plumber",
            "Sales",
            "Sue Supervisor",
        ]

    @pytest.mark.parametrize(
        ("query", "names"),
        [
            ("sortBy=name&order=Descending", ["Sue Supervisor", "Sales", "Plumber"]),
            ("sortBy=type,name", ["Plumber", "Sales", "Ann Admin"]),
            ("sortBy=lastName", ["Ann Admin", "Bob Agent", "Sue Supervisor"]),
            ("sortBy=lastName&order=Descending", ["Sue Supervisor", "Bob Agent", "Ann Admin"]),
            ("sortBy=phoneNumber&type=Custom", ["Plumber"]),
        ],
    )
    def test_the_union_is_sorted_and_what_lacks_the_key_comes_last(
        self, api, world, plumber, query, names
    ):
        assert found(api.by(world.bob), f"{query}&limit=3") == names

    @pytest.mark.parametrize(
        ("query", "code"),
        [
            ("type=Robot", 10),
            ("sortBy=name", 1),
            ("sortBy=colour&limit=5", 10),
            ("sortBy=phoneNumbers&limit=5", 10),
            ("limit=501", 10),
            ("usrName=x", 10),
            ("name=%00", 10),
            ("fields=nothing", 10),
        ],
    )
    def test_what_is_out_of_range_is_refused(self, api, world, query, code):
        answer = api.by(world.bob).get(f"/api/v2/contacts?{query}")

        assert answer.body["statusCode"] == code

    def test_lists_cost_a_constant_number_of_queries(self, api, world, assert_constant_queries):
        client = api.by(world.bob)

        def add_rows() -> None:
            for _ in range(5):
                DeviceFactory.create(
                    contact_center=world.red, user=UserFactory.create(contact_center=world.red)
                )
                ContactFactory.create(contact_center=world.red)

        assert_constant_queries(
            lambda: client.get("/api/v2/contacts?fields=*&limit=100&sortBy=name"),
            add_rows=add_rows,
        )

    def test_walls(self, api, world, plumber):
        client = api.by(world.eve)

        assert found(client, "limit=9") == ["Eve Elsewhere"]
        for obj in (world.bob, world.sales_queue, plumber):
            for answer in (
                client.get(f"/api/v2/contacts/{obj.pk.hex}"),
                client.put(f"/api/v2/contacts/{obj.pk.hex}", {"name": "x"}),
                client.delete(f"/api/v2/contacts/{obj.pk.hex}"),
            ):
                assert (answer.status_code, answer.body["statusCode"]) == (404, 6)
        assert client.get("/api/v2/contacts/nonsense").status_code == 404


class TestUsersAmongContacts:
    """What the original's own desktop asks for (wishes, S16)."""

    @pytest.fixture
    def units(self, world):
        dev = GroupFactory.create(contact_center=world.red, contains="users", name="AG_DEV")
        team = GroupFactory.create(contact_center=world.red, contains="users", parent=dev)
        GroupMemberFactory.create(group=dev, user=world.bob)
        GroupMemberFactory.create(group=team, user=world.bob)
        GroupMemberFactory.create(group=team, user=world.sue)
        return dev, team

    @pytest.mark.parametrize("form", ["name", "id", "path", "uri"])
    def test_users_of_a_business_unit_and_of_those_below_it(self, api, world, units, form):
        dev, _ = units
        named = {
            "name": dev.name,
            "id": dev.pk,
            "path": f"/groups/{dev.pk}",
            "uri": f"http://testserver/api/v2/groups/{dev.pk}",
        }[form]

        answer = api.by(world.bob).get(
            "/api/v2/contacts",
            {"type": "User", "includeUsersInBusinessUnits": named, "fields": "name"},
        )

        assert answer.body["contacts"] == [{"name": "Bob Agent"}, {"name": "Sue Supervisor"}]

    def test_as_the_desktop_asks(self, api, world, units):
        answer = api.by(world.bob).get(
            "/api/v2/contacts?type=User&includeUsersInBusinessUnits=AG_DEV&roles=ROLE_AGENT"
            "&limit=100&filterName=NamesOrPhoneNumberMatches&filterParameters=*"
            "&sortBy=name&order=Ascending&fields=userName"
        )

        assert answer.body["contacts"] == [{"userName": "bob@red.example"}]
        assert answer.body["totalCount"] == 1

    def test_other_kinds_of_contacts_stay_but_have_no_roles(self, api, world, units, plumber):
        client = api.by(world.bob)

        def kinds(query: str) -> set[str]:
            found = client.get(f"/api/v2/contacts?fields=type&{query}").body["contacts"]
            return {one["type"] for one in found}

        assert kinds("includeUsersInBusinessUnits=nobody") == {"Queue", "Custom"}
        assert kinds("roles=role_supervisor,ROLE_ADMIN") == {"User"}
        assert client.get("/api/v2/contacts?roles=x").body["statusCode"] == 10

    def test_another_contact_centers_business_units_hold_nobody(self, api, world):
        foreign = GroupFactory.create(contact_center=world.blue, contains="users")
        GroupMemberFactory.create(group=foreign, user=world.eve)

        answer = api.by(world.bob).get(
            f"/api/v2/contacts?type=User&includeUsersInBusinessUnits={foreign.pk}"
        )

        assert answer.body["uris"] == []

    @pytest.mark.parametrize("query", ["", "?fields=*", "?fields=name,phoneNumbers", "?type=User"])
    def test_a_long_list_streams_and_says_the_same(self, api, world, plumber, monkeypatch, query):
        client = api.by(world.ann)
        whole = client.get(f"/api/v2/contacts{query}")
        monkeypatch.setattr(streaming, "PIECE", 2)

        streamed = client.get(f"/api/v2/contacts{query}")

        assert (whole.streaming, streamed.streaming) == (False, True)
        assert streamed.body == whole.body


class TestWriting:
    def test_the_documented_example(self, api, world):
        client = api.by(world.ann)
        sent = {"name": "Some Contact", "type": "Custom", "phoneNumber": "650-987-0000"}

        created = client.post("/api/v2/contacts", sent).body
        listed = client.get("/api/v2/contacts?type=custom&fields=*").body

        contact = Contact.objects.get()
        path = f"/contacts/{contact.pk.hex}"
        assert created == {
            "statusCode": 0,
            "id": contact.pk.hex,
            "uri": BASE + path,
            "path": path,
        }
        assert listed == {
            "statusCode": 0,
            "contacts": [
                {
                    "id": contact.pk.hex,
                    **sent,
                    "phoneNumbers": [{"phoneNumber": "650-987-0000"}],
                    "uri": BASE + path,
                    "path": path,
                }
            ],
        }

    def test_it_is_modified_and_removed(self, api, world, plumber):
        client, path = api.by(world.ann), f"/api/v2/contacts/{plumber.pk.hex}"

        assert client.put(path, {"phoneNumber": "555-0199"}).body == {"statusCode": 0}
        plumber.refresh_from_db()
        assert (plumber.name, plumber.phone_number, plumber.digits) == (
            "Plumber",
            "555-0199",
            "5550199",
        )
        assert client.delete(path).body == {"statusCode": 0}
        assert not Contact.objects.exists()
        written = ChangeLogEntry.objects.filter(resource="contacts").order_by("pk")
        assert [one.action for one in written] == ["updated", "deleted"]

    @pytest.mark.parametrize(
        ("body", "code"),
        [
            ({"phoneNumber": "1"}, 1),
            ({"name": "x"}, 1),
            ({"name": "x", "phoneNumber": "letters"}, 10),
            ({"name": "x", "phoneNumber": "1", "type": "Robot"}, 10),
            ({"name": "x", "phoneNumber": "1", "type": "User"}, 3),
            ({"name": "x", "phoneNumber": "1", "userName": "x"}, 11),
        ],
    )
    def test_bad_input_is_refused(self, api, world, body, code):
        answer = api.by(world.ann).post("/api/v2/contacts", body)

        assert answer.body["statusCode"] == code
        assert not Contact.objects.exists()

    def test_the_type_of_a_contact_stays(self, api, world, plumber):
        answer = api.by(world.ann).put(f"/api/v2/contacts/{plumber.pk.hex}", {"type": "User"})

        assert answer.body["statusCode"] == 11

    def test_users_and_queues_are_not_written_as_contacts(self, api, world, plumber):
        client = api.by(world.ann)

        for obj in (world.bob, world.sales_queue):
            path = f"/api/v2/contacts/{obj.pk.hex}"
            for answer in (client.put(path, {"name": "x"}), client.delete(path)):
                assert (answer.status_code, answer.body["statusCode"]) == (403, 3)
        many = client.delete(
            "/api/v2/contacts",
            {"paths": [f"/contacts/{world.bob.pk.hex}", f"/contacts/{plumber.pk.hex}"]},
        ).body
        assert many["statusCode"] == 7
        assert [one["statusCode"] for one in many["failed"]] == [3]
        world.bob.refresh_from_db()
        world.sales_queue.refresh_from_db()
        assert (world.bob.first_name, world.sales_queue.name) == ("Bob", "Sales")

    def test_only_admins_write(self, api, world, plumber):
        for user in (world.bob, world.sue):
            client, path = api.by(user), f"/api/v2/contacts/{plumber.pk.hex}"
            for answer in (
                client.post("/api/v2/contacts", {"name": "x", "phoneNumber": "1"}),
                client.put(path, {"name": "x"}),
                client.delete(path),
            ):
                assert (answer.status_code, answer.body["statusCode"]) == (403, 5)
        assert list(Contact.objects.values_list("name", flat=True)) == ["Plumber"]
