"""Say what an exchange is doing at an instant: closed, gathering the auction, trading, or in a break.

The theory. A trading day T owns the time from 17:00 on the evening of the trading day before it (P) to 17:00
on T itself. Inside it lie at most one night session, which starts on P's evening and may run into P's next
natural day (a Friday night ends on Saturday), and the day session on T. There is a night session only when
nothing but an ordinary weekend lies between P and T: on the eve of a statutory holiday the exchanges do not
open at night.

What is first traded on T has no night that day: it would be the evening before it is listed. Until T is over such a
product or contract follows its template under a name of its own, `SHFE.0100@20230619`.

A night product gathers its auction before the night. When there is no night the auction moves to the morning.
Since the trading day 2023-05-26 SHFE, INE and DCE gather a second auction in the morning even after a night,
and CZCE lets orders be cancelled in that window but takes none. Whether orders and cancels are taken is said
per interval.

Times are data (`resources/calendar/sessions.csv`, a person's own rows over it); each row holds from a trading day on.
What happened once (a late opening, half a day, the nights suspended in 2020) stands in `exceptions.csv`. Nothing is
claimed before the first row.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator, Mapping
from enum import StrEnum
from typing import Final, NewType

import msgspec

from terminal.domain.days.dated import TableText, rows_of
from terminal.domain.errors import UserError
from terminal.domain.ids import ExchangeId
from terminal.domain.table import Row, read_table
from terminal.domain.words.terms import Term

SessionId = NewType("SessionId", str)  # "SHFE.2300": the exchange and how long its nights are

_SINCE: Final = "@"
_NAME: Final = re.compile(r"[A-Z]+\.[A-Za-z0-9-]+")
_DAY_TURNS: Final = 17 * 60  # minutes: a night begins after it, a day session ends before it
_NEXT_DAY: Final = 24 * 60
_MINUTE_NS = 60_000_000_000
_EVERYWHERE = ExchangeId("*")
_SESSION_COLUMNS = (
    "session",
    "exchange",
    "from",
    "night",
    "night_auction",
    "day",
    "day_auction",
    "day_auction_after_night",
    "source",
)
_EXCEPTION_COLUMNS = ("exchange", "from", "to", "what", "time", "source")


def first_traded(session: SessionId, day: int) -> SessionId:
    """Return the template of what is first traded on a trading day: there is no night up to it."""
    return session if _SINCE in session else SessionId(f"{session}{_SINCE}{day}")


def template_of(session: SessionId) -> SessionId:
    """Return the template in the table that a session follows."""
    return SessionId(session.partition(_SINCE)[0])


class Phase(StrEnum):
    """Name what an exchange does: 休市, 集合竞价, 连续交易, 小节休息."""

    CLOSED = "CLOSED"
    AUCTION = "AUCTION"
    CONTINUOUS = "CONTINUOUS"
    BREAK = "BREAK"


PHASES: Final = {
    Phase.CLOSED: Term.MARKET_CLOSED,
    Phase.AUCTION: Term.AUCTION,
    Phase.CONTINUOUS: Term.CONTINUOUS_TRADING,
    Phase.BREAK: Term.SESSION_BREAK,
}


class SessionAt(msgspec.Struct, frozen=True, kw_only=True):
    """Describe one interval of a session template; the same interval is always the same object.

    `begins_at` and `ends_at` are UTC ns, the end excluded. `orders` and `cancels` say what the exchange takes by
    its published times; they are advice for the screen and for opening orders and never a reason to hold back a
    cancel.
    """

    trading_day: int
    phase: Phase
    begins_at: int
    ends_at: int
    orders: bool
    cancels: bool

    def remaining(self, at: int) -> int:
        """Return the nanoseconds from `at` to the next change."""
        return self.ends_at - at


class AfterNight(StrEnum):
    """Say what the morning auction window does on a day that had a night session."""

    NONE = "none"
    AUCTION = "auction"
    CANCEL = "cancel"


class Auction(msgspec.Struct, frozen=True, kw_only=True):
    """Hold an auction in minutes after midnight: orders and cancels, then matching, then the opening."""

    orders: int
    matching: int
    opens: int


class SessionRule(msgspec.Struct, frozen=True, kw_only=True):
    """Hold a template's times from a trading day on, in minutes after the midnight that begins P or T."""

    session: SessionId
    exchange: ExchangeId
    since: int
    night: tuple[int, int] | None
    night_auction: Auction | None
    day: tuple[tuple[int, int], ...]
    day_auction: Auction
    day_auction_after_night: AfterNight


class Differs(StrEnum):
    """Name what differed: no night at all, a late opening of the night or the day, an early end of the day."""

    NO_NIGHT = "no_night"
    NIGHT_FROM = "night_from"
    DAY_FROM = "day_from"
    DAY_UNTIL = "day_until"


class SessionException(msgspec.Struct, frozen=True, kw_only=True):
    """Hold what differed on the trading days `first` to `last`, and the time in minutes after midnight it names."""

    exchange: ExchangeId
    first: int
    last: int
    what: Differs
    time: int = 0


class SessionTable:
    """Know every template's rules and exceptions, and lay out one trading day of a template."""

    def __init__(self, rules: tuple[SessionRule, ...], exceptions: tuple[SessionException, ...]) -> None:
        self._rules: dict[SessionId, list[SessionRule]] = {}
        for rule in rules:
            self._rules.setdefault(rule.session, []).append(rule)
        self._exceptions = exceptions

    @property
    def sessions(self) -> Mapping[SessionId, int]:
        """Return every template's id with the trading day of its first rule."""
        return {session: rules[0].since for session, rules in self._rules.items()}

    def rule(self, session: SessionId, trading_day: int) -> SessionRule:
        """Return the rule in force on a trading day; unknown template or too early a day: `UserError`."""
        template, _, first = session.partition(_SINCE)
        rules = self._rules.get(SessionId(template))
        if rules is None:
            raise UserError(f"没有名为 {session} 的交易时段，请在数据目录的 reference/sessions.csv 中补充。")
        place = bisect_right(rules, trading_day, key=lambda rule: rule.since) - 1
        if place < 0:
            raise UserError(
                f"交易时段 {template} 自 {rules[0].since} 起才有资料，{trading_day} 之前的时段未知，"
                "请在数据目录的 reference/sessions.csv 中补充。"
            )
        if first and trading_day <= int(first):
            return msgspec.structs.replace(rules[place], night=None, night_auction=None)
        return rules[place]

    def night(self, rule: SessionRule, trading_day: int, *, plain_weekend: bool) -> tuple[int, int] | None:
        """Return the night session of a trading day in minutes after P's midnight, if there is one."""
        if rule.night is None or not plain_weekend:
            return None
        night = rule.night
        for exception in self._differing(rule, trading_day):
            if exception.what is Differs.NO_NIGHT:
                return None
            if exception.what is Differs.NIGHT_FROM:
                night = (exception.time, night[1])
        return night

    def day(self, rule: SessionRule, trading_day: int) -> tuple[tuple[int, int], ...]:
        """Return the spans of a trading day's day session in minutes after T's midnight; half a day has fewer."""
        spans = rule.day
        for exception in self._differing(rule, trading_day):
            if exception.what is Differs.DAY_FROM:
                spans = tuple((max(begin, exception.time), end) for begin, end in spans if end > exception.time)
            elif exception.what is Differs.DAY_UNTIL:
                spans = tuple((begin, min(end, exception.time)) for begin, end in spans if begin < exception.time)
        return spans

    def _differing(self, rule: SessionRule, trading_day: int) -> Iterator[SessionException]:
        for exception in self._exceptions:
            if exception.first <= trading_day <= exception.last and exception.exchange in (_EVERYWHERE, rule.exchange):
                yield exception

    def lay_out(
        self,
        session: SessionId,
        trading_day: int,
        *,
        evening: int,
        midnight: int,
        turn: tuple[int, int],
        plain_weekend: bool,
    ) -> tuple[SessionAt, ...]:
        """Return the intervals of a trading day, gapless over `turn`.

        `evening` and `midnight` are the instants at which the natural days P and T begin, `turn` the instants
        at which the trading day begins and ends; all UTC ns.
        """
        rule = self.rule(session, trading_day)
        night = self.night(rule, trading_day, plain_weekend=plain_weekend)
        marks = [(turn[0], Phase.CLOSED, False, False)]
        if night is not None and rule.night is not None and rule.night_auction is not None:
            late = night[0] - rule.night[0]
            marks += _auction(rule.night_auction, evening + late * _MINUTE_NS)
            marks += _spans((night,), evening)
        day = self.day(rule, trading_day)
        gathered = midnight + (day[0][0] - rule.day[0][0]) * _MINUTE_NS if day else None  # a late day, a late auction
        if gathered is None:
            pass
        elif night is None or rule.day_auction_after_night is AfterNight.AUCTION:
            marks += _auction(rule.day_auction, gathered)
        elif rule.day_auction_after_night is AfterNight.CANCEL:
            marks += _auction(rule.day_auction, gathered, orders=False)
        marks += _spans(day, midnight)
        ends = [mark[0] for mark in marks[1:]] + [turn[1]]
        return tuple(
            SessionAt(
                trading_day=trading_day,
                phase=phase,
                begins_at=begin,
                ends_at=end,
                orders=orders,
                cancels=cancels,
            )
            for (begin, phase, orders, cancels), end in zip(marks, ends, strict=True)
            if begin < end
        )


def _auction(auction: Auction, midnight: int, *, orders: bool = True) -> list[tuple[int, Phase, bool, bool]]:
    return [
        (midnight + auction.orders * _MINUTE_NS, Phase.AUCTION, orders, True),
        (midnight + auction.matching * _MINUTE_NS, Phase.AUCTION, False, False),
    ]


def _spans(spans: tuple[tuple[int, int], ...], midnight: int) -> list[tuple[int, Phase, bool, bool]]:
    marks = []
    for place, (begin, end) in enumerate(spans, start=1):
        marks.append((midnight + begin * _MINUTE_NS, Phase.CONTINUOUS, True, True))
        after = Phase.CLOSED if place == len(spans) else Phase.BREAK
        marks.append((midnight + end * _MINUTE_NS, after, False, False))
    return marks


def parse_sessions(table: TableText) -> tuple[SessionRule, ...]:
    """Read session templates; rows of a template must stand in the order of their dates.

    From the date of a template's first own row on only its own rows count.
    """
    rules: dict[str, list[SessionRule]] = {}
    own: set[str] = set()
    for row in rows_of(table, _SESSION_COLUMNS):
        rule = _rule(row)
        earlier = rules.setdefault(rule.session, [])
        if row.own and rule.session not in own:
            own.add(rule.session)
            earlier[:] = [one for one in earlier if one.since < rule.since]
        if earlier and rule.since <= earlier[-1].since:
            raise row.wrong("from", "同一时段的各行应按日期先后排列")
        earlier.append(rule)
    return tuple(rule for found in rules.values() for rule in found)


def _rule(row: Row) -> SessionRule:
    name, exchange = row.text("session"), row.text("exchange")
    if not _NAME.fullmatch(name) or name.partition(".")[0] != exchange:
        raise row.wrong("session", f"应以它的交易所开头，再用字母、数字和短横取名，如 {exchange}.2300")
    night = _span(row, "night", row.text("night")) if row.optional("night") else None
    if (night is None) != (row.optional("night_auction") is None):
        raise row.wrong("night_auction", "有夜盘就要有夜盘集合竞价，反之亦然")
    day, day_auction = _day_spans(row), _auction_times(row, "day_auction")
    night_auction = _auction_times(row, "night_auction") if night else None
    for column, begin, auction in (
        ("night_auction", night and night[0], night_auction),
        ("day_auction", day[0][0], day_auction),
    ):
        if auction is not None and auction.opens != begin:
            raise row.wrong(column, "集合竞价的开盘应是时段开始的时刻")
    if night is not None and night_auction is not None:
        if night_auction.orders < _DAY_TURNS:
            raise row.wrong("night_auction", "夜盘及其集合竞价应在 17:00 之后开始")
        if night[1] > _NEXT_DAY + day_auction.orders:
            raise row.wrong("night", "夜盘应在次日集合竞价之前结束")
    row.text("source")
    return SessionRule(
        session=SessionId(name),
        exchange=ExchangeId(exchange),
        since=row.day("from"),
        night=night,
        night_auction=night_auction,
        day=day,
        day_auction=day_auction,
        day_auction_after_night=_after_night(row),
    )


def parse_exceptions(text: str, *, file: str) -> tuple[SessionException, ...]:
    """Read what happened once: `no_night`, or another difference with its time."""
    found = []
    for row in read_table(text, file=file, columns=_EXCEPTION_COLUMNS):
        try:
            what = Differs(row.text("what"))
        except ValueError:
            raise row.wrong("what", "应为 no_night、night_from、day_from 或 day_until") from None
        first, last = row.day("from"), row.day("to")
        if last < first:
            raise row.wrong("to", "不能早于 from")
        row.text("source")
        found.append(
            SessionException(
                exchange=ExchangeId(row.text("exchange")),
                first=first,
                last=last,
                what=what,
                time=0 if what is Differs.NO_NIGHT else _minutes(row, "time", row.text("time")),
            )
        )
    return tuple(found)


def _minutes(row: Row, column: str, cell: str) -> int:
    if len(cell) != 4 or not cell.isascii() or not cell.isdigit() or int(cell[:2]) > 23 or int(cell[2:]) > 59:
        raise row.wrong(column, "时刻应写成四位数字，如 0900")
    return int(cell[:2]) * 60 + int(cell[2:])


def _span(row: Row, column: str, cell: str) -> tuple[int, int]:
    begin, dash, end = cell.partition("-")
    if not dash:
        raise row.wrong(column, "时段应写成 2100-2300")
    first, last = _minutes(row, column, begin), _minutes(row, column, end)
    # A night that ends at 02:30 ends on the next natural day.
    return (first, last) if last > first else (first, last + _NEXT_DAY)


def _day_spans(row: Row) -> tuple[tuple[int, int], ...]:
    spans = tuple(_span(row, "day", cell) for cell in row.text("day").split())
    flat = [minute for span in spans for minute in span]
    if flat != sorted(flat) or flat[-1] > _DAY_TURNS:
        raise row.wrong("day", "日盘各节应先后相接且在 17:00 之前结束")
    return spans


def _auction_times(row: Row, column: str) -> Auction:
    cells = row.text(column).split("-")
    if len(cells) != 3:
        raise row.wrong(column, "集合竞价应写成 0855-0859-0900（申报、撮合、开盘）")
    orders, matching, opens = (_minutes(row, column, cell) for cell in cells)
    if not orders < matching < opens:
        raise row.wrong(column, "申报、撮合、开盘应依次在后")
    return Auction(orders=orders, matching=matching, opens=opens)


def _after_night(row: Row) -> AfterNight:
    try:
        return AfterNight(row.text("day_auction_after_night"))
    except ValueError:
        raise row.wrong("day_auction_after_night", "应为 none、auction 或 cancel") from None
