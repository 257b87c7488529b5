"""Users, queues and custom contacts in one list: a union, filtered and ordered by the database."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import CharField, Exists, F, OuterRef, Q, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce, Concat, NullIf, Trim
from rest_framework.request import Request

from portal.api.authentication import SAFE_METHODS
from portal.api.collections import Answer, CollectionView
from portal.api.fields import Access, Choice, Choices, Identifier, Loaded, Reading, Text
from portal.api.filters import filter_objects, order_objects
from portal.api.rendering import Listing
from portal.api.resources import PROVISIONED_BY_ADMINS, Resource
from portal.api.roles import Action
from portal.api.selection import Selection
from portal.api.status import not_found
from portal.api.uris import uuid_or_none
from portal.api.views import SingleView
from provisioning.api.devices import NumberDigits
from provisioning.models import Contact, Device, GroupMember, Queue, User
from provisioning.services import contacts
from provisioning.services.contacts import CUSTOM, read_only_contact
from provisioning.services.groups import business_units

TYPES = (CUSTOM, "Queue", "User")


@dataclass(frozen=True, slots=True)
class ContactRow:
    """One of the union; the order of its fields is that of the selected columns."""

    id: UUID
    version: int
    type: str
    name: str
    phone_number: str | None
    user_name: str | None
    first_name: str | None
    last_name: str | None
    employee_id: str | None

    @property
    def pk(self) -> UUID:
        return self.id


# Prefixed, since an annotation may not have the name of a column of the model.
_COLUMNS = tuple(f"contact_{name}" for name in ContactRow.__slots__)
_TEXT = CharField()


def _branch(objects: QuerySet[Any], kind: str, **columns: Any) -> QuerySet[Any]:
    """One kind of contacts, under the names that all three have in common."""
    absent = {
        f"contact_{name}": Value(None, output_field=_TEXT)
        for name in ("user_name", "first_name", "last_name", "employee_id")
        if name not in columns
    }
    present = {f"contact_{name}": column for name, column in columns.items()}
    branch: QuerySet[Any] = objects.annotate(
        contact_id=F("id"),
        contact_version=F("version"),
        contact_type=Value(kind, output_field=_TEXT),
        **absent,
        **present,
    )
    return branch


@dataclass(frozen=True, slots=True)
class Wanted:
    """The filters that each kind of contact answers in its own way."""

    digits: Sequence[str] | None
    roles: Q | None
    business_units: Sequence[str] | None


def _wanted(query: Mapping[str, str]) -> Wanted:
    """Raises ApiError 10 for a role that there is not."""

    def values(name: str) -> list[str] | None:
        return [text.strip() for text in query[name].split(",")] if name in query else None

    number, roles = Contacts.fields_by_name()["phoneNumber"], values("roles")
    digits = values("phoneNumber")
    return Wanted(
        digits=None if digits is None else [number.parse_filter(text) for text in digits],
        roles=None if roles is None else _ROLES.where(roles),
        business_units=values("includeUsersInBusinessUnits"),
    )


def _users(user: Any, wanted: Wanted) -> QuerySet[Any]:
    owned = Device.objects.filter(user=OuterRef("pk"))
    first = owned.order_by("phone_number__digits", "pk")
    full_name = Trim(Concat("first_name", Value(" "), "last_name"))
    found = User.objects.visible_to(user)
    if wanted.digits is not None:
        found = found.filter(Exists(owned.filter(phone_number__digits__in=wanted.digits)))
    if wanted.roles is not None:
        found = found.filter(wanted.roles)
    if wanted.business_units is not None:
        groups = business_units(user.contact_center_id, wanted.business_units)
        members = GroupMember.objects.filter(user=OuterRef("pk"), group_id__among=groups)
        found = found.filter(Exists(members))
    return _branch(
        found,
        "User",
        name=Coalesce(NullIf(full_name, Value("")), F("user_name")),
        phone_number=Subquery(first.values("phone_number__number")[:1]),
        digits=Subquery(first.values("phone_number__digits")[:1]),
        user_name=F("user_name"),
        **{name: NullIf(F(name), Value("")) for name in ("first_name", "last_name", "employee_id")},
    )


def _queues(user: Any, wanted: Wanted) -> QuerySet[Any]:
    found = Queue.objects.visible_to(user)
    if wanted.digits is not None:
        found = found.filter(phone_number__digits__in=wanted.digits)
    return _branch(
        found,
        "Queue",
        name=F("name"),
        phone_number=F("phone_number__number"),
        digits=F("phone_number__digits"),
    )


def _customs(user: Any, wanted: Wanted) -> QuerySet[Any]:
    found = Contact.objects.visible_to(user)
    if wanted.digits is not None:
        found = found.filter(digits__in=wanted.digits)
    return _branch(
        found, CUSTOM, name=F("name"), phone_number=F("phone_number"), digits=F("digits")
    )


def contact_rows(user: Any, query: Mapping[str, str]) -> QuerySet[Any]:
    """The contacts that the query's filters select, as rows of `_COLUMNS` and the digits."""
    others = {name: text for name, text in query.items() if name != "phoneNumber"}
    wanted = _wanted(query)
    # Nobody but users has roles.
    branches = (_users, _queues, _customs) if wanted.roles is None else (_users,)
    first, *rest = (
        filter_objects(branch(user, wanted), Contacts, others)
        .order_by()
        .values_list(*_COLUMNS, "contact_digits")
        for branch in branches
    )
    return first.union(*rest, all=True) if rest else first


def _as_rows(found: Iterable[Any]) -> list[ContactRow]:
    return [ContactRow(*columns) for *columns, _ in found]


def load_numbers(rows: Sequence[Any], reading: Reading) -> Mapping[Any, Any]:
    """All numbers of each contact: a user's are those of his devices."""
    numbers: dict[Any, list[dict[str, str]]] = {}
    owners = [row.pk for row in rows if row.type == "User"]
    owned = Device.objects.filter(user_id__among=owners).select_related(
        "phone_number", "voice_environment"
    )
    for device in owned.order_by("phone_number__digits", "pk"):
        number = {"phoneNumber": device.phone_number.number, "description": device.description}
        switch = {"switchName": device.voice_environment.name}
        numbers.setdefault(device.user_id, []).append(
            {name: value for name, value in {**number, **switch}.items() if value}
        )
    for row in rows:
        if row.type != "User" and row.phone_number:
            numbers[row.pk] = [{"phoneNumber": row.phone_number}]
    return numbers


def _names_or_number_match(texts: Sequence[str]) -> Q:
    """Each word stands in the name, the user name or the number; `*` stands for anything."""
    condition = Q()
    for word in " ".join(texts).replace("*", " ").split():
        matches = Q(contact_name__icontains=word) | Q(contact_user_name__icontains=word)
        if digits := re.sub(r"[^0-9]", "", word):
            matches |= Q(contact_digits__contains=digits)
        condition &= matches
    return condition


def _narrows_elsewhere(texts: Sequence[str]) -> Q:
    """For what `_wanted` reads: each kind of contact has its own condition."""
    return Q()


_ROLES = Choices(name="roles", choices=tuple(User.ROLE_COLUMNS), columns=User.ROLE_COLUMNS)
_NUMBERS = {
    "type": "array",
    "items": {
        "type": "object",
        "properties": {
            name: {"type": "string"} for name in ("phoneNumber", "description", "switchName")
        },
    },
}


class Contacts(Resource):
    """Whom agents can call: users, queues and custom contacts. Only the last can be written."""

    path, singular, plural = "contacts", "contact", "contacts"
    model = Contact
    identified_by = "contact_id"
    fields = (
        Identifier(is_bare=True, column="contact_id"),
        Text(name="name", column="contact_name", required=True),
        Choice(name="type", choices=TYPES, column="contact_type", access=Access.SET_ONCE),
        NumberDigits(name="phoneNumber", column="contact_digits", required=True),
        Loaded(name="phoneNumbers", load=load_numbers, shape=_NUMBERS),
        Text(
            name="userName",
            column="contact_user_name",
            access=Access.READ_ONLY,
            ignores_case=True,
        ),
        Text(name="firstName", column="contact_first_name", access=Access.READ_ONLY),
        Text(name="lastName", column="contact_last_name", access=Access.READ_ONLY),
        Text(name="employeeId", column="contact_employee_id", access=Access.READ_ONLY),
    )
    # What clients send along with filterName=NamesOrPhoneNumberMatches.
    filters = {
        "filterParameters": _names_or_number_match,
        "roles": _narrows_elsewhere,
        "includeUsersInBusinessUnits": _narrows_elsewhere,
    }
    ordering = ("contact_name",)
    named_by = ("name",)
    permissions = PROVISIONED_BY_ADMINS
    read_feature = "api-provisioning-read"
    write_feature = "api-provisioning-write"
    create = staticmethod(contacts.create_contact)
    update = staticmethod(contacts.update_contact)
    delete = staticmethod(contacts.delete_contact)

    @classmethod
    def listing_of(cls, objects: QuerySet[Any], selection: Selection) -> Listing:
        def render(found: Sequence[Any], reading: Reading) -> list[dict[str, Any]]:
            return cls.render(_as_rows(found), selection, reading)

        return Listing(objects, render)

    @classmethod
    def path_rows(cls, objects: QuerySet[Any]) -> QuerySet[Any]:
        return objects

    @classmethod
    def find_row(cls, user: Any, bare_id: str) -> ContactRow | None:
        if uuid_or_none(bare_id) is None:
            return None
        found = _as_rows(contact_rows(user, {"id": bare_id}))
        return found[0] if found else None

    @classmethod
    def find(cls, objects: QuerySet[Any], bare_id: str) -> Any | None:
        """A custom contact."""
        identity = uuid_or_none(bare_id)
        return None if identity is None else objects.filter(pk=identity).first()


class ContactsView(CollectionView):
    resource = Contacts

    def get(self, request: Request, **kwargs: Any) -> Answer:
        self.require(Action.LIST)
        query = request.query_params.dict()
        rows = contact_rows(self.user, query)
        return self.listed(order_objects(rows, Contacts, query), Contacts)

    def _delete_one(self, named: tuple[str, str]) -> dict[str, Any]:
        row = Contacts.find_row(self.user, named[1])
        if row is not None and row.type != CUSTOM:
            raise read_only_contact()
        return super()._delete_one(named)


class ContactView(SingleView):
    resource = Contacts

    def get_object(self) -> Any:
        """The row that is read, or the custom contact that is written."""
        row = Contacts.find_row(self.user, self.kwargs["object_id"])
        if row is None:
            raise not_found("contact")
        if self.request.method in SAFE_METHODS:
            return row
        if row.type != CUSTOM:
            raise read_only_contact()
        return Contacts.find(Contacts.visible_to(self.user), row.id.hex) or row
