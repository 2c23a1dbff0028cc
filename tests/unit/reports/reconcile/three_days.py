"""Hold three days of our books and the broker's statement of the last, and compare them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from typing import Any, Final

from terminal.domain.ids import AccountId
from terminal.domain.orders.order import HedgeFlag, Offset
from terminal.engine.records.memory import MemoryJournal
from terminal.reports.reconcile.own_day import OwnDay, read_own_day
from terminal.reports.reconcile.reconcile import reconcile
from terminal.reports.reconcile.result import Difference, Reconciliation
from terminal.reports.statement.read import read_statement
from tests.broker import Day
from tests.printed_statement import Style, print_statement
from tests.told_days import CLIENT, DAYS, TENANT, three_days

D = Decimal
JOURNAL: Final = MemoryJournal(TENANT)
STORY, THREE = three_days(JOURNAL)
LAST: Final = THREE[2]
PRINTED: Final = print_statement(LAST)
BY_TRADE: Final = Style(by_day=False)


def own(journal: MemoryJournal, day: int, *, client: str = CLIENT, account: str = "") -> OwnDay:
    return read_own_day(
        journal.replay(), client=client, account=AccountId(account) if account else None, trading_day=day
    )  # fmt: skip


LAST_OWN: Final = own(JOURNAL, LAST.day)


def compare(day: Day, style: Style | None = None, *, journal: MemoryJournal = JOURNAL) -> Reconciliation:
    return reconcile(own(journal, day.day), read_statement(print_statement(day, style=style)))


def roots(found: Reconciliation) -> list[Difference]:
    return [one for row in found.rows for one in row.differences if not one.follows]


def says(found: Reconciliation) -> list[tuple[str, Decimal | None]]:
    return [(one.field, one.yuan) for one in roots(found)]


def deal(place: int, **changes: Any) -> Callable[[Day], Day]:
    def change(day: Day) -> Day:
        deals = [replace(one, **changes) if place == at else one for at, one in enumerate(day.deals)]
        return replace(day, deals=tuple(deals))

    return change


def lot(place: int, **changes: Any) -> Callable[[Day], Day]:
    def change(day: Day) -> Day:
        return replace(
            day, held=tuple(replace(one, **changes) if place == at else one for at, one in enumerate(day.held))
        )

    return change


def funds(**changes: str) -> Callable[[Day], Day]:
    figures = {name: D(amount) for name, amount in changes.items()}
    return lambda day: replace(day, by_day=day.by_day | figures, by_trade=day.by_trade | figures)


def moved(day: Day, name: str, by: str, *, sign: int = 1) -> Day:
    """Move a figure of the money and what follows from it."""
    delta, figures = D(by), {name: 1, "期末结存": sign, "客户权益": sign, "可用资金": sign}
    by_day = day.by_day | {one: day.by_day[one] + delta * way for one, way in figures.items()}
    by_trade = day.by_trade | {one: day.by_trade[one] + delta * way for one, way in figures.items()}
    return replace(day, by_day=by_day, by_trade=by_trade)


def closed_dearer(day: Day) -> Day:
    # Five lots at 0.20 more: ten yuan, in the trade and in the closed lots.
    first = replace(day.closed[0], price=D("3205.2"))
    return deal(0, by_day=D(-1550))(replace(day, closed=(first, *day.closed[1:])))


SINGLE: Final[list[tuple[Callable[[Day], Day], str, str | None]]] = [
    (funds(保证金占用="23005.00"), "保证金占用", "1.00"),
    (funds(可用资金="1027071.92"), "可用资金", "-0.01"),
    (funds(风险度="2.20"), "风险度", None),
    (deal(0, price=D(3206)), "成交价", "120"),
    (deal(0, price=D(3204)), "成交价", "-120"),
    (deal(0, lots=11), "手数", "-32050"),
    (deal(0, offset=Offset.CLOSE_TODAY), "开平", None),
    (deal(0, flag=HedgeFlag.SPECULATION), "投保", None),
    (lambda day: moved(deal(0, fee=D("38.56"))(day), "手续费", "0.10", sign=-1), "手续费", "0.10"),
    (lambda day: moved(replace(day, cash=(D(50_001),)), "出入金", "1"), "出入金", "1.00"),
    (lambda day: moved(day, "期初结存", "0.01"), "期初结存", "0.01"),
    (lambda day: moved(closed_dearer(day), "平仓盈亏", "10"), "平仓盈亏", "10.00"),
    (lot(0, open_day=DAYS[2]), "今昨仓", None),
]
