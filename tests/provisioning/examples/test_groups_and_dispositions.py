"""Seed 001 "Hierarchical Dispositions API"; wishes S8: what the original's desktop asks."""

import pytest

from provisioning.models import Disposition, Group
from tests.factories import DispositionFactory, GroupFactory, GroupMemberFactory, World
from tests.provisioning.examples.documents import Example, Names, check

pytestmark = pytest.mark.django_db

OK = {"statusCode": 0}
CREATED = {"statusCode": 0, "id": "...", "uri": "http://...", "path": "/groups/..."}


def tree(world: World) -> Names:
    """A group with three dispositions, and one below it with three more."""
    top = GroupFactory.create(contact_center=world.red, name="DispGroup")
    below = GroupFactory.create(contact_center=world.red, parent=top, name="Sub-group")
    for group, number, word in ((top, 1, "One"), (top, 2, "Two"), (top, 3, "Three")):
        DispositionFactory.create(group=group, name=f"Disp{number}", display_name=f"Dispo {word}")
    for number in (4, 5, 6):
        DispositionFactory.create(group=below, name=f"Disp{number}", display_name=f"Dispo {number}")
    first = Disposition.objects.get(group=top, name="Disp1")
    return {"id": top.pk, "sub_id": below.pk, "disposition_id": str(first.pk)}


def business_unit(world: World) -> Names:
    group = GroupFactory.create(contact_center=world.red, contains="users", name="Crew")
    GroupMemberFactory.create(group=group, user=world.bob)
    return {"id": group.pk, "user_id": world.bob.pk.hex}


def _dispositions(*numbers_and_words: tuple[int, str]) -> list[dict]:
    return [
        {"id": "...", "name": f"Disp{number}", "displayName": f"Dispo {word}"}
        for number, word in numbers_and_words
    ]


TOP = _dispositions((1, "One"), (2, "Two"), (3, "Three"))
SUB = {
    "name": "Sub-group",
    "contains": "dispositions",
    "type": "dispositions",
    "parentUri": "http://.../api/v2/groups/<id>",
    "uri": "http://.../api/v2/groups/<sub_id>",
    "id": "<sub_id>",
}
GROUP = {
    "id": "<id>",
    "uri": "http://.../api/v2/groups/<id>",
    "name": "DispGroup",
    "contains": "dispositions",
    "type": "dispositions",
    "defaultGroup": False,
    "dispositions": TOP,
}
EXAMPLES = [
    Example(
        source="001 Retrieve all configured dispositions in a specific disposition group",
        given=tree,
        request="GET /groups/<id>/dispositions?fields=*",
        by="bob",
        answer={"statusCode": 0, "dispositions": TOP},
    ),
    # Contract §1: as it stands, without `fields`, a list is of URIs.
    Example(
        source="001 Retrieve all configured dispositions, without fields",
        given=tree,
        request="GET /groups/<id>/dispositions",
        by="bob",
        answer={"statusCode": 0, "uris": ["http://...", "http://...", "http://..."]},
    ),
    Example(
        source="001 Retrieve full contents of a specific disposition category",
        given=tree,
        request="GET /groups/<id>?subresources=*",
        by="bob",
        answer={"statusCode": 0, "group": {**GROUP, "groups": [SUB]}},
    ),
    Example(
        source="001 Retrieve full disposition and category tree",
        given=tree,
        request="GET /groups/<id>?subresources=**",
        by="bob",
        answer={
            "statusCode": 0,
            "group": {
                **GROUP,
                "groups": [
                    {
                        **SUB,
                        "groups": [],
                        "dispositions": _dispositions((4, "4"), (5, "5"), (6, "6")),
                    }
                ],
            },
        },
    ),
    Example(
        source="001 Create a new disposition",
        given=tree,
        request="POST /groups/<id>/dispositions",
        body={"name": "MyDisposition", "displayName": "Display Name"},
        answer={**CREATED, "path": "/groups/<id>/dispositions/..."},
    ),
    Example(
        source="001 Remove a disposition",
        given=tree,
        request="DELETE /groups/<id>/dispositions/<disposition_id>",
        answer=OK,
    ),
    Example(
        source="001 Create sub-category of dispositions",
        given=tree,
        request="POST /groups/<id>/groups",
        body={"name": "MySubGroup", "contains": "dispositions"},
        answer=CREATED,
    ),
    # The example's address is that of a sub-category; a group at the top has no parent to name.
    Example(
        source="001 Create top-level disposition group",
        request="POST /groups",
        body={"name": "MyGroup", "contains": "dispositions"},
        answer=CREATED,
    ),
    Example(
        source="001 Remove sub-category of dispositions",
        given=tree,
        request="DELETE /groups/<sub_id>",
        answer=OK,
    ),
    Example(
        source="001 Remove root-level disposition group",
        given=tree,
        request="DELETE /groups/<id>",
        answer=OK,
    ),
    Example(
        source="wishes S8, the agent's desktop",
        given=business_unit,
        request="GET /me/groups?type=BusinessUnit&fields=*",
        by="bob",
        answer={
            "statusCode": 0,
            "groups": [{"id": "<id>", "name": "Crew", "type": "BusinessUnit", "contains": "users"}],
        },
    ),
    Example(
        source="wishes S8, the agent's desktop, dispositions",
        request="GET /groups?type=dispositions&fields=*",
        by="bob",
        answer={
            "statusCode": 0,
            "groups": [
                {
                    "id": "...",
                    "name": "DispositionCode",
                    "type": "dispositions",
                    "contains": "dispositions",
                    "defaultGroup": True,
                }
            ],
        },
    ),
    Example(
        source="001 Pagination, groups/<id>/users",
        given=business_unit,
        request="GET /groups/<id>/users?limit=1&sortBy=lastName&fields=id",
        answer={"statusCode": 0, "users": [{"id": "<user_id>"}], "totalCount": 1},
    ),
]


@pytest.mark.parametrize("example", EXAMPLES, ids=str)
def test_the_example(api, world, example):
    check(example, api, world)


def test_removing_a_category_removes_all_below_it(api, world):
    names = tree(world)

    assert api.by(world.ann).delete(f"/api/v2/groups/{names['id']}").body == OK

    assert not Group.objects.filter(pk__in=[names["id"], names["sub_id"]]).exists()
    assert not Disposition.objects.filter(contact_center=world.red).exists()
