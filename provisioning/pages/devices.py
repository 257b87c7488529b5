import re
from typing import Any

import django_filters  # type: ignore[import-untyped]
from django import forms
from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from portal.web.lists import Column, EmptyList
from portal.web.navigation import DEVICE_READERS
from portal.web.search import SearchFilter
from provisioning.change import Change
from provisioning.models import ContactCenter, Device, User, VoiceEnvironment
from provisioning.pages.desk import Desk, DeskForm, DeskList, Fact
from provisioning.services import devices


class DeviceFilter(django_filters.FilterSet):  # type: ignore[misc]
    q = SearchFilter(
        "phone_number__number",
        "phone_number__digits",
        "description",
        "user__first_name",
        "user__last_name",
        "user__user_name",
    )
    owner = django_filters.ChoiceFilter(
        method="with_owner",
        label=_("Owner"),
        choices=(("yes", _("With owner")), ("no", _("Without owner"))),
        empty_label=_("Any owner"),
    )

    def with_owner(self, devices: QuerySet[Device], name: str, value: str) -> QuerySet[Device]:
        return devices.filter(user__isnull=value == "no")


class DeviceList(DeskList[Device]):
    desk_name = "devices"
    create_label = _("New device")
    grants = DEVICE_READERS
    title = _("Devices")
    caption = _("Devices of the contact center")
    filterset_class = DeviceFilter
    search_label = _("Search number, owner or description")
    default_sort = "number"
    columns = (
        Column(
            key="number",
            label=_("Phone number"),
            template="provisioning/cells/linked_number.html",
            order_by=("phone_number__digits",),
        ),
        Column(
            key="owner",
            label=_("Owner"),
            template="provisioning/cells/owner.html",
            order_by=("user__last_name", "user__first_name"),
        ),
        Column(
            key="network",
            label=_("Network"),
            template="provisioning/cells/network.html",
            order_by=("telephony_network",),
            css_class="d-none d-md-table-cell",
        ),
        Column(
            key="environment",
            label=_("Voice environment"),
            template="provisioning/cells/environment.html",
            order_by=("voice_environment__name",),
            css_class="d-none d-md-table-cell",
        ),
        Column(
            key="description",
            label=_("Description"),
            template="provisioning/cells/description.html",
            css_class="d-none d-lg-table-cell",
        ),
    )
    empty = EmptyList(
        title=_("No devices yet"),
        text=_("A device is a phone number at a voice environment, with one user as its owner."),
        icon="device-landline-phone",
    )

    def objects(self) -> QuerySet[Device]:
        devices: QuerySet[Device] = Device.objects.visible_to(self.user)
        return devices.select_related("phone_number", "voice_environment", "user")


class DeviceForm(DeskForm):
    refusal_phrases = ((re.compile("number", re.IGNORECASE), "phone_number"),)
    only_when_new = ("phone_number",)

    phone_number = forms.CharField(
        label=_("Phone number"),
        max_length=32,
        help_text=_("For example 5001 or +1 508 555 0100. It cannot be changed later."),
        widget=forms.TextInput(attrs={"inputmode": "tel", "autocomplete": "off"}),
    )
    user = forms.ModelChoiceField(
        label=_("Owner"),
        queryset=User.objects.none(),
        required=False,
        empty_label=_("Nobody"),
    )
    voice_environment_id = forms.ModelChoiceField(
        label=_("Voice environment"), queryset=VoiceEnvironment.objects.none(), empty_label=None
    )
    telephony_network = forms.ChoiceField(
        label=_("Network"),
        choices=[(name, name) for name in Device.TELEPHONY_NETWORKS],
        help_text=_("Calls to a public device are answered at the phone itself."),
    )
    description = forms.CharField(label=_("Description"), max_length=255, required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        users, environments = self.fields["user"], self.fields["voice_environment_id"]
        users.queryset = User.objects.visible_to(self.user).order_by(  # type: ignore[attr-defined]
            "last_name", "first_name", "pk"
        )
        environments.queryset = VoiceEnvironment.objects.visible_to(  # type: ignore[attr-defined]
            self.user
        ).order_by("name")

    def values(self) -> dict[str, Any]:
        values = super().values()
        return {**values, "voice_environment_id": values["voice_environment_id"].pk}


def _initial(device: Any) -> dict[str, Any]:
    names = ("user", "voice_environment_id", "telephony_network", "description")
    return {name: getattr(device, name) for name in names}


def _create(*, change: Change, contact_center: ContactCenter, **values: Any) -> Device:
    return devices.create_device(change=change, contact_center=contact_center, **values)


@transaction.atomic
def _update(*, change: Change, device: Device, user: User | None, **values: Any) -> Device:
    """The device and its owner, as one request in the change log."""
    if device.user_id is not None and (user is None or user.pk != device.user_id):
        devices.unassign_device(change=change, device=device)
    if user is not None and user.pk != device.user_id:
        devices.assign_device(change=change, user=user, device=device)
    return devices.update_device(change=change, device=device, **values)


DEVICES = Desk(
    name="devices",
    resource="devices",
    argument="device",
    model=Device,
    list_page=DeviceList,
    readers=DEVICE_READERS,
    new_title=_("New device"),
    form_class=DeviceForm,
    facts=(
        Fact(_("Phone number"), "provisioning/cells/number.html"),
        Fact(_("Owner"), "provisioning/cells/owner.html"),
        Fact(_("Network"), "provisioning/cells/network.html"),
        Fact(_("Voice environment"), "provisioning/cells/environment.html"),
        Fact(_("Description"), "provisioning/cells/description.html"),
    ),
    initial=_initial,
    create=_create,
    update=_update,
    delete=devices.delete_device,
    related=("phone_number", "user", "voice_environment"),
)
