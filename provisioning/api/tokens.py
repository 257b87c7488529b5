"""`/tokens`: what programs show instead of a password; `/me/tokens`, where everybody makes his."""

from typing import Any

from portal.api.bodies import parse_body
from portal.api.collections import RelationView
from portal.api.fields import Access, Choices, Identifier, Link, Moment, Text
from portal.api.resources import Relation, Resource
from portal.api.roles import EVERYONE, Action
from portal.api.status import out_of_range
from provisioning.api.users import Users
from provisioning.models import ApiToken, User
from provisioning.services import tokens

# The wall and the roles stand in ApiToken.objects.visible_to: admins all, everybody else his own.
_OF_WHOEVER_SEES_THEM = {
    Action.READ: EVERYONE,
    Action.CREATE: EVERYONE,
    Action.DELETE: EVERYONE,
}


class Tokens(Resource):
    """API tokens: admins see and revoke those of their contact center, everybody his own."""

    path, singular, plural = "tokens", "token", "tokens"
    model = ApiToken
    fields = (
        Identifier(),
        Text(name="name", required=True, access=Access.SET_ONCE),
        Choices(
            name="roles",
            choices=tuple(User.ROLE_COLUMNS),
            columns=User.ROLE_COLUMNS,
            access=Access.SET_ONCE,
            help="What requests with the token may use of the user's roles.",
        ),
        Link(name="userUri", target=lambda: Users, access=Access.READ_ONLY),
        Moment(name="createdAt"),
        Moment(name="validUntil", access=Access.SET_ONCE),
        Moment(name="lastUsedAt", help="To the minute; absent until the first use."),
    )
    restless = frozenset({"lastUsedAt"})
    ordering = ("name",)
    permissions = _OF_WHOEVER_SEES_THEM
    delete = staticmethod(tokens.revoke_token)


class OwnTokensView(RelationView):
    """Tokens are made here and nowhere else, and their text is answered once."""

    def _create(self, parent: Any, body: object, change: Any) -> dict[str, Any]:
        if not isinstance(body, dict):
            raise out_of_range("tokens must be a list of objects")
        arguments = parse_body(Tokens, body, is_new=True)
        new = tokens.create_token(change=change, user=parent, **arguments)
        return {**self.descriptor(Tokens, new.token), "token": new.text}

    def require_relation(self, action: Action) -> None:
        """Everybody, whatever features his contact center has: these are his own."""


OWN_TOKENS = Relation(
    resource=Tokens,
    parent_lookup="user_id",
    permissions=_OF_WHOEVER_SEES_THEM,
    create=tokens.create_token,
    unassign=tokens.revoke_token,
)
