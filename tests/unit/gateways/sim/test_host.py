"""Lock-step, durability and logins of the sim exchange."""

from __future__ import annotations

import random
import sqlite3
from pathlib import Path

import pytest

from terminal.domain.days.calendar import SECOND_NS
from terminal.domain.errors import UserError
from terminal.domain.ids import WireKey
from terminal.domain.market import Batch
from terminal.domain.orders.order import Side
from terminal.domain.reports import Accepted, LinkUp, QueryAnswer, Rejected, Removed, Report, Traded
from terminal.gateways.sim.host import CURSOR_EVERY, Host
from terminal.gateways.sim.matching.queue_model import QueueModel
from terminal.gateways.sim.store.file import ExchangeStore
from terminal.gateways.sim.wire.local import LocalGateway
from tests.unit.gateways.sim.drive import Told, drive, orders_at, reports, run
from tests.unit.gateways.sim.made import (
    DAY,
    ME,
    MORNING,
    NEXT_NIGHT,
    NIGHT,
    RB,
    MadeMarket,
    batch,
    host,
    order,
    random_market,
    send,
)


def quiet_market(count: int) -> MadeMarket:
    return MadeMarket([batch(i, MORNING + i, {RB: (3699, 5, 3700, 5)}) for i in range(count)])


def take(made: Host, count: int) -> list[Batch | Report | None]:
    return [made.next() for _ in range(count)]


def kinds(items: list[Batch | Report | None]) -> list[type]:
    return [type(item) for item in items]


def dump(path: Path) -> dict[str, list[tuple[object, ...]]]:
    with sqlite3.connect(path) as database:
        tables = ("orders", "trades", "positions", "levels", "places", "reports", "meta")
        return {
            name: [row for row in database.execute(f"SELECT * FROM {name} ORDER BY 1") if row[0] != "session"]
            for name in tables
        }


def test_a_login_hears_link_up_first_and_each_session_has_a_new_name() -> None:
    made = host(quiet_market(2))
    made.log_in(0)
    first = made.next()
    made.log_in(0)
    second = made.next()
    assert isinstance(first, LinkUp)
    assert isinstance(second, LinkUp)
    assert first.session != second.session
    assert first.trading_day == DAY


def test_everything_an_order_causes_is_told_before_the_next_batch() -> None:
    made = host(quiet_market(3))
    made.log_in(0)
    assert kinds(take(made, 2)) == [LinkUp, Batch]
    made.place(order("a", Side.BUY, 2, 3700))
    made.query(ME, 7)
    assert kinds(take(made, 4)) == [Accepted, Traded, QueryAnswer, Batch]
    assert kinds(take(made, 3)) == [Batch, type(None), type(None)]


def test_after_the_markets_end_orders_are_still_answered() -> None:
    made = host(quiet_market(1))
    made.log_in(0)
    assert kinds(take(made, 3)) == [LinkUp, Batch, type(None)]
    made.place(order("a", Side.BUY, 2, 3700))
    assert kinds(take(made, 3)) == [Accepted, Traded, type(None)]


def test_day_orders_expire_before_the_batch_that_shows_it() -> None:
    made = host(MadeMarket([batch(0, MORNING, {RB: (3699, 5, 3700, 5)}), batch(1, NEXT_NIGHT, {RB: (1, 1, 2, 1)})]))
    made.log_in(0)
    take(made, 2)
    made.place(order("a", Side.BUY, 2, 3690))
    assert kinds(take(made, 4)) == [Accepted, Removed, Batch, type(None)]


def test_nothing_is_told_before_it_is_in_the_file(tmp_path: Path) -> None:
    path = tmp_path / "exchange.db"
    made = host(quiet_market(3), ExchangeStore(path))
    made.log_in(0)
    take(made, 2)
    made.place(order("a", Side.BUY, 2, 3700))
    assert dump(path)["orders"] == []
    take(made, 1)
    assert [row[0] for row in dump(path)["orders"]] == ["a"]
    assert len(dump(path)["trades"]) == 1


def test_an_order_that_was_never_told_of_is_gone_after_a_kill(tmp_path: Path) -> None:
    path = tmp_path / "exchange.db"
    made = host(quiet_market(3), ExchangeStore(path))
    made.log_in(0)
    take(made, 2)
    made.place(order("a", Side.BUY, 2, 3700))
    made.close()  # killed
    again = host(quiet_market(3), ExchangeStore(path))
    again.log_in(1)
    again.query(ME, 1)
    _, answer = take(again, 2)
    assert isinstance(answer, QueryAnswer)
    assert (answer.orders, answer.positions) == ((), ())
    again.place(order("a", Side.BUY, 2, 3700))
    assert kinds(take(again, 2)) == [Accepted, Traded], "its key was never used"


def test_passing_batches_alone_saves_the_cursor_only_now_and_then(tmp_path: Path) -> None:
    path = tmp_path / "exchange.db"
    made = host(quiet_market(CURSOR_EVERY + 50), ExchangeStore(path))
    made.log_in(0)
    take(made, 10)
    assert [row[0] for row in dump(path)["meta"]] == ["format", "market", "universe"]
    take(made, CURSOR_EVERY)
    made.close()
    again = host(quiet_market(CURSOR_EVERY + 50), ExchangeStore(path))
    again.log_in(CURSOR_EVERY)
    assert again.history_until == CURSOR_EVERY


def test_a_client_that_is_further_than_a_killed_exchange_lets_it_catch_up(tmp_path: Path) -> None:
    path = tmp_path / "exchange.db"
    shown = [(3699, 5, 3701, 5), (3699, 5, 3701, 5), (3690, 5, 3700, 1), (3690, 5, 3700, 1), (3690, 5, 3700, 3)]
    market = MadeMarket([batch(i, MORNING + i, {RB: row}) for i, row in enumerate(shown)])
    made = host(market, ExchangeStore(path))
    made.log_in(0)
    take(made, 2)
    made.place(order("a", Side.BUY, 2, 3700))
    items = take(made, 3)  # batch 2 fills one lot; the fill is not told yet
    assert kinds(items) == [Accepted, Batch, Batch]
    made.close()  # killed
    again = host(market, ExchangeStore(path))
    again.log_in(3)
    assert kinds(take(again, 4)) == [LinkUp, Accepted, Traded, Batch]
    (item,) = take(again, 1)
    assert isinstance(item, Batch)
    assert item.index == 4


def test_a_login_hears_the_past_as_it_happened(tmp_path: Path) -> None:
    market = random_market(5, 400)
    first = host(market, ExchangeStore(tmp_path / "exchange.db"))
    told = run(drive(LocalGateway(first), until=300))
    again = run(drive(LocalGateway(first), from_batch=0, until=-1))
    past: list[Told] = [item for item in told[1:] if not isinstance(item, QueryAnswer)]
    assert again[1 : len(past) + 1] == past


def test_a_login_hears_the_reports_that_may_have_been_lost_and_those_of_the_trading_day() -> None:
    shown = [(i, MORNING) for i in range(3)] + [(i, NEXT_NIGHT) for i in range(3, 6)]
    market = MadeMarket([batch(i, at + i, {RB: (3699, 5, 3700, 5)}) for i, at in shown])
    made = host(market)
    made.log_in(0)
    take(made, 2)
    made.place(order("monday-less", Side.BUY, 1, 3690))
    made.place(order("friday", Side.BUY, 1, 3700))
    while (item := made.next()) is not None:
        if isinstance(item, Batch) and item.index == 3:
            made.place(order("monday", Side.BUY, 1, 3700))
    made.log_in(5)
    heard = [item for item in take(made, 4) if isinstance(item, (Accepted, Traded, Removed))]
    assert [report.wire_key for report in heard] == ["monday", "monday"]
    made.log_in(3)
    heard = [item for item in take(made, 5) if isinstance(item, (Accepted, Traded, Removed))]
    assert [(type(report), report.wire_key) for report in heard] == [
        (Removed, "monday-less"),
        (Accepted, "monday"),
        (Traded, "monday"),
    ], "what followed batch 2 may have been lost"


def test_a_query_counts_the_private_reports_told_before_it_in_the_session() -> None:
    made = host(quiet_market(3))
    made.log_in(0)
    take(made, 2)
    made.place(order("a", Side.BUY, 2, 3700))
    made.query(ME, 1)
    assert [item.reports_before for item in take(made, 3) if isinstance(item, QueryAnswer)] == [2]
    made.log_in(0)
    made.query(ME, 2)
    made.place(order("b", Side.BUY, 2, 3690))
    made.query(ME, 3)
    answers = [item for item in take(made, 7) if isinstance(item, QueryAnswer)]
    assert [(item.query, item.reports_before) for item in answers] == [(2, 2), (3, 3)]


def test_a_client_of_another_market_is_refused() -> None:
    made = host(quiet_market(3))
    with pytest.raises(UserError, match="不是同一份行情"):
        made.log_in(4)
    with pytest.raises(UserError, match="不是同一份行情"):
        made.log_in(-1)


def test_a_file_of_another_market_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "exchange.db"
    made = host(random_market(1, 20), ExchangeStore(path))
    made.log_in(0)
    made.close()
    with pytest.raises(UserError, match="made:1"):
        host(random_market(2, 20), ExchangeStore(path))


def test_a_market_that_changed_under_its_name_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "exchange.db"
    made = host(quiet_market(5), ExchangeStore(path))
    made.log_in(0)
    take(made, 3)
    made.save()
    made.close()
    changed = MadeMarket([batch(i, MORNING + 9 * i, {RB: (3699, 5, 3700, 5)}) for i in range(5)])
    with pytest.raises(UserError, match="不是同一份"):
        host(changed, ExchangeStore(path))


def test_a_file_in_use_is_refused(tmp_path: Path) -> None:
    held = ExchangeStore(tmp_path / "exchange.db")
    with pytest.raises(UserError, match="另一个进程"):
        ExchangeStore(tmp_path / "exchange.db")
    held.close()


def test_a_damaged_file_is_refused_in_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "exchange.db").write_bytes(b"no database at all " * 300)
    with pytest.raises(UserError, match="不能读写"):
        ExchangeStore(tmp_path / "exchange.db")


def test_a_full_disk_stops_the_exchange_before_it_tells_anything(tmp_path: Path) -> None:
    path = tmp_path / "exchange.db"
    store = ExchangeStore(path)
    made = host(random_market(3, 400), store)
    pages = store._database.execute("PRAGMA page_count").fetchone()[0]
    store._database.execute(f"PRAGMA max_page_count = {pages + 6}")
    told: list[Report] = []
    made.log_in(0)

    def play() -> None:
        while (item := made.next()) is not None:
            if not isinstance(item, Batch):
                told.append(item)
                continue
            for wire in orders_at(item.index):
                send(made, wire)

    with pytest.raises(UserError, match="磁盘空间"):
        play()
    store.close()
    written = {row[0] for row in dump(path)["orders"]}
    trades = {(row[2], row[3], row[5]) for row in dump(path)["trades"]}
    assert written
    assert {report.wire_key for report in told if isinstance(report, (Accepted, Rejected))} == written
    assert {(r.exchange, r.trade, r.side) for r in told if isinstance(r, Traded)} <= trades


@pytest.mark.parametrize("seed", range(6))
def test_an_exchange_restarted_at_any_point_trades_as_if_it_had_never_stopped(seed: int, tmp_path: Path) -> None:
    market, queue = _two_days(seed), list(QueueModel)[seed % 2]
    whole = host(market, ExchangeStore(tmp_path / "whole.db"), queue=queue)
    expected = reports(run(drive(LocalGateway(whole))))
    whole.save()
    whole.close()

    draw = random.Random(seed)
    made = host(market, ExchangeStore(tmp_path / "cut.db"), queue=queue)
    made.log_in(0)
    told: list[Report] = []
    while True:
        item = made.next()
        if item is None:
            break
        if not isinstance(item, Batch):
            if not isinstance(item, LinkUp):
                told.append(item)
            continue
        if draw.random() < 0.03:
            made.save()
            made.close()
            made = host(market, ExchangeStore(tmp_path / "cut.db"), queue=queue)
            told += _pending(made, item.index)
        for wire in orders_at(item.index):
            send(made, wire)
        if item.index % 50 == 0:
            made.query(ME, item.index)
    made.save()
    made.close()
    assert _plain(told) == _plain(expected)
    assert dump(tmp_path / "cut.db") == dump(tmp_path / "whole.db")


def _two_days(seed: int) -> MadeMarket:
    # From half a minute before the night's auction is matched to ten seconds after the opening, then the night itself.
    night = list(random_market(seed + 300, 200, start=NIGHT - 90 * SECOND_NS).batches())
    night += random_market(seed, 200, start=NIGHT + 11 * SECOND_NS).batches()
    day = list(random_market(seed + 100, 200, start=MORNING).batches())
    later = list(random_market(seed + 200, 200, start=NEXT_NIGHT).batches())
    batches = night + day + later
    for index, item in enumerate(batches):
        item.index = index
    return MadeMarket(batches)


def _pending(made: Host, index: int) -> list[Report]:
    # The reports that followed the batch in hand had not been told when the exchange was stopped: they come again.
    made.log_in(index)
    found: list[Report] = []
    while (item := made.next()) is not None:
        if isinstance(item, Batch):
            break
    found += [report for report in made._greeting if not isinstance(report, Batch)]
    return found


def _plain(told: list[Report]) -> list[object]:
    # The count of a session's reports differs by the reports heard again at its login.
    return [
        (item.query, item.orders, item.trades, item.positions) if isinstance(item, QueryAnswer) else item
        for item in told
    ]


def test_lots_taken_before_a_restart_stay_taken(tmp_path: Path) -> None:
    path = tmp_path / "exchange.db"
    market = quiet_market(4)
    made = host(market, ExchangeStore(path))
    made.log_in(0)
    take(made, 2)
    made.place(order("a", Side.BUY, 3, 3700))
    take(made, 3)
    made.save()
    made.close()
    again = host(market, ExchangeStore(path))
    again.log_in(2)
    again.place(order("b", Side.BUY, 3, 3700))
    items = [item for item in take(again, 5) if isinstance(item, Traded)]
    assert [(item.wire_key, item.lots) for item in items] == [("a", 3), ("b", 2)]


def test_wire_keys_of_earlier_days_stay_used_after_a_restart(tmp_path: Path) -> None:
    path = tmp_path / "exchange.db"
    market = MadeMarket([batch(i, at, {RB: (3699, 5, 3700, 5)}) for i, at in enumerate((MORNING, NEXT_NIGHT))])
    made = host(market, ExchangeStore(path))
    made.log_in(0)
    take(made, 2)
    made.place(order("a", Side.BUY, 1, 3700))
    take(made, 4)
    made.close()
    again = host(market, ExchangeStore(path))
    again.log_in(2)
    take(again, 2)
    again.place(order("a", Side.BUY, 1, 3700))
    (answer,) = [item for item in take(again, 3) if isinstance(item, Rejected)]
    assert (answer.wire_key, answer.code) == (WireKey("a"), "DUPLICATE_ORDER_REF")
