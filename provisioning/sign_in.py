"""Who a session is of: the user, read with what every request asks about him."""

from typing import Any

from django.contrib.auth.backends import ModelBackend

from provisioning.models import User


class UserBackend(ModelBackend):
    """Django's own, and the user comes with the features of his contact center."""

    def get_user(self, user_id: Any) -> User | None:
        found: User | None = User.objects.with_features().filter(pk=user_id).first()
        return found if found is not None and self.user_can_authenticate(found) else None
