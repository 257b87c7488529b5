"""The addresses of a declared resource, and the methods that its declaration gives each."""

from collections.abc import Iterable

from django.urls import URLPattern, path

from portal.api.collections import CollectionView, RelationView
from portal.api.resources import Relation, Resource
from portal.api.views import MeView, SingleView


def _methods(**offered: object) -> list[str]:
    """The method names whose service exists; reading is always there."""
    return ["get", "head", *(name for name, service in offered.items() if service)]


def collection_methods(resource: type[Resource]) -> list[str]:
    return _methods(post=resource.create, delete=resource.delete)


def single_methods(resource: type[Resource]) -> list[str]:
    has_operations = resource.operations or resource.fallback_operation
    posts = has_operations or (resource.post_updates and resource.update)
    return _methods(post=posts, put=resource.update, delete=resource.delete)


def resource_routes(
    resource: type[Resource],
    *,
    collection_view: type[CollectionView] = CollectionView,
    single_view: type[SingleView] = SingleView,
) -> list[URLPattern]:
    """`/NAME`, `/NAME/ID` and, for each sub-collection, `/NAME/ID/SUB` and `/NAME/ID/SUB/ID`."""
    name = resource.path
    offered = [
        method
        for method in collection_methods(resource)
        if method in collection_view.http_method_names
    ]
    collection = collection_view.as_view(resource=resource, http_method_names=offered)
    single = single_view.as_view(resource=resource, http_method_names=single_methods(resource))
    return [
        path(name, collection, name=f"api-{name}"),
        path(f"{name}/<str:object_id>", single, name=f"api-{name}-one"),
        *_sub_collections(resource, prefix=f"{name}/<str:parent_id>/"),
    ]


def own_routes(resource: type[Resource]) -> list[URLPattern]:
    """`/me` and its sub-collections."""
    view = MeView.as_view(
        resource=resource, http_method_names=_methods(post=True, put=resource.update)
    )
    return [path("me", view, name="api-me"), *_sub_collections(resource, prefix="me/")]


def _sub_collections(resource: type[Resource], *, prefix: str) -> Iterable[URLPattern]:
    for relation in resource.subresources:
        if isinstance(relation, Relation):
            yield from relation_routes(resource, relation, prefix=prefix)


def relation_routes(
    resource: type[Resource],
    relation: Relation,
    *,
    prefix: str,
    view_class: type[RelationView] = RelationView,
) -> list[URLPattern]:
    """The addresses of one sub-collection below a prefix such as `me/`."""
    label = f"api-{prefix.split('/')[0]}-{relation.name}"
    many = view_class.as_view(
        resource=resource,
        relation=relation,
        http_method_names=_methods(
            post=relation.assign or relation.create, delete=relation.unassign
        ),
    )
    one = view_class.as_view(
        resource=resource,
        relation=relation,
        http_method_names=_methods(
            post=relation.resource.operations,
            put=relation.update,
            delete=relation.unassign,
        ),
    )
    return [
        path(f"{prefix}{relation.name}", many, name=label),
        path(f"{prefix}{relation.name}/<str:object_id>", one, name=f"{label}-one"),
    ]
