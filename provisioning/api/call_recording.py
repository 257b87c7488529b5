"""`/queues/ID/settings/call-recording`. Source: seed 003 "Queues API / Call Recording Settings"."""

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from django.db import transaction
from rest_framework.request import Request
from rest_framework.response import Response

from portal.api.features import require_feature
from portal.api.fields import NumberText, Reading
from portal.api.resources import Part
from portal.api.roles import ADMINS, SUPERVISORS, Roles
from portal.api.schema import answer
from portal.api.status import not_found
from portal.api.uris import uuid_or_none
from portal.api.views import ApiView
from portal.api.writing import etag_of_content, is_conditional, require_etag, write
from provisioning.api.settings_contents import sent_percentage, unwrapped
from provisioning.models import Queue
from provisioning.services.call_recording import recording_percentages, set_percentage

_FEATURE = "api-voice-recording"
_PERCENTAGE = NumberText(name="percentage", most=100)
_SHAPE: dict[str, Any] = {
    "type": "object",
    "properties": {
        "callRecording": {
            "type": "object",
            "properties": {"percentage": {"type": "integer", "minimum": 0, "maximum": 100}},
        }
    },
}


def load_queue_settings(queues: Sequence[Any], reading: Reading) -> Mapping[Any, Any]:
    percentages = recording_percentages(
        contact_center_id=reading.user.contact_center_id, queue_ids=[queue.pk for queue in queues]
    )
    return {pk: {"callRecording": {"percentage": one}} for pk, one in percentages.items()}


SETTINGS_OF_QUEUES = Part(name="settings", load=load_queue_settings, feature=_FEATURE, shape=_SHAPE)


class QueueCallRecordingView(ApiView):
    """How many of the queue's calls are recorded, in percent."""

    has_etag = True

    feature = _FEATURE
    roles: ClassVar[Mapping[str, Roles]] = {"GET": SUPERVISORS, "PUT": ADMINS}
    documentation = {
        "GET": answer(key={"type": "string"}, settings=_SHAPE),
        "PUT request": {
            "type": "object",
            "properties": {"percentage": {"type": "integer", "minimum": 0, "maximum": 100}},
            "required": ["percentage"],
        },
    }

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        require_feature(request.user, "api-provisioning-read")

    def get(self, request: Request, queue_id: str) -> Response:
        queue = self._find_queue(queue_id)
        settings = self._read(queue)
        headers = {"ETag": etag_of_content(settings)}
        return Response({"key": "callRecording", "settings": settings}, headers=headers)

    @write
    def put(self, request: Request, queue_id: str) -> Response:
        require_feature(self.user, "api-provisioning-write")
        queue = self._find_queue(queue_id)
        percentage = _PERCENTAGE.parse(sent_percentage(unwrapped(self.body)))
        with transaction.atomic():
            if is_conditional(request):
                Queue.objects.select_for_update().filter(pk=queue.pk).first()
                require_etag(request, etag_of_content(self._read(queue)))
            set_percentage(change=self.change(), queue=queue, percentage=percentage)
        return Response({})

    def _read(self, queue: Queue) -> Any:
        [settings] = load_queue_settings([queue], self.reading).values()
        return settings

    def _find_queue(self, queue_id: str) -> Queue:
        visible = Queue.objects.visible_to(self.user)
        found: Queue | None = visible.filter(pk=uuid_or_none(queue_id)).first()
        if found is None:
            raise not_found("queue")
        return found
