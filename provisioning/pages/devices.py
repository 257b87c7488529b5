import django_filters  # type: ignore[import-untyped]
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from portal.web.lists import Column, EmptyList, ListPage
from portal.web.navigation import DEVICE_READERS
from portal.web.search import SearchFilter
from provisioning.models import Device


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


class DeviceList(ListPage[Device]):
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
            template="provisioning/cells/number.html",
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
        text=_(
            "A device is a phone number at a voice environment. Users get theirs in the user form."
        ),
        icon="device-landline-phone",
    )

    def objects(self) -> QuerySet[Device]:
        devices: QuerySet[Device] = Device.objects.visible_to(self.user)
        return devices.select_related("phone_number", "voice_environment", "user")
