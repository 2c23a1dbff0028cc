"""Our books and a broker's statement of the same days: what agrees, and whose books are compared."""

from __future__ import annotations

from typing import Any, Final

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from terminal.domain.errors import UserError
from terminal.domain.fact import facts as f
from terminal.domain.ids import AccountId
from terminal.domain.orders.order import Side
from terminal.engine.records.journal import Entry, UnknownRecord
from terminal.engine.records.memory import MemoryJournal
from terminal.reports.reconcile.own_day import read_own_day
from terminal.reports.reconcile.reconcile import reconcile, trading_day_of
from terminal.reports.reconcile.result import Outcome, Subject
from terminal.reports.reconcile.shown import shown
from terminal.reports.statement.read import read_statement
from tests.books import BUY, CLOSE, FAR_REBAR, MEAL, OPEN, REBAR, SELL, SPECULATION, TODAY, by_lot, instrument
from tests.broker import Day
from tests.printed_statement import Style, print_statement
from tests.told_days import ACCOUNT, AFTER, CLIENT, DAYS, HEDGE, TENANT, Story
from tests.unit.reports.reconcile.three_days import (
    JOURNAL,
    LAST,
    LAST_OWN,
    PRINTED,
    SINGLE,
    THREE,
    D,
    compare,
    own,
    roots,
)


@pytest.mark.parametrize("old", [True, False])
@pytest.mark.parametrize("by_day", [True, False])
@pytest.mark.parametrize("day", THREE, ids=[str(day.day) for day in THREE])
def test_the_three_days_agree_in_both_layouts_of_any_year(day: Day, by_day: bool, old: bool) -> None:
    found = compare(day, Style(by_day=by_day, old=old))
    assert found.agrees
    assert found.sentence == "全部相符，客户权益差 +0.00 元。"
    assert {row.outcome for row in found.rows} == {Outcome.MATCHED}
    kinds = [row.subject for row in found.rows]
    assert kinds.count(Subject.TRADE) == len(day.deals)
    assert kinds.count(Subject.POSITION) == (2 if day is LAST else 1)
    assert kinds.count(Subject.FUNDS) == 10
    assert (found.differences, found.following, found.equity_yuan) == (0, 0, 0)


def test_our_books_of_a_past_day_are_the_worked_example_to_the_cent() -> None:
    # DOMAIN 5.1, the table "after settlement of day"
    wanted = {
        DAYS[0]: ("1000", "2750", "1000", "2750", "128.70", "1003621.30", "1000871.30", "72562.50"),
        DAYS[1]: ("1590", "-1900", "3090", "-650", "77.71", "1003233.59", "1003883.59", "57924.00"),
        DAYS[2]: ("-1560", "-1540", "-1300", "-2450", "57.66", "1050075.93", "1052525.93", "23004.00"),
    }
    for day, figures in wanted.items():
        funds = own(JOURNAL, day).funds
        assert (
            funds.profit_by_day, funds.position_profit, funds.profit_by_trade, funds.floating_profit,
            funds.commission, funds.equity, funds.balance_after, funds.margin,
        ) == tuple(map(D, figures))  # fmt: skip
    assert own(JOURNAL, DAYS[2]).funds.moved == 50_000
    assert [(one.side, one.today, one.yesterday) for one in own(JOURNAL, DAYS[2]).positions] == [
        (Side.BUY, 0, 8), (Side.SELL, 6, 0),
    ]  # fmt: skip


# --- whose books -----------------------------------------------------------------------------------------------------


def test_a_statement_of_another_client_never_agrees() -> None:
    statement = read_statement(print_statement(LAST, client="70007"))
    found = reconcile(own(JOURNAL, LAST.day, client="70007"), statement)
    assert [(row.subject, row.outcome) for row in found.rows if row.differences] == [(Subject.HEAD, Outcome.DIFFERS)]
    assert "客户号是 70007，账户 HEDGE 登记的是 90010001" in roots(found)[0].sentence


def test_a_day_that_is_not_settled_and_an_account_that_is_not_there_are_refused() -> None:
    with pytest.raises(UserError, match="20250704 在日志里没有结算"):
        own(JOURNAL, AFTER)
    with pytest.raises(UserError, match="没有账户 NONE"):
        own(JOURNAL, DAYS[0], account="NONE")
    month = read_statement(print_statement(LAST, style=Style(period="20250701-20250731")))
    with pytest.raises(UserError, match="请导出每日的结算单"):
        trading_day_of(month)
    with pytest.raises(UserError, match="不能对账"):
        reconcile(own(JOURNAL, DAYS[0]), read_statement(print_statement(LAST)))


def test_the_account_is_the_one_whose_investor_is_the_client() -> None:
    journal = MemoryJournal(TENANT)
    first = Story(journal, REBAR)
    first.settle({}, DAYS[1])
    entries = list(journal.replay())
    assert read_own_day(entries, client="else", account=None, trading_day=DAYS[0]).account == ACCOUNT
    second = f.AccountOpened(account=AccountId("SPEC"), name="", cash=D(7), trading_day=DAYS[0], investor="90010002")
    first.say(second)
    first.say(f.DaySettled(account=AccountId("SPEC"), trading_day=DAYS[0], next_day=DAYS[1], prices={}))
    assert own(journal, DAYS[0], client="90010002").account == "SPEC"
    assert own(journal, DAYS[0], client=CLIENT).account == ACCOUNT
    assert own(journal, DAYS[0], client=CLIENT, account="SPEC").funds.equity == 7
    with pytest.raises(UserError, match="请用 --account 指明"):
        own(journal, DAYS[0], client="else")


def test_the_text_for_people_has_every_row_and_every_sentence() -> None:
    found = compare(SINGLE[8][0](LAST))
    text = "\n".join(shown(found))
    for row in found.rows:
        assert row.what in text
        for difference in row.differences:
            assert difference.sentence in text
    assert "账户 HEDGE　客户号 90010001　海河期货有限公司　交易日 20250703　逐日盯市" in text
    assert text.endswith("相符 9 项，差异 1 处，随之的差异 4 处。有 1 处差异，客户权益差 -0.10 元。")


def test_a_journal_of_another_version_or_with_a_gap_is_refused_with_a_sentence() -> None:
    entries = list(JOURNAL.replay())

    def unknown(entry: Entry) -> Entry:
        record = entry.record
        fields = {name: getattr(record, name) for name in UnknownRecord.__struct_fields__ if name != "body"}
        return msgspec.structs.replace(entry, record=UnknownRecord(**{**fields, "body": msgspec.Raw(b"{}")}))

    def judge(changed: list[Entry], sentence: str) -> None:
        with pytest.raises(UserError, match=sentence):
            read_own_day(changed, client=CLIENT, account=None, trading_day=DAYS[0])

    kinds = [entry.record.kind for entry in entries]
    limits, started, opened = (kinds.index(kind) for kind in ("limits_set", "runner_started", "account_opened"))
    moved = kinds.index("cash_moved")
    judge([*entries[:moved], unknown(entries[moved]), *entries[moved + 1 :]], "流 account:HEDGE 里有别的版本写下的")
    judge([unknown(entries[started]), *entries[1:]], "流 tenant:T 里有别的版本写下的")
    judge([*entries[:opened], *entries[opened + 1 :]], "接不上前面的事实")
    judge([*entries[:limits], *entries[limits + 1 :]], "接不上前面的事实")
    judge([], "没有账户")


@settings(max_examples=80)
@given(place=st.floats(0, 1), junk=st.text("0123456789.|买卖开平今昨", max_size=6), gone=st.integers(0, 8))
def test_whatever_is_written_into_a_statement_it_is_refused_or_compared(place: float, junk: str, gone: int) -> None:
    text = PRINTED.decode("gbk")
    start = int(len(text) * place)
    changed = (text[:start] + junk + text[start + gone :]).encode("gbk")
    try:
        statement = read_statement(changed)
        found = reconcile(LAST_OWN, statement)
    except UserError:
        return
    assert shown(found)
    assert found.agrees is (not any(row.differences for row in found.rows) and not found.not_compared)
    assert statement.whole or found.not_compared


PRODUCTS: Final = (
    REBAR,
    FAR_REBAR,
    MEAL,
    instrument("CZCE.AP510", margin="0.1", fees=by_lot("5", "5", "20")),
    instrument("INE.sc2510", margin="0.125", m=1000, fees=by_lot("20", "20", "0")),
)

ACT = st.tuples(
    st.sampled_from(PRODUCTS),
    st.sampled_from([BUY, SELL]),
    st.sampled_from([OPEN, OPEN, CLOSE, TODAY]),
    st.integers(1, 6),
    st.integers(-30, 30),
    st.sampled_from([HEDGE, SPECULATION]),
)


# --- any days --------------------------------------------------------------------------------------------------------


@settings(max_examples=25)
@given(days=st.lists(st.lists(ACT, max_size=12), min_size=3, max_size=3), by_day=st.booleans())
def test_whatever_is_traded_the_brokers_own_books_and_ours_agree(days: list[list[Any]], by_day: bool) -> None:
    journal = MemoryJournal(TENANT)
    story = Story(journal, *PRODUCTS, cash=50_000_000)
    for acts, following in zip(days, (*DAYS[1:], AFTER), strict=True):
        for of, side, offset, lots, ticks, flag in acts:
            held = story.own.book.position(of.id, flag)
            today, old = (
                (held.long_today, held.long_yesterday) if side is SELL else (held.short_today, held.short_yesterday)
            )
            if offset is not OPEN:
                room = (today if offset is TODAY else old) if of.explicit_close_today else today + old
                if not room:
                    continue
                taken = min(lots, room)  # as many as there are
            else:
                taken = lots
            story.trade(of, side, offset, taken, 3200 + ticks, flag=flag)
        day = story.settle({of: 3200 + len(acts) for of in PRODUCTS}, following)
        found = compare(day, Style(by_day=by_day), journal=journal)
        assert found.agrees, shown(found)
        assert found.matched == len(found.rows)
