"""Custom contacts. Users and queues are contacts too; they have pages of their own."""

import re
from typing import Any

import django_filters  # type: ignore[import-untyped]
from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from portal.web.lists import Column, EmptyList
from portal.web.navigation import CONTACT_READERS
from portal.web.search import SearchFilter
from provisioning.models import Contact
from provisioning.pages.desk import Desk, DeskForm, DeskList, Fact
from provisioning.services import contacts


class ContactFilter(django_filters.FilterSet):  # type: ignore[misc]
    q = SearchFilter("name", "phone_number", "digits")


class ContactList(DeskList[Contact]):
    desk_name = "contacts"
    grants = CONTACT_READERS
    title = _("Contacts")
    caption = _("Custom contacts of the contact center")
    filterset_class = ContactFilter
    search_label = _("Search name or number")
    create_label = _("New contact")
    default_sort = "name"
    columns = (
        Column(
            key="name",
            label=_("Name"),
            template="provisioning/cells/linked_name.html",
            order_by=("name",),
        ),
        Column(
            key="number",
            label=_("Phone number"),
            template="provisioning/cells/plain_number.html",
            order_by=("digits",),
        ),
    )
    empty = EmptyList(
        title=_("No contacts yet"),
        text=_("A contact is somebody outside whom agents call. Users and queues need none."),
        icon="address-book",
    )

    def objects(self) -> QuerySet[Contact]:
        contacts: QuerySet[Contact] = Contact.objects.visible_to(self.user)
        return contacts


class ContactForm(DeskForm):
    refusal_phrases = ((re.compile("number", re.IGNORECASE), "phone_number"),)

    name = forms.CharField(label=_("Name"), max_length=255)
    phone_number = forms.CharField(
        label=_("Phone number"),
        max_length=32,
        help_text=_("For example +1 508 555 0100."),
        widget=forms.TextInput(attrs={"inputmode": "tel", "autocomplete": "off"}),
    )


def _initial(contact: Any) -> dict[str, Any]:
    return {"name": contact.name, "phone_number": contact.phone_number}


CONTACTS = Desk(
    name="contacts",
    resource="contacts",
    argument="contact",
    model=Contact,
    list_page=ContactList,
    readers=CONTACT_READERS,
    new_title=_("New contact"),
    form_class=ContactForm,
    facts=(Fact(_("Phone number"), "provisioning/cells/plain_number.html"),),
    initial=_initial,
    create=contacts.create_contact,
    update=contacts.update_contact,
    delete=contacts.delete_contact,
    object_id=lambda contact: str(contact.pk.hex),
)
