"""A lookup that takes many keys as one parameter.

`user_id__among=keys` is `user_id__in=keys` for keys that come from rows of ours: with hundreds of
them, Django takes longer to prepare a parameter for each than the database takes to find the rows.
"""

from typing import Any
from uuid import UUID

import orjson
from django.db.models import Field, ForeignKey, Lookup


@Field.register_lookup
@ForeignKey.register_lookup
class Among(Lookup[Any]):
    lookup_name = "among"
    prepare_rhs = False

    def get_prep_lookup(self) -> Any:
        return list(self.rhs)

    def as_sql(self, compiler: Any, connection: Any) -> Any:
        left, parameters = self.process_lhs(compiler, connection)
        if connection.vendor == "postgresql":
            return f"{left} = ANY(%s)", (*parameters, self.rhs)
        keys = [key.hex if isinstance(key, UUID) else key for key in self.rhs]
        listed = "IN (SELECT value FROM json_each(%s))"
        return f"{left} {listed}", (*parameters, orjson.dumps(keys).decode())
