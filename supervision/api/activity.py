"""`/users/ID/activity`: what an agent did when, in the contact center's time zone."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from datetime import date, datetime, timedelta
from typing import Any, ClassVar
from zoneinfo import ZoneInfo

from django.db.models import Q
from rest_framework.request import Request
from rest_framework.response import Response

from portal.api.roles import SUPERVISORS, Roles, has_role
from portal.api.schema import answer
from portal.api.status import no_permission, not_found, out_of_range
from portal.api.views import ApiView
from portal.events.log import now_ms
from provisioning.api.users import Users
from provisioning.models import User
from supervision.models import AgentInterval
from supervision.statistics.windows import local_midnight_ms

MAX_DAYS = 31
_DAY_MS = 86_400_000
_LATEST_MS = 32_503_680_000_000  # The year 3000.
_ROWS: dict[str, Any] = {"type": "array", "items": {"type": "object"}}


class ActivityView(ApiView):
    """Intervals of the agent's states and calls between `from` and `to`, oldest first, and how
    long each state was on each day. Both are milliseconds since 1970, or days and times of the
    contact center's zone (2026-11-22, 2026-11-22T08:30); a day as `to` is meant whole. Without
    either: today.
    """

    feature = "api-statistics"
    roles: ClassVar[Mapping[str, Roles]] = {"GET": SUPERVISORS}
    granted_to_oneself = frozenset({"GET"})
    documentation = {
        "GET": answer(
            userId={"type": "string"},
            timeZone={"type": "string"},
            **{"from": {"type": "integer"}, "to": {"type": "integer"}},
            activity=_ROWS,
            calls=_ROWS,
            days=_ROWS,
        )
    }

    def get(self, request: Request, user_id: str | None = None) -> Response:
        user = self._find(user_id)
        center = user.contact_center
        if center is None:
            raise not_found("user")
        zone = ZoneInfo(center.time_zone)
        from_ms, to_ms = _span(request.query_params, zone)
        found = AgentInterval.objects.filter(
            Q(ended_ms=None) | Q(ended_ms__gt=from_ms),
            user_id=user.pk,
            contact_center_id=center.pk,
            began_ms__lt=to_ms,
        )
        # What goes on lasts until now, and is not foretold.
        end_ms = min(to_ms, now_ms())
        intervals = [one for one in found.order_by("began_ms", "pk") if one.began_ms < end_ms]
        shown = [(one, _cut(one, from_ms, end_ms)) for one in intervals]
        return Response(
            {
                "userId": user.pk.hex,
                "timeZone": center.time_zone,
                "from": from_ms,
                "to": to_ms,
                "activity": [
                    _row(one, *cut) for one, cut in shown if one.kind == AgentInterval.STATE
                ],
                "calls": [_row(one, *cut) for one, cut in shown if one.kind == AgentInterval.CALL],
                "days": [_day(shown, *day) for day in _days(from_ms, to_ms, zone)],
            }
        )

    def _find(self, user_id: str | None) -> User:
        if user_id is None:
            me: User = self.user
            return me
        found: User | None = Users.find(
            User.objects.visible_to(self.user).select_related("contact_center"), user_id
        )
        if found is None:
            raise not_found("user")
        if found.pk != self.user.pk and not has_role(self.user, SUPERVISORS):
            raise no_permission()
        return found


_Cut = tuple[int, int]


def _cut(one: AgentInterval, from_ms: int, to_ms: int) -> _Cut:
    ended_ms = to_ms if one.ended_ms is None else one.ended_ms
    return max(one.began_ms, from_ms), min(ended_ms, to_ms)


def _row(one: AgentInterval, from_ms: int, to_ms: int) -> dict[str, Any]:
    row: dict[str, Any] = {"state": one.state, "from": from_ms, "to": to_ms}
    row["seconds"] = to_ms // 1000 - from_ms // 1000
    row["isOpen"] = one.ended_ms is None
    if one.began_ms < from_ms:
        row["began"] = one.began_ms
    optional = {
        "displayName": one.display_name,
        "reason": one.reason,
        "workMode": one.work_mode,
        "callId": one.call_id,
        "queueId": str(one.queue_id or ""),
    }
    return row | {name: text for name, text in optional.items() if text}


def _days(from_ms: int, to_ms: int, zone: ZoneInfo) -> Iterator[tuple[date, int, int]]:
    """The local days between two instants, with the part of each that lies between them."""
    day = datetime.fromtimestamp(from_ms / 1000, zone).date()
    while (begin_ms := local_midnight_ms(day, zone)) < to_ms:
        following = day + timedelta(days=1)
        yield day, max(begin_ms, from_ms), min(local_midnight_ms(following, zone), to_ms)
        day = following


def _day(
    shown: list[tuple[AgentInterval, _Cut]], day: date, from_ms: int, to_ms: int
) -> dict[str, Any]:
    totals: dict[str, dict[str, int]] = {
        AgentInterval.STATE: defaultdict(int),
        AgentInterval.CALL: defaultdict(int),
    }
    for one, (began_ms, ended_ms) in shown:
        begin, end = max(began_ms, from_ms), min(ended_ms, to_ms)
        if begin < end:
            totals[one.kind][one.state] += end // 1000 - begin // 1000
    return {
        "date": day.isoformat(),
        "from": from_ms,
        "to": to_ms,
        "stateSeconds": totals[AgentInterval.STATE],
        "callSeconds": totals[AgentInterval.CALL],
    }


def _span(query: Mapping[str, str], zone: ZoneInfo) -> tuple[int, int]:
    today = datetime.fromtimestamp(now_ms() / 1000, zone).date()
    from_ms = _instant(query, "from", zone, is_end=False)
    to_ms = _instant(query, "to", zone, is_end=True)
    if from_ms is None:
        to_day = today if to_ms is None else datetime.fromtimestamp((to_ms - 1) / 1000, zone).date()
        from_ms = local_midnight_ms(to_day, zone)
    if to_ms is None:
        to_ms = from_ms + _DAY_MS
        if from_ms == local_midnight_ms(today, zone):
            to_ms = local_midnight_ms(today + timedelta(days=1), zone)
    if from_ms >= to_ms:
        raise out_of_range("from must lie before to")
    if to_ms - from_ms > (MAX_DAYS + 1) * _DAY_MS:
        raise out_of_range(f"from and to must not lie further apart than {MAX_DAYS} days")
    return from_ms, to_ms


def _instant(query: Mapping[str, str], name: str, zone: ZoneInfo, *, is_end: bool) -> int | None:
    text = query.get(name)
    if text is None:
        return None
    text = text.strip()
    if text.isascii() and text.isdigit() and 8 < len(text) < 15:
        at_ms = int(text)
    else:
        at_ms = _local_ms(text, name, zone, is_end=is_end)
    if not 0 < at_ms < _LATEST_MS:
        raise out_of_range(f"{name} lies too far away")
    return at_ms


def _local_ms(text: str, name: str, zone: ZoneInfo, *, is_end: bool) -> int:
    try:
        if len(text) == len("2026-11-22"):
            day = date.fromisoformat(text)
            return local_midnight_ms(day + timedelta(days=1) if is_end else day, zone)
        at = datetime.fromisoformat(text)
        return round((at if at.tzinfo else at.replace(tzinfo=zone)).timestamp() * 1000)
    except (ValueError, OverflowError) as error:
        raise out_of_range(
            f"{name} must be milliseconds since 1970, a day or a time (2026-11-22T08:30)"
        ) from error
