from __future__ import annotations

from terminal.domain.days.calendar import SECOND_NS
from terminal.domain.market import Batch
from terminal.domain.orders.order import Side
from terminal.domain.reports import LinkDown, LinkUp, Traded
from terminal.engine.ports import WireCancel
from terminal.gateways.sim.wire.local import LocalGateway
from terminal.shell.plans.cuts import Cut, CutGateway
from terminal.shell.plans.times import When
from tests.unit.gateways.sim.drive import run
from tests.unit.gateways.sim.made import AP, MORNING, MadeMarket, batch, host, order

RELATIVE = 30 * SECOND_NS


def market(count: int = 60) -> MadeMarket:
    """Return one batch a second; at the fortieth the price falls through 7390."""
    shown = [(7400, 5, 7401, 5) if index < 40 else (7380, 5, 7381, 5) for index in range(count)]
    return MadeMarket([batch(index, MORNING + index * SECOND_NS, {AP: row}) for index, row in enumerate(shown)])


def cut(seconds: int, at: int = RELATIVE) -> Cut:
    return Cut(when=When(at, relative=True), seconds=seconds)


async def play(gateway: CutGateway, *, until_down: bool = False, from_batch: int = 0) -> list[object]:
    """Play to the end, logging in again whenever the link is lost."""
    told: list[object] = []
    await gateway.connect(from_batch=from_batch)
    last = from_batch - 1
    while (item := await gateway.next()) is not None:
        told.append(item)
        if isinstance(item, Batch):
            last = item.index
        if isinstance(item, LinkDown):
            if until_down:
                return told
            await gateway.connect(from_batch=last + 1)
    return told


def indexes(told: list[object]) -> list[int]:
    return [item.index for item in told if isinstance(item, Batch)]


def test_the_link_is_lost_at_its_time_and_the_market_goes_on_in_the_dark() -> None:
    gateway = CutGateway(LocalGateway(host(market())), (cut(15),))
    told = run(play(gateway))
    down = next(place for place, item in enumerate(told) if isinstance(item, LinkDown))
    assert indexes(told[:down]) == list(range(30))
    assert isinstance(told[down + 1], LinkUp)
    assert indexes(told) == list(range(60))
    assert gateway.history_until == 46  # what passed in the dark is history


def test_an_order_may_fill_in_the_dark_and_is_told_after_the_login() -> None:
    async def play_with_an_order() -> list[object]:
        gateway = CutGateway(LocalGateway(host(market())), (cut(15),))
        await gateway.connect(from_batch=0)
        told: list[object] = []
        while (item := await gateway.next()) is not None:
            told.append(item)
            if isinstance(item, Batch) and item.index == 10:
                await gateway.submit(order("k", Side.BUY, 2, 7390, instrument=AP))
            if isinstance(item, LinkDown):
                await gateway.connect(from_batch=30)
        return told

    told = run(play_with_an_order())
    down = next(place for place, item in enumerate(told) if isinstance(item, LinkDown))
    assert not any(isinstance(item, Traded) for item in told[:down])
    assert any(isinstance(item, Traded) for item in told[down:])


def test_what_is_written_to_the_dead_link_is_lost() -> None:
    async def write_in_the_dark() -> list[object]:
        inner = LocalGateway(host(market()))
        gateway = CutGateway(inner, (cut(15),))
        told = await play(gateway, until_down=True)
        wire = order("k", Side.BUY, 2, 7500, instrument=AP)
        await gateway.submit(wire)
        await gateway.cancel(WireCancel(account=wire.account, wire_key=wire.wire_key))
        await gateway.query(wire.account, 1)
        return told + await play(gateway, from_batch=30)

    told = run(write_in_the_dark())
    assert all(isinstance(item, Batch | LinkDown | LinkUp) for item in told)


def test_a_cut_that_was_over_before_a_restart_does_not_happen_again() -> None:
    shared = host(market())
    run(play(CutGateway(LocalGateway(shared), (cut(15),))))
    again = run(play(CutGateway(LocalGateway(shared), (cut(15),))))
    assert indexes(again) == list(range(60))
    assert not any(isinstance(item, LinkDown) for item in again)


def test_a_cut_longer_than_the_market_ends_with_it() -> None:
    told = run(play(CutGateway(LocalGateway(host(market())), (cut(3600),))))
    assert indexes(told) == list(range(60))


def test_no_cut_passes_everything_through() -> None:
    gateway = CutGateway(LocalGateway(host(market())), ())
    assert indexes(run(play(gateway))) == list(range(60))
    assert gateway.market == "made"
    assert AP in gateway.universe
    run(gateway.close())
