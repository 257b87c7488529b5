"""The views that serve every declared resource: collections, single objects, sub-collections."""

from collections.abc import Callable, Mapping
from functools import cached_property, partial
from typing import Any, ClassVar, NoReturn

from django.conf import settings
from django.db import transaction
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from portal.api.authentication import CSRF_HEADER_NAME, csrf_token
from portal.api.bodies import parse_body
from portal.api.features import features_of, require_feature
from portal.api.fields import Reading
from portal.api.resources import Resource
from portal.api.roles import NOBODY, Action, Roles, has_role
from portal.api.selection import Selection, parse_selection
from portal.api.status import (
    ApiError,
    StatusCode,
    invalid_operation,
    missing,
    no_permission,
    not_found,
)
from portal.api.uris import API_ROOT
from portal.api.writing import require_match, write

ChangeOf = Callable[[Request], Any]


class ApiView(APIView):
    """Base of all API views: who calls, which features they have, the CSRF headers of an answer."""

    feature: ClassVar[str | None] = None
    # Who may send which method: whoever is not named may not. Resources have their own tables.
    roles: ClassVar[Mapping[str, Roles]] = {}
    # Methods that everybody may send about himself; the view finds out about whom it is.
    granted_to_oneself: ClassVar[frozenset[str]] = frozenset()
    # For values of the address's last parameter that not all of `roles` may use.
    narrower_roles: ClassVar[Mapping[str, Roles]] = {}
    # Whether what it reads has an ETag that its writes may name. Resources have one where they can.
    has_etag: ClassVar[bool] = False
    metadata_class = None
    # Set once by the room that keeps the change log: makes what services get as `change`.
    change_of: ClassVar[ChangeOf | None] = None

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        user: Any = request.user
        if not user.is_authenticated:
            return
        if user.change_password_on_first_login and not self._changes_password(request):
            raise ApiError(StatusCode.PASSWORD_CHANGE_DEMANDED, "Password change is demanded")
        require_feature(user, self.feature)
        self.check_roles("GET" if request.method == "HEAD" else str(request.method))

    def check_roles(self, method: str) -> None:
        """Refuse with 5 a method that is there, and not for this user."""
        if not hasattr(self, method.lower()) or method in self.granted_to_oneself:
            return
        if not has_role(self.user, self.roles.get(method, NOBODY)):
            raise no_permission()

    def perform_authentication(self, request: Request) -> None:
        try:
            super().perform_authentication(request)
        except AuthenticationFailed:
            self.check_throttles(request)
            raise

    def permission_denied(self, request: Request, *args: Any, **kwargs: Any) -> NoReturn:
        """Count strangers too: DRF asks for permission first, and who has none is not counted."""
        self.check_throttles(request)
        super().permission_denied(request, *args, **kwargs)

    def _changes_password(self, request: Request) -> bool:
        if not self.permission_classes:
            return True
        if request.auth is not None or request.method != "POST":
            return False
        return self.body.get("operationName") == "ChangePassword"

    def finalize_response(
        self, request: Request, response: Any, *args: Any, **kwargs: Any
    ) -> Response:
        answered: Response = super().finalize_response(request, response, *args, **kwargs)
        user = getattr(request, "user", None)
        if (
            settings.API_CSRF_PROTECTION
            and request.method == "GET"
            and user is not None
            and user.is_authenticated
            and request.session.session_key
        ):
            answered["X-CSRF-HEADER"] = CSRF_HEADER_NAME
            answered["X-CSRF-TOKEN"] = csrf_token(request._request)
        return answered

    @property
    def user(self) -> Any:
        return self.request.user

    @property
    def body(self) -> dict[str, Any]:
        """The JSON object that was sent; the only parser accepts nothing else."""
        body: Any = self.request.data
        return dict(body)

    @cached_property
    def reading(self) -> Reading:
        return Reading(self.user, base_of(self.request))

    def change(self) -> Any:
        make = type(self).change_of
        return None if make is None else make(self.request)


def base_of(request: Request) -> str:
    """Scheme, host and API root that URIs in answers to this request begin with."""
    return f"{request.scheme}://{request.get_host()}{API_ROOT}"


class ResourceView(ApiView):
    """What collection and single views share: a resource and the checks that come first."""

    resource: type[Resource] = Resource

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        require_feature(request.user, self.resource.read_feature)

    def check_roles(self, method: str) -> None:
        """The resource's own table says it, once it is known what is asked for."""

    def require(self, action: Action, permissions: Any = None) -> None:
        """Refuse with 5 what the role table does not allow, with 404 what has no feature."""
        table = permissions or self.resource.permissions
        if action is Action.LIST and action not in table:
            action = Action.READ
        roles: Roles = table.get(action, frozenset())
        if not has_role(self.user, roles):
            raise no_permission()
        if action not in {Action.READ, Action.LIST}:
            require_feature(self.user, self.resource.write_feature)

    def selection(self, resource: type[Resource] | None = None) -> Selection:
        resource = resource or self.resource
        selection = parse_selection(self.request.query_params.dict(), resource.selectable())
        features = features_of(self.user)
        hidden = {
            part.name
            for part in resource.subresources
            if part.feature is not None and part.feature not in features
        }
        if not hidden & selection.subresources:
            return selection
        return Selection(
            fields=selection.fields,
            subresources=selection.subresources - hidden,
            resolved=selection.resolved,
            wants_objects=selection.wants_objects,
            wants_whole_tree=selection.wants_whole_tree,
        )

    def operate(
        self, request: Request, resource: type[Resource], get_target: Callable[[], Any]
    ) -> Response:
        """Run the operation that the body names, on the object that the address names."""
        name = self.body.get("operationName")
        if name is None:
            raise missing("operationName")
        operation = resource.operation(name) if isinstance(name, str) else None
        operation = operation or resource.fallback_operation
        offered = operation is not None and (
            operation.feature is None or operation.feature in features_of(request.user)
        )
        if operation is None or not offered:
            raise invalid_operation(str(name)[:100])
        if not has_role(request.user, operation.roles):
            raise no_permission()
        target = get_target() if operation.needs_target else get_target
        if operation.needs_target:
            # In a transaction of its own: some operations tell of their refusal, and that must
            # stay.
            with transaction.atomic():
                self.require_match(resource, target)
        return Response(operation.run(request, target, self.body) or {})

    def etag(self, resource: type[Resource], obj: Any) -> dict[str, str]:
        """The header that a later write may name."""
        return {"ETag": resource.etag_of(obj, self.reading)}

    def require_match(self, resource: type[Resource], obj: Any) -> None:
        """In the write's transaction: refuse with 412 what `If-Match` does not name."""
        require_match(self.request, obj, partial(resource.etag_of, reading=self.reading))

    def descriptor(self, resource: type[Resource], obj: Any) -> dict[str, Any]:
        """`id`, `uri` and `path` of an object."""
        return self.described(resource.path_of(obj))

    def described(self, path: str) -> dict[str, Any]:
        """`id`, `uri` and `path` of what is at this path."""
        return {"id": path.rsplit("/", 1)[1], "uri": self.reading.base + path, "path": path}


class SingleView(ResourceView):
    """`/users/ID`: read, update, operate, delete."""

    def get_object(self) -> Any:
        """The object named by the address, or 404: another contact center's is not there."""
        found = self.resource.find(self.resource.visible_to(self.user), self.kwargs["object_id"])
        if found is None:
            raise not_found(self.resource.singular)
        return found

    def get(self, request: Request, **kwargs: Any) -> Response:
        self.require(Action.READ)
        selection = self.selection()
        obj = self.get_object()
        [content] = self.resource.render([obj], selection, self.reading)
        return Response({self.resource.singular: content}, headers=self.etag(self.resource, obj))

    @write
    def put(self, request: Request, **kwargs: Any) -> Response:
        return self._update(request)

    @write
    def post(self, request: Request, **kwargs: Any) -> Response:
        if "operationName" in self.body or not self.resource.post_updates:
            return self.operate(request, self.resource, self.get_object)
        return self._update(request)

    @write
    def delete(self, request: Request, **kwargs: Any) -> Response:
        self.require(Action.DELETE)
        self._call(self.resource.delete, self.get_object())
        return Response({})

    def _update(self, request: Request) -> Response:
        obj = self._changeable_object(request)
        arguments = parse_body(self.resource, self.body, is_new=False)
        self._call(self.resource.update, obj, **arguments)
        return Response({})

    def _changeable_object(self, request: Request) -> Any:
        """The object, if the user may update it, or these fields of himself."""
        if has_role(request.user, self.resource.permissions.get(Action.UPDATE, frozenset())):
            self.require(Action.UPDATE)
            return self.get_object()
        if not self.resource.own_fields:
            raise no_permission()
        obj = self.get_object()
        others = self.resource.fields_by_name().keys() - self.resource.own_fields
        if obj.pk != request.user.pk or others.intersection(self.body):
            raise no_permission()
        if request.auth is not None and self.resource.secrets().intersection(self.body):
            # Whoever sets the password has all the user's roles, and not only the token's.
            raise no_permission()
        return obj

    @transaction.atomic
    def _call(self, service: Any, obj: Any, **arguments: Any) -> Any:
        self.require_match(self.resource, obj)
        return service(change=self.change(), **{self.resource.argument(): obj}, **arguments)


class MeView(SingleView):
    """`/me`: the caller's own user."""

    def get_object(self) -> Any:
        found = self.resource.visible_to(self.user).filter(pk=self.user.pk).first()
        # The cloud admin belongs to no contact center, and still has a name.
        return found or self.user
