"""Views of collections and of sub-collections."""

from collections.abc import Sequence
from functools import partial
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.http import StreamingHttpResponse
from rest_framework.request import Request
from rest_framework.response import Response

from portal.api import streaming
from portal.api.bodies import parse_body
from portal.api.bulk import attempt, bulk_answer, run_bulk
from portal.api.features import require_feature
from portal.api.filters import filter_objects, order_objects, parse_page
from portal.api.rendering import Listing
from portal.api.resources import Resource
from portal.api.roles import Action
from portal.api.status import ApiError, StatusCode, missing, not_found, out_of_range
from portal.api.uris import referenced_id, referenced_ids, with_uris
from portal.api.views import ResourceView
from portal.api.writing import write

_SINGLE_REFERENCES = ("uri", "path", "id")

# The bare id of what is to be assigned, and the arguments that come with it.
Wanted = tuple[str, dict[str, Any]]


Answer = Response | StreamingHttpResponse


class ListingView(ResourceView):
    """Answers a list: URIs or objects, filtered, ordered and paged."""

    def listing(self, objects: QuerySet[Any], resource: type[Resource]) -> Answer:
        query = self.request.query_params.dict()
        objects = order_objects(filter_objects(objects, resource, query), resource, query)
        return self.listed(objects, resource)

    def listed(self, objects: QuerySet[Any], resource: type[Resource]) -> Answer:
        """The page that is asked for of objects in their order, or all of them."""
        selection = self.selection(resource)
        page = parse_page(self.request.query_params.dict())
        if page is None:
            if selection.wants_objects:
                return self._all_objects(resource.listing_of(objects, selection), resource)
            return self._all_uris(objects, resource)
        total = {"totalCount": objects.order_by().count()}
        objects = objects[page.offset : page.offset + page.limit]
        if selection.wants_objects:
            listing = resource.listing_of(objects, selection)
            rows = list(listing.query)
            return Response({resource.plural: listing.render(rows, self.reading), **total})
        return Response({**with_uris(resource.paths_of(objects), self.reading.base), **total})

    def _all_objects(self, listing: Listing, resource: type[Resource]) -> Answer:
        rows = list(listing.query[: streaming.PIECE + 1])
        if len(rows) <= streaming.PIECE:
            return Response({resource.plural: listing.render(rows, self.reading)})
        pieces = streaming.object_pieces(resource.plural, listing, self.reading)
        return streaming.stream(self.request._request, pieces)

    def _all_uris(self, objects: QuerySet[Any], resource: type[Resource]) -> Answer:
        paths = resource.paths_of(objects[: streaming.PIECE + 1])
        if len(paths) <= streaming.PIECE:
            return Response(with_uris(paths, self.reading.base))
        pieces = streaming.uri_pieces(resource, objects, self.reading.base)
        return streaming.stream(self.request._request, pieces)


class CollectionView(ListingView):
    """`/users`: list, create (one or many), delete many."""

    def get(self, request: Request, **kwargs: Any) -> Answer:
        self.require(Action.LIST)
        return self.listing(self.resource.visible_to(self.user), self.resource)

    @write
    def post(self, request: Request, **kwargs: Any) -> Response:
        self.require(Action.CREATE)
        if self.resource.plural in self.body:
            return self._create_many(self.body)
        return Response(self._create_one(self.body))

    @write
    def delete(self, request: Request, **kwargs: Any) -> Response:
        self.require(Action.DELETE)
        named = referenced_ids(self.body, self.resource.path)
        if named is None:
            raise missing("uris")
        content, status = run_bulk(named, run=self._delete_one, describe=_describe_reference)
        return Response(content, status=status)

    def _create_one(self, body: object) -> dict[str, Any]:
        if not isinstance(body, dict):
            raise out_of_range(f"{self.resource.plural} must be a list of objects")
        arguments = parse_body(self.resource, body, is_new=True)
        contact_center = self.user.contact_center
        if contact_center is None:
            raise ApiError(StatusCode.INVALID_STATE, "The user belongs to no contact center")
        create: Any = self.resource.create
        obj = create(
            change=self.bulk_change,
            contact_center=contact_center,
            **arguments,
        )
        return self.descriptor(self.resource, obj)

    def _create_many(self, body: dict[str, Any]) -> Response:
        bodies = body[self.resource.plural]
        if not isinstance(bodies, list) or len(body) > 1:
            raise out_of_range(f"{self.resource.plural} must be a list, and stand alone")

        content, status = run_bulk(
            bodies,
            run=self._create_one,
            describe=partial(_named, self.resource),
            shows_successes=True,
        )
        return Response(content, status=status)

    def _delete_one(self, named: tuple[str, str]) -> dict[str, Any]:
        obj = self.resource.find(self.resource.visible_to(self.user), named[1])
        if obj is None:
            raise not_found(self.resource.singular)
        descriptor = self.descriptor(self.resource, obj)
        delete: Any = self.resource.delete
        delete(change=self.bulk_change, **{self.resource.argument(): obj})
        return descriptor

    @property
    def bulk_change(self) -> Any:
        """One change for the whole request: its entries belong together."""
        if not hasattr(self, "_bulk_change"):
            self._bulk_change = self.change()
        return self._bulk_change


def _named(resource: type[Resource], body: object) -> dict[str, Any]:
    """What tells an object that was not created from the others."""
    content = body if isinstance(body, dict) else {}
    return {name: content[name] for name in resource.named_by if name in content}


def _describe_reference(named: tuple[str, str]) -> dict[str, Any]:
    return _describe(named[0])


def _describe(reference: str) -> dict[str, Any]:
    """The element as it was named."""
    return {"path" if reference.startswith("/") else "uri": reference}


class RelationView(ListingView):
    """`/users/ID/skills` and `/users/ID/skills/ID`: list, assign, create, update, unassign."""

    relation: Any = None

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        require_feature(self.user, self.relation.feature)

    def get_parent(self) -> Any:
        if "parent_id" not in self.kwargs:
            return self.user
        found = self.resource.find(self.resource.visible_to(self.user), self.kwargs["parent_id"])
        if found is None:
            raise not_found(self.resource.singular)
        return found

    def require_relation(self, action: Action) -> None:
        """Users read what is theirs below /me whatever the table says."""
        if action is Action.READ and "parent_id" not in self.kwargs:
            return
        self.require(action, self.relation.permissions)

    def get_child(self, parent: Any) -> Any:
        children = self.relation.children([parent], self.user)
        child = self.relation.resource.find(children, self.kwargs["object_id"])
        if child is None:
            raise not_found(self.relation.resource.singular)
        return child

    def get(self, request: Request, **kwargs: Any) -> Answer:
        self.require_relation(Action.READ)
        parent = self.get_parent()
        resource = self.relation.resource
        if "object_id" not in self.kwargs:
            return self.listing(self.relation.children([parent], self.user), resource)
        selection = self.selection(resource)
        child = self.get_child(parent)
        [content] = resource.render([child], selection, self.reading)
        is_written = self.relation.update or self.relation.unassign
        headers = self.etag(resource, child) if is_written else {}
        return Response({resource.singular: content}, headers=headers)

    @write
    def post(self, request: Request, **kwargs: Any) -> Response:
        if "object_id" in self.kwargs:
            resource = self.relation.resource
            return self.operate(request, resource, lambda: self.get_child(self.get_parent()))
        self.require_relation(Action.CREATE)
        if (new := self._new_ones(self.body)) is not None:
            return self._create_many(new)
        elements = self._assignments(self.body)
        if elements is None:
            return Response(self._create(self.get_parent(), self.body, self.change()))
        wanted = [attempt(partial(self._wanted, element)) for element in elements]
        change = self.change()
        if len(wanted) > 1 and self._is_for_many(wanted):
            outcomes = self._assign_many(wanted, change)
        else:
            parent = self.get_parent()
            outcomes = [
                one
                if isinstance(one, ApiError)
                else attempt(partial(self._assign, parent, one, change))
                for one in wanted
            ]
        content, status = bulk_answer(
            elements, outcomes, describe=lambda one: _describe(str(one.get("reference")))
        )
        return Response(content, status=status)

    @write
    def put(self, request: Request, **kwargs: Any) -> Response:
        self.require_relation(Action.UPDATE)
        child = self.get_child(self.get_parent())
        resource = self.relation.resource
        arguments = parse_body(resource, self.body, is_new=False)
        update: Any = self.relation.update
        with transaction.atomic():
            self.require_match(resource, child)
            update(change=self.change(), **{resource.argument(): child}, **arguments)
        return Response({})

    @write
    def delete(self, request: Request, **kwargs: Any) -> Response:
        self.require_relation(Action.DELETE)
        parent = self.get_parent()
        change = self.change()
        if "object_id" in self.kwargs:
            child = self.get_child(parent)
            with transaction.atomic():
                self.require_match(self.relation.resource, child)
                self._unassign(child, change)
            return Response({})
        named = referenced_ids(self.body, self.relation.resource.path)
        if named is None:
            raise missing("uris")

        def unassign(one: tuple[str, str]) -> dict[str, Any]:
            children = self.relation.children([parent], self.user)
            child = self.relation.resource.find(children, one[1])
            if child is None:
                raise not_found(self.relation.resource.singular)
            descriptor = self.descriptor(self.relation.resource, child)
            self._unassign(child, change)
            return descriptor

        content, status = run_bulk(named, run=unassign, describe=_describe_reference)
        return Response(content, status=status)

    def _unassign(self, child: Any, change: Any) -> None:
        unassign: Any = self.relation.unassign
        unassign(change=change, **{self.relation.resource.argument(): child})

    def _assignments(self, body: dict[str, Any]) -> list[dict[str, Any]] | None:
        """What to assign, a reference each with further properties; None if it is to be created."""
        if self.relation.assign is None:
            return None
        resource = self.relation.resource
        if (named := referenced_ids(body, resource.path)) is not None:
            return [{"reference": reference} for reference, _ in named]
        many = body.get(resource.plural)
        if many is not None:
            if not isinstance(many, list) or not all(isinstance(one, dict) for one in many):
                raise out_of_range(f"{resource.plural} must be a list of objects")
            return [_with_reference(one) for one in many]
        if any(key in body for key in _SINGLE_REFERENCES):
            return [_with_reference(body)]
        if self.relation.create is None:
            self.get_parent()  # Below what is not there nothing is missing: it is 404.
            raise missing("uris")
        return None

    @property
    def _target(self) -> type[Resource]:
        """What is assigned: the relation's resource, unless it is about something else."""
        assigned: type[Resource] = (
            self.relation.assigned() if self.relation.assigned else self.relation.resource
        )
        return assigned

    def _wanted(self, element: dict[str, Any]) -> Wanted:
        """The bare id and the arguments of what is to be assigned."""
        bare_id = referenced_id(element.get("reference"), self._target.path)
        extra = {name: value for name, value in element.items() if name != "reference"}
        return bare_id, parse_body(self.relation.resource, extra, is_new=False)

    def _is_for_many(self, wanted: Sequence[Wanted | ApiError]) -> bool:
        """Whether all that is asked for can be done at once."""
        return self.relation.assign_many is not None and all(
            isinstance(one, ApiError) or self.relation.many_arguments.issuperset(one[1])
            for one in wanted
        )

    def _parents(self) -> QuerySet[Any]:
        """The parent, as a query."""
        if "parent_id" not in self.kwargs:
            return self.resource.visible_to(self.user).filter(pk=self.user.pk)
        identity = self.resource.fields_by_name()["id"].parse_id(self.kwargs["parent_id"])
        return self.resource.visible_to(self.user).filter(**{self.resource.identified_by: identity})

    def _assign_many(
        self, wanted: Sequence[Wanted | ApiError], change: Any
    ) -> list[dict[str, Any] | ApiError]:
        """Each element's outcome, in as many queries as for one."""
        target = self._target
        parse_id = target.fields_by_name()["id"].parse_id
        named = [one if isinstance(one, ApiError) else (parse_id(one[0]), one[1]) for one in wanted]
        asked = [one for one in named if not isinstance(one, ApiError)]
        assign_many: Any = self.relation.assign_many
        refusals = assign_many(
            change=change,
            visible=target.visible_to(self.user),
            wanted=asked,
            **{self.resource.plural: self._parents()},
        )
        answers = iter(refusals)
        return [
            one
            if isinstance(one, ApiError)
            else next(answers) or self.described(target.path_from(one[0]))
            for one in named
        ]

    def _assign(self, parent: Any, wanted: Wanted, change: Any) -> dict[str, Any]:
        bare_id, arguments = wanted
        target = self._target
        child = target.find(target.visible_to(self.user), bare_id)
        if child is None:
            raise not_found(target.singular)
        assign: Any = self.relation.assign
        assign(
            change=change,
            **{self.resource.argument(): parent, target.argument(): child},
            **arguments,
        )
        return self.descriptor(target, child)

    def _create(self, parent: Any, body: object, change: Any) -> dict[str, Any]:
        resource = self.relation.resource
        if not isinstance(body, dict):
            raise out_of_range(f"{resource.plural} must be a list of objects")
        arguments = parse_body(resource, body, is_new=True)
        create: Any = self.relation.create
        child = create(change=change, **{self.resource.argument(): parent}, **arguments)
        return self.descriptor(resource, child)

    def _new_ones(self, body: dict[str, Any]) -> list[Any] | None:
        """The bodies of what is to be created, many at once; None where it is not asked for."""
        plural = self.relation.resource.plural
        if self.relation.create is None or plural not in body:
            return None
        bodies = body[plural]
        if not isinstance(bodies, list) or len(body) > 1:
            raise out_of_range(f"{plural} must be a list, and stand alone")
        names_something = any(
            isinstance(one, dict) and any(key in one for key in _SINGLE_REFERENCES)
            for one in bodies
        )
        return None if self.relation.assign and names_something else bodies

    def _create_many(self, bodies: list[Any]) -> Response:
        parent, change = self.get_parent(), self.change()
        content, status = run_bulk(
            bodies,
            run=lambda one: self._create(parent, one, change),
            describe=partial(_named, self.relation.resource),
            shows_successes=True,
        )
        return Response(content, status=status)


def _with_reference(content: dict[str, Any]) -> dict[str, Any]:
    reference = next((content[key] for key in _SINGLE_REFERENCES if key in content), None)
    rest = {key: value for key, value in content.items() if key not in _SINGLE_REFERENCES}
    return {"reference": reference, **rest}
