"""The naive reference: every value from its definition, over all that ever happened.

Written from statistics-spec.md sections 5-8, 10, 11; nothing is counted in advance.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from tests.supervision.statistics.history import FOREVER, RANK, History


@dataclass
class Occ:
    """An occurrence for one object: cut to logins and memberships, split by the filter."""

    names: tuple
    start: int
    end: int | None
    conn: str | None
    order: tuple
    kind: str
    whole: int = 0
    is_carried: bool = False


def sec(ms):
    return ms // 1000


class Oracle:
    """Answers for one instant: give it the events up to that instant."""

    def __init__(
        self, events, *, opening, zone="UTC", queues=(), agents=None, skill_ag=None, skill_q=None
    ):
        self.known = {}
        self.opening = opening
        self.zone = ZoneInfo(zone)
        self.history = history = History(opening)
        history.queues, history.agents = set(queues), set(agents or {})
        history.groups, history.virtual = set(skill_ag or {}), set(skill_q or {})
        for numbers in (agents or {}).values():
            for number in numbers:
                history.dn(number)
        for kind, groups in (("group", skill_ag), ("virtual", skill_q)):
            for group, members in (groups or {}).items():
                for member in members:
                    history.joins.append(
                        [(kind, group), member, history.step(), opening, FOREVER, None]
                    )
        for event in events:
            history.apply(event)
        history.close_moment()

    # occurrences

    def sessions(self, kind, ident):
        """Which places belong to the object, as lists of open intervals of log positions."""
        h = self.history
        if kind == "QUEUE":
            return [(("queue", ident), [])]
        if kind == "SKILL_Q":
            return [(("queue", j[1]), [j[2:]]) for j in h.joins if j[0] == ("virtual", ident)]
        if kind == "AGENT":
            return [(("dn", one[1]), [one[2:]]) for one in h.logins if one[0] == ident]
        return [
            (("dn", one[1]), [one[2:], j[2:]])
            for j in h.joins
            if j[0] == ("group", ident)
            for one in h.logins
            if one[0] == j[1]
        ]

    def actions(self, kind, ident, holds):
        found = []
        for key, sessions in self.sessions(kind, ident):
            for span in self.history.spans:
                if span.key != key:
                    continue
                found.extend(self.pieces(span, sessions, holds))
        return sorted(found, key=lambda o: o.order)

    def pieces(self, span, sessions, holds):
        """The parts of an action within all sessions, then where the filter holds."""
        if span.is_instant:
            inside = all(s[0] < span.seq < s[2] for s in sessions)
            if inside and holds(self.history.attached(span, span.seq)):
                whole = 0
                if span.since is not None:
                    whole = sec(span.at) - sec(max(span.since, self.opening))
                yield Occ(span.names, span.at, span.at, span.conn, (span.seq,), "instant", whole)
            return
        low, start = max([(span.seq, span.at), *((s[0], s[1]) for s in sessions)])
        high, end = min(
            [(span.end_seq, span.end), *((s[2], s[3]) for s in sessions)], key=lambda e: e[0]
        )
        if low >= high:
            return
        changes = [w for w, _ in self.history.notes.get(span.conn, ()) if low < w < high]
        times = self.times()
        runs = []
        for seq in [low, *changes]:
            is_true = holds(self.history.attached(span, seq))
            if runs and runs[-1][2] == is_true:
                continue
            at = start if seq == low else times(seq)
            if runs:
                runs[-1][1] = (seq, at)
            runs.append([(seq, at), (high, end), is_true])
        for (_, begin), (end_seq, stop), is_true in runs:
            if is_true:
                done = stop if end_seq != FOREVER else None
                whole = 0 if done is None else sec(done) - sec(begin)
                yield Occ(span.names, begin, done, span.conn, (end_seq,), "action", whole)

    def times(self):
        """The time of a log position: that of the moment it belongs to."""
        moments = self.history.moments

        def at(seq):
            return next(moment[0] for moment in moments if seq <= moment[1])

        return at

    def winner(self, moment, agent):
        spans = [moment[2][n] for n in moment[3].get(agent, ())]
        return max(spans, key=lambda s: (RANK.index(s.names[0]), -s.seq), default=None)

    def keys(self, subject, kind, ident, moment):
        """Who has which status at a moment: {who: (action or None)}."""
        if kind == "AGENT":
            agents = [ident]
        else:
            agents = [agent for (group, agent) in moment[4] if group == ("group", ident)]
        if subject == "DNStatus":
            return {
                (agent, number): moment[2][number]
                for agent in agents
                for number in moment[3].get(agent, ())
            }
        return {(agent,): self.winner(moment, agent) for agent in agents}

    def statuses(self, subject, kind, ident, holds):
        open_runs, found = {}, []
        for index, moment in enumerate(self.history.moments):
            keys = {}
            for who, span in self.keys(subject, kind, ident, moment).items():
                note = self.history.attached(span, moment[1]) if span else {}
                if holds(note):
                    keys[who] = (id(span), span)
            order = moment[5] if subject == "DNStatus" else moment[6]
            for who, run in list(open_runs.items()):
                if who not in keys or keys[who][0] != run[0]:
                    run[1].end = moment[0]
                    run[1].whole = sec(run[1].end) - sec(run[1].start)
                    place = order.index(who[-1]) if who[-1] in order else len(order)
                    run[1].order = (index, place)
                    del open_runs[who]
            for who, (key, span) in keys.items():
                if who not in open_runs:
                    names = span.names if span else ("LoggedOut",)
                    conn = span.conn if span else None
                    occ = Occ(names, moment[0], None, conn, (FOREVER,), "status")
                    occ.is_carried = span is None and index == 0
                    open_runs[who] = (key, occ)
                    found.append(occ)
        return sorted(found, key=lambda o: o.order)

    def occurrences(self, d, kind, ident, mask, *, is_filtered=True):
        condition = d.condition if is_filtered else None
        key = d.subject, kind, ident, condition
        if key not in self.known:
            self.known[key] = self.all_of(d.subject, kind, ident, condition)
        return [o for o in self.known[key] if in_mask(mask, o.names)]

    def all_of(self, subject, kind, ident, condition):
        holds = condition.holds if condition else (lambda note: True)
        if subject == "DNAction":
            return self.actions(kind, ident, holds)
        return self.statuses(subject, kind, ident, holds)

    # windows

    def window(self, d, kind, ident, t):
        """(w0 in ms, we in ms, whether half open, log position after which actions count)."""
        interval = type(d.interval).__name__
        if interval == "SinceLogin":
            login = self.history.since_login.get(ident)
            return None if login is None else (login[0], t, False, login[1])
        if interval == "SlidingWindow":
            step = d.interval.step * 1000
            e = t // step * step
            return e - d.interval.length * 1000, e, True, -1
        return max(self.last_reset(d.interval, t), self.opening), t, False, -1

    def last_reset(self, profile, t):
        day = datetime.fromtimestamp(t / 1000, self.zone).replace(
            hour=0, minute=0, second=0, microsecond=0, tzinfo=None
        )
        if not profile.starts:
            return -FOREVER
        starts = sorted(
            (
                int(
                    (day + timedelta(days=back, minutes=s.minute_of_day))
                    .replace(tzinfo=self.zone)
                    .timestamp()
                )
                * 1000,
                s.period_ms,
            )
            for back in (-1, 0, 1)
            for s in profile.starts
        )
        resets = [-FOREVER]
        for (start, period), after in zip(starts, [*starts[1:], (FOREVER, 0)], strict=True):
            at = start
            while at <= t and at < after[0]:
                resets.append(at)
                if not period:
                    break
                at += period
        return max(resets)

    # values

    def value(self, d, kind, ident, t):
        if d.category.startswith("Current"):
            return self.current(d, kind, ident, t)
        if type(d.interval).__name__ == "SlidingSelection":
            return self.selected(d, kind, ident)
        window = self.window(d, kind, ident, t)
        if window is None:
            return 0
        return Measured(self, d, kind, ident, t, window).value()

    def current(self, d, kind, ident, t):
        if d.category == "CurrentContinuousTime":
            return self.continuous(d, kind, ident, t)

        def ages(mask):
            everything = self.occurrences(d, kind, ident, mask, is_filtered=False)
            true_now = self.occurrences(d, kind, ident, mask)
            running = [o for o in everything if o.end is None and o.kind != "instant"]
            if d.condition:
                now = [(o.names, o.conn) for o in true_now if o.end is None]
                kept = []
                for o in running:
                    if (o.names, o.conn) in now:
                        now.remove((o.names, o.conn))
                        kept.append(o)
                running = kept
            return [(sec(t) - sec(o.start), o.conn) for o in running]

        def number(found):
            return distinct(c for _, c in found) if d.distinguish_by_conn_id else len(found)

        main, relative = ages(d.main_mask), ages(d.relative_mask)
        total, other = sum(a for a, _ in main), sum(a for a, _ in relative)
        left, right = d.span or (0, 20)
        within = [o for o in main if left <= o[0] < right]
        return {
            "CurrentNumber": lambda: number(main),
            "CurrentTime": lambda: total,
            "CurrentMaxTime": lambda: max((a for a, _ in main), default=0),
            "CurrentMinTime": lambda: min((a for a, _ in main), default=0),
            "CurrentAverageTime": lambda: share(total, number(relative)),
            "CurrentRelativeNumberPercentage": lambda: share(100 * number(main), number(relative)),
            "CurrentRelativeTimePercentage": lambda: share(100 * total, other),
            "CurrentNumberInTimeRange": lambda: number(within),
            "CurrentNumberInTimeRangePercentage": lambda: share(100 * number(within), number(main)),
        }[d.category]()

    def continuous(self, d, kind, ident, t):
        runs = self.occurrences(d, kind, ident, d.main_mask)
        since = None
        for run in sorted(runs, key=lambda o: o.start, reverse=True):
            if (since is None and run.end is None) or (since is not None and run.end == since):
                since = run.start
        return 0 if since is None else sec(t) - sec(since)

    def selected(self, d, kind, ident):
        main_mask, relative_mask = d.main_mask, d.relative_mask
        is_service = d.category == "ServiceFactor1"
        masks = (ANSWERED, ABANDONED) if is_service else (main_mask, relative_mask)

        def last(*, is_filtered=True):
            # One pass over everything keeps an occurrence that matches two masks one.
            every = self.occurrences(d, kind, ident, ALL, is_filtered=is_filtered)
            done = [o for o in every if o.end is not None]
            hits = [o for o in done if any(in_mask(mask, o.names) for mask in masks)]
            return hits[-d.interval.size :]

        chosen = last()

        def number(mask, span=None):
            found = [o for o in chosen if in_mask(mask, o.names)]
            found = [o for o in found if span is None or span[0] <= o.whole < span[1]]
            return distinct(o.conn for o in found) if d.distinguish_by_conn_id else len(found)

        def wholes(mask, some=None):
            return [
                o.whole for o in (some if some is not None else chosen) if in_mask(mask, o.names)
            ]

        span = d.span or (0, 20)
        values = {
            "TotalNumber": lambda: number(main_mask),
            "TotalAdjustedNumber": lambda: number(main_mask),
            "TotalTime": lambda: sum(wholes(main_mask)),
            "TotalAdjustedTime": lambda: sum(wholes(main_mask)),
            "AverageTime": lambda: share(sum(wholes(main_mask)), number(relative_mask)),
            "MaxTime": lambda: max(wholes(main_mask), default=0),
            "MinTime": lambda: min(wholes(main_mask), default=0),
            "RelativeTimePercentage": lambda: share(
                100 * sum(wholes(main_mask)), sum(wholes(relative_mask))
            ),
            "RelativeNumberPercentage": lambda: share(
                100 * number(main_mask, d.span), number(relative_mask, d.span2)
            ),
            "AverageNumberPerRelativeHour": lambda: share(
                3600 * number(main_mask), sum(wholes(relative_mask, last(is_filtered=False)))
            ),
            "TotalNumberInTimeRange": lambda: number(main_mask, span),
            "TotalNumberInTimeRangePercentage": lambda: share(
                100 * number(main_mask, span), number(main_mask)
            ),
            "TotalTimeInTimeRange": lambda: sum(
                w for w in wholes(main_mask) if span[0] <= w < span[1]
            ),
            "ServiceFactor1": lambda: service(number, d),
        }
        return values.get(d.category, lambda: 0)()


class NameMask:
    """A mask of names, in the form of the engine's."""

    def __init__(self, *names):
        self.items = tuple((name, True) for name in names)


ALL = NameMask("*")
ANSWERED = NameMask("CallAnswered")
ABANDONED = NameMask("CallAbandoned", "CallAbandonedFromRinging")


def in_mask(mask, names):
    answer = False
    for item, lets_in in mask.items:
        if item == "*" or item in names:
            answer = lets_in
    return answer


def distinct(conns):
    conns = list(conns)
    return len({c for c in conns if c is not None}) + sum(c is None for c in conns)


def share(part, whole):
    return part / whole if whole else 0


def service(number, d):
    abandoned = number(ABANDONED) - number(ABANDONED, d.span2 or (0, 20))
    return share(100 * number(ANSWERED, d.span or (0, 20)), number(ANSWERED) + abandoned)


class Measured:
    """The historical values of one definition, object, window."""

    def __init__(self, oracle, d, kind, ident, t, window):
        self.oracle, self.d, self.kind, self.ident, self.t = oracle, d, kind, ident, t
        self.w0, self.we, self.is_half_open, self.after = window

    def occs(self, mask, *, is_filtered=True):
        """Those visible in the window: what happened at or after its end is not known yet."""
        found = self.oracle.occurrences(
            self.d, self.kind, self.ident, mask, is_filtered=is_filtered
        )
        visible = []
        for o in found:
            if self.is_half_open and o.start >= self.we:
                continue
            if self.is_half_open and o.end is not None and o.end >= self.we:
                if o.kind == "instant":
                    continue
                o = Occ(o.names, o.start, None, o.conn, o.order, o.kind, 0, o.is_carried)
            visible.append(o)
        return visible

    def is_in(self, o, when):
        return (
            when is not None and when >= self.w0 and (o.kind == "status" or o.order[0] > self.after)
        )

    def counted(self, mask, span=None):
        found = []
        for o in self.occs(mask):
            if o.kind == "status":
                is_counted = not o.is_carried and self.is_in(o, o.start)
                if span is not None:
                    is_counted = is_counted and o.end is not None
            else:
                is_counted = self.is_in(o, o.end)
            if is_counted and (span is None or span[0] <= o.whole < span[1]):
                found.append(o)
        return found

    def count(self, found):
        if self.d.distinguish_by_conn_id:
            return distinct(o.conn for o in found)
        return len(found)

    def number(self, mask, span=None):
        return self.count(self.counted(mask, span))

    def has_part(self, o):
        if o.end is None:
            return True
        return o.end > self.w0 if o.kind == "status" else self.is_in(o, o.end)

    def cut(self, o):
        end = self.we if o.end is None else min(o.end, self.we)
        return sec(end) - sec(max(o.start, self.w0))

    def lengths(self, mask, *, is_filtered=True):
        """What TotalTime sums."""
        found = []
        for o in self.occs(mask, is_filtered=is_filtered):
            if o.kind == "instant" and self.is_in(o, o.end):
                found.append(o.whole)
            elif o.kind != "instant" and self.has_part(o) and self.is_summed(o):
                found.append(self.cut(o))
        return found

    @staticmethod
    def is_summed(o):
        return o.kind == "status" or o.end is not None

    def time(self, mask, **how):
        return sum(self.lengths(mask, **how))

    def adjusted_time(self, mask):
        total = 0
        for o in self.occs(mask):
            if o.kind == "instant":
                if self.is_in(o, o.end):
                    total += min(o.whole, sec(o.end) - sec(self.w0))
            elif self.has_part(o):
                total += self.cut(o)
        return total

    def extreme(self, which):
        durations = []
        for o in self.occs(self.d.main_mask):
            is_running = o.end is None
            if not self.has_part(o) or (o.kind == "instant" and not self.is_in(o, o.end)):
                continue
            if is_running and (o.kind != "status" or which is min):
                continue
            if self.is_half_open:
                end = self.we if is_running else o.end
                durations.append(o.whole if not is_running else sec(end) - sec(o.start))
            else:
                durations.append(o.whole if o.kind == "instant" else self.cut(o))
        return which(durations, default=0)

    def levels(self):
        lasting = [o for o in self.occs(self.d.main_mask) if o.kind != "instant"]
        begin = max(self.w0, self.oracle.opening)

        def level(at):
            there = [o for o in lasting if o.start <= at and (o.end is None or at < o.end)]
            return self.count(there)

        edges = {begin, *(o.start for o in lasting), *(o.end for o in lasting if o.end)}
        last = self.we - 1 if self.is_half_open else self.we
        points = sorted(p for p in edges if begin <= p <= last)
        levels = [level(p) for p in points]
        stops = [*points[1:], self.we]
        area = sum(
            n * (sec(stop) - sec(p)) for n, p, stop in zip(levels, points, stops, strict=False)
        )
        return levels, area

    def value(self):
        d = self.d
        main, relative, span = d.main_mask, d.relative_mask, d.span or (0, 20)
        elapsed = sec(self.we) - sec(self.w0)
        return {
            "TotalNumber": lambda: self.number(main),
            "TotalTime": lambda: self.time(main),
            "TotalAdjustedNumber": lambda: self.count(
                [o for o in self.occs(main) if self.has_part(o)]
            ),
            "TotalAdjustedTime": lambda: self.adjusted_time(main),
            "AverageTime": lambda: share(self.time(main), self.number(relative)),
            "MaxTime": lambda: self.extreme(max),
            "MinTime": lambda: self.extreme(min),
            "ElapsedTimePercentage": lambda: share(100 * self.time(main), elapsed),
            "RelativeTimePercentage": lambda: share(100 * self.time(main), self.time(relative)),
            "RelativeNumberPercentage": lambda: share(
                100 * self.number(main, d.span), self.number(relative, d.span2)
            ),
            "AverageNumberPerRelativeHour": lambda: share(
                3600 * self.number(main), self.time(relative, is_filtered=False)
            ),
            "TotalNumberInTimeRange": lambda: self.number(main, span),
            "TotalNumberInTimeRangePercentage": lambda: share(
                100 * self.number(main, span), self.number(main)
            ),
            "TotalTimeInTimeRange": lambda: sum(o.whole for o in self.counted(main, span)),
            "TotalNumberPerSecond": lambda: share(self.number(main), elapsed),
            "ServiceFactor1": lambda: service(self.number, d),
            "MaxNumber": lambda: max(self.levels()[0], default=0),
            "MinNumber": lambda: min(self.levels()[0], default=0),
            "AverageOfCurrentNumber": lambda: share(self.levels()[1], elapsed),
        }[d.category]()
