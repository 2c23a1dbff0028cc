from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from decimal import Decimal
from pathlib import Path

import pytest

from terminal.domain.errors import InvariantError
from terminal.domain.fact.facts import OrderCancelled, OrderRefused
from terminal.domain.ids import OrderId
from terminal.domain.orders.order import Offset, OrderState, Side
from terminal.domain.words.risk import Finding, Verdict
from terminal.engine.records.journal import Journal
from terminal.engine.records.memory import MemoryJournal
from terminal.store.projections import BATCH, PROJECTIONS_FILE, Projections
from tests.contract import journal_facts as make


@pytest.fixture
def journal() -> Journal:
    return MemoryJournal(make.TENANT)


@pytest.fixture
def projections(tmp_path: Path, journal: Journal) -> Iterator[Projections]:
    with closing(Projections(tmp_path, journal)) as projections:
        yield projections


def state(projections: Projections, number: int) -> tuple[OrderState, int] | None:
    row = projections._connection.exec_driver_sql(
        "SELECT state, filled FROM orders WHERE order_id = ?", (f"A1-{number:08d}",)
    ).one_or_none()
    return None if row is None else (OrderState(row.state), row.filled)


def test_a_trade_has_the_columns_of_the_trades_file(projections: Projections, journal: Journal) -> None:
    make.a_small_day(journal)
    projections.catch_up()
    trades = list(projections.trades())
    assert [trade.trade_id for trade in trades] == ["11", "12", "13"]
    assert trades[0].__struct_fields__ == (
        *("account", "instrument", "side", "offset", "lots", "price", "fee", "trading_day"),
        *("at_ns", "order_id", "trade_id"),
    )
    assert (trades[0].side, trades[0].offset, trades[0].lots) == (Side.BUY, Offset.OPEN, 1)
    assert (trades[0].price, trades[0].fee) == (Decimal(812), Decimal("1.62"))


def test_orders_live_by_the_table_of_the_domain(projections: Projections, journal: Journal) -> None:
    for number in range(1, 5):
        make.say(journal, make.recorded(number))
    make.say(journal, make.sent(2), make.accepted(3), make.filled(3, 1), make.filled(4, 2, lots=2))
    make.say(journal, OrderCancelled(account=make.ACCOUNT, order=OrderId("A1-00000003"), unfilled=1, why="撤"))
    projections.catch_up()
    assert state(projections, 1) == (OrderState.RECORDED, 0)
    assert state(projections, 2) == (OrderState.SENT, 0)
    assert state(projections, 3) == (OrderState.CANCELLED, 1)
    assert state(projections, 4) == (OrderState.FILLED, 2)
    assert state(projections, 5) is None


def test_an_order_goes_on_living_in_a_later_step(projections: Projections, journal: Journal) -> None:
    make.say(journal, make.recorded(1), make.recorded(2))
    projections.catch_up()
    make.say(journal, make.sent(1), make.filled(1, 1))
    projections.catch_up()
    assert state(projections, 1) == (OrderState.PARTIAL, 1)
    make.say(journal, make.filled(1, 2), make.accepted(2))
    projections.catch_up()
    assert state(projections, 1) == (OrderState.FILLED, 2)
    assert state(projections, 2) == (OrderState.LIVE, 0)


def test_verdicts_are_counted_by_account_and_code(projections: Projections, journal: Journal) -> None:
    denied = Finding(control="C4", code="POSITION_LIMIT", verdict=Verdict.DENY, value="11", limit="10", sentence="")
    refused = OrderRefused(terms=make.terms(), cause=make.by_hand(), findings=(denied,))
    make.say(journal, refused, make.recorded(1))
    projections.catch_up()
    make.say(journal, refused)
    projections.catch_up()
    assert projections.verdicts() == {("A1", "DENY", "POSITION_LIMIT"): 2, ("A1", "ALLOW", ""): 1}


def test_folding_in_many_steps_gives_what_folding_at_once_gives(tmp_path: Path, journal: Journal) -> None:
    (tmp_path / "steps").mkdir()
    with closing(Projections(tmp_path / "steps", journal)) as steps:
        for number in range(1, BATCH // 3, 7):
            make.many_orders(journal, range(number, number + 7))
            steps.catch_up()
        (tmp_path / "once").mkdir()
        with closing(Projections(tmp_path / "once", journal)) as once:
            once.catch_up()
            assert list(once.trades()) == list(steps.trades())
            assert once.verdicts() == steps.verdicts()
            assert once.position() == steps.position() > BATCH


def test_they_go_on_where_they_stopped(tmp_path: Path, journal: Journal) -> None:
    make.many_orders(journal, range(1, 5))
    with closing(Projections(tmp_path, journal)) as projections:
        projections.catch_up()
        assert projections.position() == 16
    make.many_orders(journal, range(5, 7))
    with closing(Projections(tmp_path, journal)) as projections:
        assert projections.position() == 16
        projections.catch_up()
        assert len(list(projections.trades())) == 6


@pytest.mark.parametrize("left", [b"", b"no database" * 1_000, None])
def test_a_damaged_or_deleted_file_is_made_anew(tmp_path: Path, journal: Journal, left: bytes | None) -> None:
    make.many_orders(journal, range(1, 5))
    with closing(Projections(tmp_path, journal)) as projections:
        projections.catch_up()
    if left is None:
        (tmp_path / PROJECTIONS_FILE).unlink()
    else:
        (tmp_path / PROJECTIONS_FILE).write_bytes(left)
    with closing(Projections(tmp_path, journal)) as projections:
        assert projections.position() == 0
        projections.catch_up()
        assert len(list(projections.trades())) == 4


def test_tables_of_another_journal_are_made_anew(tmp_path: Path, journal: Journal) -> None:
    make.many_orders(journal, range(1, 5))
    with closing(Projections(tmp_path, journal)) as projections:
        projections.catch_up()
    other = MemoryJournal(make.TENANT)
    make.many_orders(other, range(11, 20))
    with closing(Projections(tmp_path, other)) as projections:
        projections.catch_up()
        assert len(list(projections.trades())) == 9


def test_a_shorter_journal_than_the_tables_is_noticed(tmp_path: Path, journal: Journal) -> None:
    make.many_orders(journal, range(1, 5))
    with closing(Projections(tmp_path, journal)) as projections:
        projections.catch_up()
    with closing(Projections(tmp_path, MemoryJournal(make.TENANT))) as projections:
        assert projections.position() == 0


def test_a_fact_about_an_order_nobody_recorded_is_a_broken_invariant(
    projections: Projections, journal: Journal
) -> None:
    make.say(journal, make.recorded(1), make.accepted(7))
    with pytest.raises(InvariantError):
        projections.catch_up()
    assert projections.position() == 0
