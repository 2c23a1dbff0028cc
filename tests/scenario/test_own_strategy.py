"""A strategy of one's own, in the users' words: it says what it aims at, and the house trades it as any other."""

from __future__ import annotations

from decimal import Decimal
from itertools import pairwise
from typing import Any

import msgspec
import pytest

from terminal.domain import commands as c
from terminal.domain.days.calendar import instant
from terminal.domain.fact.control import StrategyStatus
from terminal.domain.fact.facts import AlertRaised, OrderRecorded, StrategyMarked
from terminal.domain.fact.marks import OwnAimed
from terminal.domain.ids import StrategyId
from terminal.domain.market import DayFacts
from terminal.domain.orders.order import Offset, Side
from terminal.domain.parameters.own import OwnNumber, OwnSettings
from terminal.domain.reports import Accepted, Traded
from terminal.domain.words.risk import Level
from terminal.strategies.own.code import Aim, OwnCode, Seen
from terminal.strategies.table import OWN
from tests.engine_world import DAY, ONE, RB, TRADER, World
from tests.unit.engine.foreseen import ask

NAME = StrategyId("自编")
LEVEL = OwnNumber(
    name="level", title="价位", unit="元", least=Decimal(1), most=Decimal(9999), value=Decimal(3700), whole=False
)


def around(numbers: Any, seen: Seen) -> Aim | None:
    """Be long above the level, short below it, out at it."""
    if not seen.prices:
        return None
    apart = seen.prices[-1] - float(numbers["level"])
    return Aim(3 if apart > 0 else -3 if apart < 0 else 0, f"价在 {seen.prices[-1]:g}")


def learned(rule: Any, **changes: Any) -> OwnSettings:
    """Teach the house a rule under a hash of its own, and return settings that name it."""
    sha256 = f"{rule.__name__:0>64}"
    OWN.learn(OwnCode("mine.py", sha256, "随价", (LEVEL,), 1, 10, rule, lambda _: ""))
    made = OwnSettings(
        account=ONE, instrument=RB, code="mine.py", sha256=sha256, title="随价", max_lots=5, numbers=(LEVEL,),
        sample_seconds=1, window=10,
    )  # fmt: skip
    return msgspec.structs.replace(made, **changes)


def start(world: World, settings: OwnSettings) -> c.StartStrategy:
    body = c.StartStrategy(account=ONE, strategy=NAME, settings=settings)
    done = world.do(TRADER, body)
    assert done.ok, done
    return body


def aims(world: World) -> list[tuple[int, int, str]]:
    marks = [fact.mark for fact in world.facts(StrategyMarked)]
    return [(mark.before, mark.lots, mark.reason) for mark in marks if isinstance(mark, OwnAimed)]


def at(world: World, bid: int, seconds: int = 12) -> None:
    world.show({RB: (bid, bid + 2)})
    world.wait(seconds)


def test_it_says_what_it_aims_at_before_it_trades_and_closes_before_it_opens(world: World) -> None:
    # Given a rule that is long above 3700 and short below it, and a market at 3706
    start(world, learned(around))
    at(world, 3705)
    assert world.net(RB) == 3
    # When the market goes below
    at(world, 3690)
    # Then it is short, has said both, and of the two orders on the way the close came first.
    assert world.net(RB) == -3
    assert aims(world) == [(0, 3, "价在 3706"), (3, -3, "价在 3691")]
    orders = [fact for fact in world.facts(OrderRecorded) if fact.cause.strategy == NAME]
    assert [(one.terms.side, one.terms.is_opening, one.terms.lots) for one in orders] == [
        (Side.BUY, True, 3),
        (Side.SELL, False, 3),
        (Side.SELL, True, 3),
    ]
    assert orders[0].cause.reason == "目标 3 手：价在 3706"


def test_a_rule_is_asked_once_about_what_it_sees_however_often_the_house_looks(world: World) -> None:
    asked: list[Seen] = []

    def counting(numbers: Any, seen: Seen) -> Aim | None:
        asked.append(seen)
        return around(numbers, seen)

    start(world, learned(counting))
    at(world, 3705)
    at(world, 3690)
    assert world.net(RB) == -3
    assert len({seen.prices for seen in asked}) > 20
    assert all(one != other for one, other in pairwise(asked))


@pytest.mark.parametrize("held_back", [(), (Traded,), (Accepted, Traded)])
def test_a_restart_in_the_middle_buys_no_lot_twice(world: World, held_back: tuple[type, ...]) -> None:
    start(world, learned(around))
    world.wire.hold = held_back
    at(world, 3705, seconds=2)
    world.restart()
    world.wait(20)
    assert world.net(RB) == 3
    assert aims(world) == [(0, 3, "价在 3706")]


def test_a_rule_that_fails_ends_the_strategy_keeps_its_lots_and_tells_people(world: World) -> None:
    def failing(numbers: Any, seen: Seen) -> Aim | None:
        return Aim(2, "先买") if not seen.held else Aim(1 // 0, "再算错")

    start(world, learned(failing))
    at(world, 3705, seconds=20)
    assert world.net(RB) == 2
    row = world.account.strategies[NAME]
    assert row.status is StrategyStatus.FINISHED
    (alert,) = [fact for fact in world.facts(AlertRaised) if fact.code == "OWN_FAILED"]
    assert alert.level is Level.ORANGE
    assert "mine.py 出错：ZeroDivisionError" in alert.sentence
    assert "持有的 2 手留在账户里" in alert.sentence


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (Aim(6, "太多"), "要持 6 手，超过最多 5 手"),
        (Aim(1.0, "小数"), "应返回 Aim(整数手数, 原因) 或 None"),  # type: ignore[arg-type]
        ("买", "应返回 Aim(整数手数, 原因) 或 None，返回了 买"),
    ],
)
def test_what_cannot_be_heeded_ends_it_before_any_order(world: World, answer: Any, said: str) -> None:
    start(world, learned(lambda numbers, seen: answer))
    world.wait(3)
    assert world.account.strategies[NAME].status is StrategyStatus.FINISHED
    assert said in world.account.strategies[NAME].reason
    assert not list(world.facts(OrderRecorded))


def test_a_code_that_is_not_there_any_more_trades_nothing(world: World) -> None:
    settings = learned(around)
    start(world, settings)
    at(world, 3705)
    OWN._codes.pop(settings.sha256)
    world.restart()
    at(world, 3690)
    assert world.net(RB) == 3
    assert "没有代码 mine.py" in world.account.strategies[NAME].reason


def test_its_numbers_may_change_while_it_runs_and_nothing_its_code_says(world: World) -> None:
    settings = learned(around)
    start(world, settings)
    at(world, 3705)
    higher = msgspec.structs.replace(settings, numbers=(msgspec.structs.replace(LEVEL, value=Decimal(3720)),))
    body = c.ChangeStrategy(account=ONE, strategy=NAME, base_version=1, settings=higher)
    assert world.do(TRADER, body).ok
    world.wait(12)
    assert world.net(RB) == -3
    wider = msgspec.structs.replace(settings, numbers=(msgspec.structs.replace(LEVEL, most=Decimal(99999)),))
    done = world.do(TRADER, msgspec.structs.replace(body, base_version=2, settings=wider))
    assert "不一致" in done.sentence
    beyond = msgspec.structs.replace(settings, numbers=(msgspec.structs.replace(LEVEL, value=Decimal(0)),))
    done = world.do(TRADER, msgspec.structs.replace(body, base_version=2, settings=beyond))
    assert "价位应在 1 至 9999 元之间，现为 0" in done.sentence


def test_settings_that_say_something_else_than_the_code_are_refused(world: World) -> None:
    # Who approves reads the settings: a desk may not rename the rule or widen its bounds on the way.
    settings = learned(around)
    wider = (msgspec.structs.replace(LEVEL, most=Decimal(99999)),)
    for other in ({"title": "稳健"}, {"numbers": wider}, {"window": 11}):
        body = c.StartStrategy(account=ONE, strategy=NAME, settings=msgspec.structs.replace(settings, **other))
        assert "不一致" in world.do(TRADER, body).sentence
    unknown = msgspec.structs.replace(settings, sha256="0" * 64)
    body = c.StartStrategy(account=ONE, strategy=NAME, settings=unknown)
    assert "没有代码 mine.py" in world.do(TRADER, body).sentence


def test_a_preview_tells_the_worst_of_its_size_and_that_it_has_no_stop(world: World) -> None:
    world.show(
        {RB: (3700, 3702)}, facts=(DayFacts(instrument=RB, trading_day=DAY, upper_limit=3950, lower_limit=3450),)
    )
    found = ask(world, c.StartStrategy(account=ONE, strategy=NAME, settings=learned(around)))
    last = world.runner.engine.columns.last_price(RB) if world.runner.engine else Decimal(0)
    assert last is not None
    down, up = (abs(price - last) * 10 * 5 for price in (3450, 3950))
    assert any(
        f"多 5 手遇跌停亏 ¥{down:,.0f}" in said and f"空 5 手遇涨停亏 ¥{up:,.0f}" in said for said in found.details
    )
    assert any("没有止损" in said for said in found.details)


def test_over_a_night_it_waits_and_goes_on_by_what_it_sees_then(world: World) -> None:
    start(world, learned(around))
    at(world, 3705)
    world.show_at(instant(DAY, 15, 1))
    assert world.net(RB) == 3
    world.show_at(instant(DAY, 21, 0, 1), {RB: (3650, 3652)})
    world.wait(15)
    assert world.net(RB) == -3
    orders = [fact.terms for fact in world.facts(OrderRecorded)]
    assert [one.is_opening for one in orders] == [True, False, True]
    assert orders[1].offset is not Offset.CLOSE_TODAY


def test_less_than_it_has_or_wants_is_no_maximum(world: World) -> None:
    settings = learned(around)
    start(world, settings)
    at(world, 3705)
    body = c.ChangeStrategy(
        account=ONE, strategy=NAME, base_version=1, settings=msgspec.structs.replace(settings, max_lots=2)
    )
    assert "最多 3 手，多于新的最多持仓 2 手" in world.do(TRADER, body).sentence


class Untold:
    """What a rule must not return: it cannot even be written down."""

    def __repr__(self) -> str:
        raise ValueError


def breaks_out(kind: str) -> Any:
    def rule(numbers: Any, seen: Seen) -> Any:
        match kind:
            case "exit":
                raise SystemExit(3)
            case "untold":
                return Untold()
            case _:
                raise ValueError("\ud800 半个字")

    rule.__name__ = kind
    return rule


@pytest.mark.parametrize("kind", ["exit", "untold", "half a character"])
def test_a_rule_takes_nobody_down_with_it(world: World, kind: str) -> None:
    start(world, learned(breaks_out(kind)))
    world.wait(3)
    row = world.account.strategies[NAME]
    assert row.status is StrategyStatus.FINISHED
    assert "mine.py" in row.reason
    world.restart()
    assert world.account.strategies[NAME].status is StrategyStatus.FINISHED


def test_half_a_character_in_a_reason_is_shown_as_a_question_mark(world: World) -> None:
    start(world, learned(lambda numbers, seen: Aim(1, "坏\ud800字")))
    world.wait(12)
    assert world.net(RB) == 1
    assert aims(world) == [(0, 1, "坏?字")]
