"""Say what a person's own strategy is made of: a title, numbers, and a rule from prices to net lots.

A file of one's own imports `Aim`, `Number` and `Seen` from here and has `TITLE`, `NUMBERS`, `SAMPLE_SECONDS`, `WINDOW`
and a function `aim(numbers, seen)`; `check(numbers)` may say what is wrong with numbers that do not go together, and
`wakes(numbers, coming)` when a backtest need not ask (`terminal.strategies.own.coming`). The rule is a pure function:
asked twice with the same it answers the same. It never sends an order; the house brings the position to what it asks
for, with the same children, chases and risk gate as every other strategy (`docs/strategies.md`).

Prices are floating point here, as a rule compares and never books them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final, NamedTuple, TypeVar

import numpy as np

from terminal.strategies.own.coming import mean_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from terminal.domain.parameters.own import OwnNumber, OwnSettings
    from terminal.strategies.own.coming import Coming, Wakes


class Number(NamedTuple):
    """Declare a number that a person sets: the code's name, the people's title, unit, bounds and first value."""

    name: str
    title: str
    unit: str
    least: int | float | str
    most: int | float | str
    value: int | float | str
    help: str = ""
    whole: bool = True


class Seen(NamedTuple):
    """Hold what a rule decides by.

    `prices` are middle prices in yuan, the oldest first, one every `SAMPLE_SECONDS` of trading and at most `WINDOW`;
    `held` are the strategy's own net lots; `days_to_expiry` are trading days, 0 on the last one, `None` if not known.
    """

    prices: tuple[float, ...]
    held: int
    trading_day: int
    days_to_expiry: int | None

    def mean(self, count: int) -> float:
        """Return the mean of the latest `count` prices, NaN where there are fewer."""
        return mean_of(self._latest(count))

    def highest(self, count: int) -> float:
        """Return the highest of the latest `count` prices, NaN where there are fewer."""
        return max(self._latest(count), default=float("nan"))

    def lowest(self, count: int) -> float:
        """Return the lowest of the latest `count` prices, NaN where there are fewer."""
        return min(self._latest(count), default=float("nan"))

    def _latest(self, count: int) -> tuple[float, ...]:
        return self.prices[-count:] if 0 < count <= len(self.prices) else ()


class Aim(NamedTuple):
    """Ask for net lots (positive long, negative short), and say why in a few words that a person understands."""

    lots: int
    reason: str


T = TypeVar("T")


class Fault(NamedTuple):
    """Hold what a person's code raised."""

    problem: BaseException

    @property
    def text(self) -> str:
        """Return it in a line that can be stored and shown."""
        said = attempt(lambda: str.__str__(str(self.problem)))  # a plain text, of which nothing else can be asked
        lines = [] if isinstance(said, Fault) else said.strip().splitlines()
        return f"{_kind_of(self.problem)}：{_one_line(lines[0] if lines else '没有说明')}"


def attempt(call: Callable[[], T]) -> T | Fault:
    """Return what a call into a person's code comes to, or what it raised, whatever that is: the house goes on.

    ^C is a person's, who stops the program. The cancelling of a task is not caught here: it comes where the house
    waits, and a call into a person's code never does, so a `CancelledError` out of it is the code's own.
    """
    try:
        return call()
    except KeyboardInterrupt:
        raise
    except BaseException as problem:  # noqa: BLE001  # a person's code may raise anything
        return Fault(problem)


HUGE: Final = 10**9  # lots; more are not written out, as a whole number may be longer than can be

# A rule of several contracts sees, and asks for, each of them by its name.
Rule = Callable[[Mapping[str, int | Decimal], Any], "Aim | dict[str, Aim] | None"]
Answers = dict[str, Aim]  # by contract; the first one of the settings has no name
Check = Callable[[Mapping[str, int | Decimal]], str]


class OwnCode(NamedTuple):
    """Hold a file of one's own that has been read; `sha256` is of its text, `numbers` stand at their first values."""

    name: str
    sha256: str
    title: str
    numbers: tuple[OwnNumber, ...]
    sample_seconds: int
    window: int
    rule: Rule
    check: Check
    wakes: Wakes | None = None  # it says nothing of when it must be asked
    contracts: tuple[str, ...] = ()  # what it calls them; none where it is of one contract
    targets: tuple[str, ...] = ()  # those of them that it trades
    memoryless: bool = False  # proven to remember nothing (`terminal.strategies.own.memoryless`)


def values(settings: OwnSettings) -> dict[str, int | Decimal]:
    """Return the numbers as a rule reads them: whole ones as `int`, the others exact."""
    return {one.name: int(one.value) if one.whole else one.value for one in settings.numbers}


def misfit(code: OwnCode, settings: OwnSettings) -> str:
    """Return in one sentence where settings say something else of a code than it says itself, "" where nowhere.

    Who approves reads the settings, not the code.
    """
    wrong = _misnamed(code, settings)
    if wrong:
        return wrong
    said = settings.title, settings.sample_seconds, settings.window, [one.form for one in settings.numbers]
    if said == (code.title, code.sample_seconds, code.window, [one.form for one in code.numbers]):
        return ""
    return f"设置与代码 {settings.code} 所写的名称、参数、采样不一致，请由方案启动。"


def _misnamed(code: OwnCode, settings: OwnSettings) -> str:
    if not code.contracts and not settings.rest:
        return ""
    names = [first_name(code, settings), *(one.name for one in settings.rest)]
    traded = [name for name, one in zip(names, settings.contracts, strict=True) if one.max_lots]
    if sorted(names) == sorted(code.contracts) and sorted(traded) == sorted(code.targets):
        return ""
    return f"代码 {settings.code} 看 {'、'.join(code.contracts) or '一个合约'}，设置的合约与它不一致，请由方案启动。"


def first_name(code: OwnCode, settings: OwnSettings) -> str:
    """Return what a code calls the first contract of settings; "" where its rule is of one contract."""
    named = {one.name for one in settings.rest}
    return next((name for name in code.contracts if name not in named), "")


def asked(code: OwnCode, settings: OwnSettings, seen: Sequence[Seen]) -> Answers | str:
    """Return what the rule asks for now, or in one sentence why it cannot be heeded.

    `seen` is of each contract of the settings, in their order. What the rule has no opinion on is not in the answer.
    """
    try:  # as `attempt`; what the rule hands back is a person's too, and to look at it may raise
        if code.contracts:
            return _asked_of_several(code, settings, seen)
        found = code.rule(values(settings), seen[0])
        aim = None if found is None else _heeded(code, settings.max_lots, found)
    except KeyboardInterrupt:
        raise
    except BaseException as problem:  # noqa: BLE001  # a person's code may raise anything
        return f"{code.name} 出错：{Fault(problem).text}"
    return aim if isinstance(aim, str) else {} if aim is None else {"": aim}


def _asked_of_several(code: OwnCode, settings: OwnSettings, seen: Sequence[Seen]) -> Answers | str:
    first = first_name(code, settings)
    names = (first, *(one.name for one in settings.rest))
    found = code.rule(values(settings), dict(zip(names, seen, strict=True)))
    if found is None:
        return {}
    if type(found) is not dict or not all(type(name) is str for name in found):
        return f"{code.name} 应返回 {{合约的名字: Aim(整数手数, 原因)}} 或 None，返回了 {shortly(found)}"
    most = {name: one.max_lots for name, one in zip(names, settings.contracts, strict=True)}
    answers: Answers = {}
    for name, one in found.items():
        if not most.get(name):
            return f"{code.name} 要持 {shortly(name)}，它不是可以交易的合约"
        aim = _heeded(code, most[name], one)
        if isinstance(aim, str):
            return f"{aim}（{name}）" if name else aim
        answers["" if name == first else name] = aim
    return answers


def _heeded(code: OwnCode, most: int, found: object) -> Aim | str:
    # A plain `Aim` of plain parts is handed on: one of a class of its own might say something else next time.
    lots, reason = (found.lots, found.reason) if isinstance(found, Aim) else (None, None)
    if type(lots) is not int or not isinstance(reason, str):
        return f"{code.name} 应返回 Aim(整数手数, 原因) 或 None，返回了 {shortly(found)}"
    if abs(lots) > most:
        wanted = f"要持 {lots} 手" if abs(lots) < HUGE else f"要持的手数在 {HUGE} 以上"
        return f"{code.name} {wanted}，超过最多 {most} 手"
    return Aim(lots, shortly(str.__str__(reason).strip()) or "未写原因")


def woken(code: OwnCode, wakes: Wakes, settings: OwnSettings, coming: Sequence[Coming]) -> NDArray[np.bool_] | str:
    """Return at which coming prices the rule must be asked, or in one sentence why its `wakes` cannot be heeded.

    `coming` is of each contract of the settings, in their order. A rule of several must be asked wherever one of those
    it trades wants it.
    """
    found = attempt(lambda: _woken(code, wakes, settings, coming))
    return f"{code.name} 的 wakes 出错：{found.text}" if isinstance(found, Fault) else found


def _woken(code: OwnCode, wakes: Wakes, settings: OwnSettings, coming: Sequence[Coming]) -> NDArray[np.bool_] | str:
    names = (first_name(code, settings), *(one.name for one in settings.rest))
    if code.contracts:
        found = wakes(values(settings), dict(zip(names, coming, strict=True)))
    else:
        found = wakes(values(settings), coming[0])
    count = len(coming[0].prices) - coming[0].first
    if not code.contracts:
        return _bools(code, count, found)
    traded = [name for name, one in zip(names, settings.contracts, strict=True) if one.max_lots]
    if type(found) is not dict or set(found) != set(traded):
        return f"{code.name} 的 wakes 应返回一个表，{'、'.join(traded)} 各有一个数组，返回了 {_said_of(found)}"
    together = np.zeros(count, dtype=np.bool_)
    for name in traded:
        one = _bools(code, count, found[name])
        if isinstance(one, str):
            return one
        together |= one
    return together


def _bools(code: OwnCode, count: int, found: object) -> NDArray[np.bool_] | str:
    if not isinstance(found, np.ndarray) or found.dtype != np.bool_ or found.shape != (count,):
        return f"{code.name} 的 wakes 应返回 {count} 个真假的 numpy 数组，每个未来的价格一个，返回了 {_said_of(found)}"
    return found


def checked(code: OwnCode, settings: OwnSettings) -> str:
    """Return what a code's own `check` says is wrong with the numbers, "" where nothing is."""
    found = attempt(lambda: _checked(code, settings))
    return f"{code.name} 的 check 出错：{found.text}。" if isinstance(found, Fault) else found


def _checked(code: OwnCode, settings: OwnSettings) -> str:
    said: object = code.check(values(settings))
    if isinstance(said, str):
        return shortly(str.__str__(said))
    return f"{code.name} 的 check 应返回文字，没有问题时返回空文字，返回了 {shortly(said)}。" if said else ""


def _said_of(found: object) -> str:
    return f"{found.shape} 的 {found.dtype}" if isinstance(found, np.ndarray) else shortly(found)


def shortly(said: object) -> str:
    """Return what a person's code gave, as a short text that can be stored and shown."""
    if type(said) is str:
        return _one_line(said)
    found = attempt(lambda: str.__str__(said if isinstance(said, str) else repr(said)))
    return _one_line(f"一个说不出来的 {_kind_of(said)}" if isinstance(found, Fault) else found)


def _kind_of(one: object) -> str:
    # The name that the interpreter keeps of its class: a class of a class may say another, or raise.
    name: str = type.__dict__["__name__"].__get__(type(one))
    return _one_line(name)


@lru_cache(maxsize=1024)
def _one_line(text: str) -> str:
    # A rule gives the same few reasons again and again.
    text = " ".join(text.encode("utf-8", "replace").decode().split())  # half a character cannot be stored
    return text if len(text) <= 80 else f"{text[:79]}…"
