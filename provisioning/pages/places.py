import re
from typing import Any

import django_filters  # type: ignore[import-untyped]
from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from portal.web.lists import Column, EmptyList
from portal.web.navigation import PLACE_READERS
from portal.web.search import SearchFilter
from provisioning.models import Device, Place
from provisioning.pages.desk import Desk, DeskForm, DeskList, Fact
from provisioning.services import places


class PlaceFilter(django_filters.FilterSet):  # type: ignore[misc]
    q = SearchFilter("name", "device__phone_number__number", "device__phone_number__digits")


class PlaceList(DeskList[Place]):
    desk_name = "places"
    grants = PLACE_READERS
    title = _("Places")
    caption = _("Places of the contact center")
    filterset_class = PlaceFilter
    search_label = _("Search name or number")
    create_label = _("New place")
    default_sort = "name"
    columns = (
        Column(
            key="name",
            label=_("Name"),
            template="provisioning/cells/linked_name.html",
            order_by=("name",),
        ),
        Column(
            key="device",
            label=_("Device"),
            template="provisioning/cells/device_of.html",
            order_by=("device__phone_number__digits",),
        ),
    )
    empty = EmptyList(
        title=_("No places yet"),
        text=_("A place is where agents sit down and work: a name for a phone."),
        icon="armchair",
    )

    def objects(self) -> QuerySet[Place]:
        places: QuerySet[Place] = Place.objects.visible_to(self.user)
        return places.select_related("device__phone_number")


class PlaceForm(DeskForm):
    refusal_phrases = (
        (re.compile("already exists"), "name"),
        (re.compile("device", re.IGNORECASE), "device_id"),
    )

    name = forms.CharField(label=_("Name"), max_length=255)
    device_id = forms.ModelChoiceField(
        label=_("Device"),
        queryset=Device.objects.none(),
        required=False,
        empty_label=_("No device"),
        help_text=_("A device stands in at most one place."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        devices = Device.objects.visible_to(self.user).select_related("phone_number")
        field: Any = self.fields["device_id"]
        field.queryset = devices.order_by("phone_number__digits", "pk")

    def values(self) -> dict[str, Any]:
        values = super().values()
        device = values["device_id"]
        return {**values, "device_id": device.pk if device else None}


def _initial(place: Any) -> dict[str, Any]:
    return {"name": place.name, "device_id": place.device_id}


PLACES = Desk(
    name="places",
    resource="places",
    argument="place",
    model=Place,
    list_page=PlaceList,
    readers=PLACE_READERS,
    new_title=_("New place"),
    form_class=PlaceForm,
    facts=(Fact(_("Device"), "provisioning/cells/device_of.html"),),
    initial=_initial,
    create=places.create_place,
    update=places.update_place,
    delete=places.delete_place,
    related=("device__phone_number",),
)
