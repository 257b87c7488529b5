"""What describes the portal itself: version, features, services."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.db.models import Case, CharField, Q, Value, When
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request
from rest_framework.response import Response

from portal.api.collections import Answer, CollectionView
from portal.api.features import FEATURES, features_of
from portal.api.fields import Access, Choice, Identifier, Loaded, Reading, Text
from portal.api.resources import Part, Resource
from portal.api.roles import ADMINS, CLOUD_ADMINS, EVERYONE, Action, Roles
from portal.api.selection import EVERYTHING
from portal.api.status import not_found
from portal.api.views import ApiView, SingleView
from provisioning.api.catalogue import Catalogue
from provisioning.api.contact_center import contact_center_of
from provisioning.models import AssignedFeature, Service
from provisioning.service_states import current_states
from provisioning.services import features


class SystemFeatures(Catalogue):
    """All features that there are."""

    path, singular, plural = "system/features", "feature", "features"
    entries = tuple(FEATURES.values())
    fields = (
        Text(name="id", access=Access.READ_ONLY),
        Text(name="displayName", access=Access.READ_ONLY),
        Text(name="description", access=Access.READ_ONLY),
    )
    permissions = {Action.READ: ADMINS}


def _shown_of_feature(name: str, attribute: str) -> "CatalogueText":
    return CatalogueText(
        name=name, column=None, access=Access.READ_ONLY, texts=_texts_of_features(attribute)
    )


def _texts_of_features(attribute: str) -> Mapping[str, str]:
    return {feature.id: getattr(feature, attribute) for feature in FEATURES.values()}


def _order_of_features(attribute: str) -> Any:
    by_text = [
        When(feature_id=feature_id, then=Value(text))
        for feature_id, text in _texts_of_features(attribute).items()
    ]
    return Case(*by_text, output_field=CharField())


@dataclass(frozen=True, kw_only=True)
class CatalogueText(Text):
    """A text that the portal knows of a feature, and the database does not."""

    texts: Mapping[str, str]

    def where(self, texts: Sequence[str], prefix: str = "") -> Q:
        wanted = set(texts)
        ids = [feature_id for feature_id, text in self.texts.items() if text in wanted]
        return Q(**{f"{prefix}feature_id__in": ids})


class Features(Resource):
    """The features that the contact center has; the cloud admin may take one away."""

    path, singular, plural = "features", "feature", "features"
    model = AssignedFeature
    identified_by = "feature_id"
    fields = (
        Text(name="id", source="feature_id", access=Access.READ_ONLY),
        _shown_of_feature("displayName", "display_name"),
        _shown_of_feature("description", "description"),
    )
    sort_keys: ClassVar[dict[str, Any]] = {
        "displayName": _order_of_features("display_name"),
        "description": _order_of_features("description"),
    }
    permissions = {Action.READ: EVERYONE, Action.DELETE: CLOUD_ADMINS}
    delete = staticmethod(features.unassign_feature)


class FeaturesView(CollectionView):
    resource = Features
    # One is taken away at a time, at its own address.
    http_method_names = ["get", "head"]

    def get(self, request: Request, **kwargs: Any) -> Answer:
        self.require(Action.LIST)
        assigned = AssignedFeature.objects.filter(contact_center=contact_center_of(request))
        return self.listing(assigned, Features)


class FeatureView(SingleView):
    resource = Features

    def get_object(self) -> Any:
        assigned = AssignedFeature.objects.filter(contact_center=contact_center_of(self.request))
        found = Features.find(assigned, self.kwargs["object_id"])
        if found is None:
            raise not_found("feature")
        return found


def load_features(users: Sequence[Any], reading: Reading) -> Mapping[Any, Any]:
    """What the contact center has, for each user: whom one can see is in one's own."""
    ids = features_of(reading.user) if reading.user.contact_center_id else ()
    assigned = [AssignedFeature(feature_id=one) for one in sorted(ids)]
    contents = Features.render(assigned, EVERYTHING, reading)
    return {user.pk: contents for user in users}


FEATURES_OF_USER = Part(
    name="features",
    load=load_features,
    needs_objects=False,
    shape={"type": "array", "items": Features.schema()},
)


@dataclass(frozen=True, kw_only=True)
class CurrentState(Loaded, Choice):
    """One of the states, asked of the real thing; filtered by what is recorded."""

    def schema(self) -> dict[str, Any]:
        return Choice.schema(self)


class Services(Resource):
    path, singular, plural = "services", "service", "services"
    model = Service
    fields = (
        Identifier(),
        Text(name="name"),
        Choice(name="type", choices=Service.TYPES),
        CurrentState(name="state", column="state", choices=Service.STATES, load=current_states),
    )
    ordering = ("type", "name")


class VersionView(ApiView):
    """`/diagnostics/version`: open to all, and opens a session for whoever asks."""

    permission_classes = []
    roles: ClassVar[Mapping[str, Roles]] = {"GET": EVERYONE}

    def perform_authentication(self, request: Request) -> None:
        """Wrong credentials are nobody's: this answer is for everybody."""
        try:
            super().perform_authentication(request)
        except AuthenticationFailed:
            request.user = AnonymousUser()

    def get(self, request: Request) -> Response:
        if request.session.session_key is None:
            request.session.create()
        return Response({"version": settings.API_VERSION})
