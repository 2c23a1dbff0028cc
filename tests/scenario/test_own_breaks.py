"""Whatever a person's own rule, check or wakes raises or returns, the house goes on, and says what it was."""

from __future__ import annotations

import asyncio
from typing import Any

import msgspec
import numpy as np
import pytest

from terminal.domain import commands as c
from terminal.domain.fact.control import StrategyStatus
from terminal.domain.fact.facts import AlertRaised
from terminal.domain.ids import StrategyId
from terminal.domain.parameters.own import OwnSettings
from terminal.strategies.own.code import Aim, OwnCode, Seen, attempt, woken
from terminal.strategies.own.coming import Coming
from terminal.strategies.table import OWN
from tests.engine_world import ONE, RB, TRADER, World
from tests.scenario.test_own_strategy import LEVEL, NAME, aims, around, at, learned, start
from tests.unit.engine.foreseen import ask


class OddError(BaseException):
    """What no code should raise."""


class Unstripped(str):
    """A reason that cannot be stripped."""

    __slots__ = ()

    def strip(self, *_: Any) -> str:
        raise RuntimeError


class Hollow(str):
    """A text that cannot be taken apart, nor asked whether it is empty."""

    __slots__ = ()

    def strip(self, *_: Any) -> Any:
        return self

    def splitlines(self, *_: Any) -> Any:
        return [self]

    def __bool__(self) -> bool:
        raise OddError


class HollowError(Exception):
    """Says what it is in a text of its own class."""

    def __str__(self) -> str:
        return Hollow("空的")


class Nameless(type):
    """A class of classes that do not say their name."""

    @property
    def __name__(cls) -> str:  # type: ignore[override]
        raise OddError


class NamelessError(Exception, metaclass=Nameless):
    """Is of a class that does not say its name."""


LongError = type("Long\nError" + "y" * 3000, (Exception,), {})


class Shifty(Aim):
    """An answer that says something else each time it is read."""

    @property
    def lots(self) -> int:
        raise OddError


class Faceless:
    """What will not even say what it is."""

    @property
    def __class__(self) -> Any:
        raise OddError

    @__class__.setter
    def __class__(self, _: Any) -> None:
        raise OddError


class Mute(BaseException):
    """An exception that raises when it is asked what happened."""

    def __str__(self) -> str:
        raise OddError


def raising(problem: BaseException) -> Any:
    def rule(numbers: Any, seen: Seen) -> Any:
        raise problem

    rule.__name__ = f"raises_{type.__dict__['__name__'].__get__(type(problem)).split()[0]}"
    return rule


def returning(name: str, found: Any) -> Any:
    def rule(numbers: Any, seen: Seen) -> Any:
        return found

    rule.__name__ = name
    return rule


@pytest.mark.parametrize(
    ("rule", "said"),
    [
        (raising(asyncio.CancelledError()), "mine.py 出错：CancelledError：没有说明"),
        (raising(OddError("坏了")), "mine.py 出错：OddError：坏了"),
        (raising(Mute()), "mine.py 出错：Mute：没有说明"),
        (raising(GeneratorExit()), "mine.py 出错：GeneratorExit"),
        (raising(HollowError()), "mine.py 出错：HollowError：空的"),
        (raising(NamelessError("没有名字")), "mine.py 出错：NamelessError：没有名字"),
        (raising(LongError("长")), f"mine.py 出错：Long Error{'y' * 69}…：长"),
        (returning("huge", Aim(10**5000, "很多")), "mine.py 要持的手数在 1000000000 以上，超过最多 5 手"),
        (returning("deep", Aim(-(10**5000), "很多")), "mine.py 要持的手数在 1000000000 以上，超过最多 5 手"),
        (returning("six", Aim(-6, "六手")), "mine.py 要持 -6 手，超过最多 5 手"),
        (returning("shifty", Shifty(1, "变")), "mine.py 出错：OddError"),
        (returning("faceless", Faceless()), "mine.py 出错：OddError"),
        (returning("array", np.array([1, 2])), "应返回 Aim(整数手数, 原因) 或 None，返回了 array([1, 2])"),
    ],
)
def test_a_rule_that_breaks_ends_its_strategy_and_nothing_else(world: World, rule: Any, said: str) -> None:
    # Given a rule that breaks, beside one that does not
    broken, sound = learned(rule), learned(around)
    body = c.StartStrategy(account=ONE, strategy=NAME, settings=broken)
    found = ask(world, body)
    assert said in found.sentence, "its preview says so"
    assert world.do(TRADER, body).ok
    other = c.StartStrategy(account=ONE, strategy=StrategyId("other"), settings=sound)
    assert world.do(TRADER, other).ok
    at(world, 3705, 12)
    # Then it has ended with the sentence, an alert says it, and the other trades.
    row = world.account.strategies[NAME]
    assert row.status is StrategyStatus.FINISHED
    assert said in row.reason
    assert any(said in one.sentence for one in world.facts(AlertRaised) if one.code == "OWN_FAILED")
    assert world.net(RB) == 3
    world.restart()
    assert world.account.strategies[NAME].reason == row.reason


def test_a_reason_of_a_class_of_its_own_is_taken_as_the_text_it_is(world: World) -> None:
    start(world, learned(returning("unstripped", Aim(1, Unstripped(" 说得通 ")))))
    world.wait(12)
    assert aims(world) == [(0, 1, "说得通")]


@pytest.mark.parametrize(
    ("check", "said"),
    [
        (lambda _: np.array([1, 2]), "mine.py 的 check 出错：ValueError"),
        (lambda _: float("nan"), "mine.py 的 check 应返回文字，没有问题时返回空文字，返回了 nan"),
        (lambda _: Unstripped("快线应短于慢线"), "快线应短于慢线"),
    ],
)
def test_a_check_that_breaks_is_a_sentence_in_preview_and_answer(world: World, check: Any, said: str) -> None:
    sha256 = f"{said.encode().hex()[:64]:0>64}"
    OWN.learn(OwnCode("mine.py", sha256, "随价", (LEVEL,), 1, 10, around, check))
    settings: OwnSettings = msgspec.structs.replace(learned(around), sha256=sha256)
    body = c.StartStrategy(account=ONE, strategy=NAME, settings=settings)
    assert said in ask(world, body).sentence
    done = world.do(TRADER, body)
    assert (done.ok, done.code) == (False, "BAD_SETTINGS")
    assert said in done.sentence


def test_wakes_that_break_are_a_sentence() -> None:
    def wakes(numbers: Any, coming: Any) -> Any:
        raise OddError("不说")

    code = OwnCode("mine.py", "0" * 64, "随价", (LEVEL,), 1, 10, around, lambda _: "", wakes)
    coming = Coming(prices=np.array([1.0]), first=0, window=10, held=0, trading_day=20200821, days_to_expiry=None)
    assert woken(code, wakes, learned(around), [coming]) == "mine.py 的 wakes 出错：OddError：不说"


def test_a_person_who_stops_the_program_stops_it() -> None:
    def rule() -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        attempt(rule)
