"""The other users list: what Django REST framework gives out of the box, used well.

ModelViewSet, nested ModelSerializers, select_related and prefetch_related, LimitOffsetPagination,
JSONRenderer and SessionAuthentication, behind the portal's middleware.
"""

from typing import Any

from django.db.models import Prefetch, QuerySet
from django.urls import path
from rest_framework import serializers
from rest_framework.authentication import SessionAuthentication
from rest_framework.negotiation import DefaultContentNegotiation
from rest_framework.pagination import LimitOffsetPagination
from rest_framework.permissions import IsAuthenticated
from rest_framework.renderers import JSONRenderer
from rest_framework.viewsets import ModelViewSet

from portal.urls import urlpatterns as portal_urlpatterns
from provisioning.models import Device, User, UserSkill


class SkillSerializer(serializers.ModelSerializer[UserSkill]):
    id = serializers.UUIDField(source="skill_id")
    name = serializers.CharField(source="skill.name")
    description = serializers.CharField(source="skill.description")

    class Meta:
        model = UserSkill
        fields: tuple[str, ...] = ("id", "name", "description", "level")


class DeviceSerializer(serializers.ModelSerializer[Device]):
    phone_number = serializers.CharField(source="phone_number.number")
    country = serializers.DictField(source="phone_number.country")
    location = serializers.CharField(source="phone_number.location")
    local_number = serializers.CharField(source="phone_number.local_number")
    e164_number = serializers.CharField(source="phone_number.e164_number")

    class Meta:
        model = Device
        fields: tuple[str, ...] = (
            "id",
            "phone_number",
            "telephony_network",
            "type",
            "model",
            "vendor",
            "description",
            "country",
            "location",
            "local_number",
            "e164_number",
            "voice_environment",
        )


class PersonSerializer(serializers.ModelSerializer[User]):
    """A user's own fields."""

    roles = serializers.ReadOnlyField()
    enabled = serializers.BooleanField(source="is_active")
    contact_center_id = serializers.UUIDField()

    class Meta:
        model = User
        fields: tuple[str, ...] = (
            "id",
            "user_name",
            "first_name",
            "last_name",
            "email_address",
            "roles",
            "enabled",
            "employee_id",
            "login_code",
            "contact_center_id",
            "change_password_on_first_login",
        )
        extra_kwargs = {"id": {"format": "hex"}}


class UserSerializer(PersonSerializer):
    skills = SkillSerializer(source="user_skills", many=True)
    devices = DeviceSerializer(many=True)

    class Meta(PersonSerializer.Meta):
        fields = (*PersonSerializer.Meta.fields, "skills", "devices")


class LinkedSkillSerializer(SkillSerializer):
    url = serializers.HyperlinkedIdentityField(
        "api-skills-one", lookup_field="skill_id", lookup_url_kwarg="object_id"
    )

    class Meta(SkillSerializer.Meta):
        fields = (*SkillSerializer.Meta.fields, "url")


class LinkedDeviceSerializer(DeviceSerializer):
    url = serializers.HyperlinkedIdentityField("api-devices-one", lookup_url_kwarg="object_id")

    class Meta(DeviceSerializer.Meta):
        fields = (*DeviceSerializer.Meta.fields, "url")


class LinkedUserSerializer(UserSerializer):
    """With the address of each object, as the portal's answer has them."""

    url = serializers.HyperlinkedIdentityField("api-users-one", lookup_url_kwarg="object_id")
    skills = LinkedSkillSerializer(source="user_skills", many=True)
    devices = LinkedDeviceSerializer(many=True)

    class Meta(UserSerializer.Meta):
        fields = (*UserSerializer.Meta.fields, "url")


class PersonViewSet(ModelViewSet[User]):
    serializer_class: type[PersonSerializer] = PersonSerializer
    authentication_classes = (SessionAuthentication,)
    permission_classes = (IsAuthenticated,)
    renderer_classes = (JSONRenderer,)
    content_negotiation_class = DefaultContentNegotiation
    pagination_class = LimitOffsetPagination

    def get_queryset(self) -> QuerySet[User]:
        user: Any = self.request.user
        users: QuerySet[User] = User.objects.filter(contact_center_id=user.contact_center_id)
        return users.order_by("user_name", "id")


class UserViewSet(PersonViewSet):
    serializer_class = UserSerializer

    def get_queryset(self) -> QuerySet[User]:
        skills = UserSkill.objects.select_related("skill").order_by("skill__name")
        devices = Device.objects.select_related("phone_number").order_by("phone_number__digits")
        return (
            super()
            .get_queryset()
            .prefetch_related(Prefetch("user_skills", skills), Prefetch("devices", devices))
        )


class LinkedUserViewSet(UserViewSet):
    serializer_class = LinkedUserSerializer


urlpatterns = [
    *portal_urlpatterns,
    path("stock/people", PersonViewSet.as_view({"get": "list"})),
    path("stock/users", UserViewSet.as_view({"get": "list"})),
    path("stock/linked-users", LinkedUserViewSet.as_view({"get": "list"})),
]
