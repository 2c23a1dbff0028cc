"""Read a strategy that a person has written beside a plan (自编策略), and make settings of what the plan says of it.

The file is a program of the machine's owner, like the plan itself: it runs with the runner's own rights, and only
where it lies beside the plan. Nothing of it comes over the wire; settings name it by its hash alone.
"""

from __future__ import annotations

import re
import sys
from decimal import Decimal, InvalidOperation
from hashlib import sha256
from types import ModuleType
from typing import TYPE_CHECKING, Any, Final

from msgspec.structs import replace

from terminal.domain.errors import UserError
from terminal.domain.parameters.own import OwnNumber
from terminal.shell.plans.main_name import MAIN
from terminal.shell.plans.tables import OwnContracts
from terminal.strategies.own.averages import TwoAverages
from terminal.strategies.own.code import Fault, Number, OwnCode, attempt, shortly
from terminal.strategies.own.memoryless import remembers_nothing
from terminal.strategies.table import OWN

if TYPE_CHECKING:
    from terminal.domain.parameters.own import OwnContract
    from terminal.shell.plans.lines import Path
    from terminal.shell.plans.text import PlanText, Raw

LONGEST_CODE: Final = 256 * 1024  # characters
LONGEST_STEP: Final = 24 * 3600  # seconds between two prices
LARGEST_WINDOW: Final = 10_000  # prices
MOST_NUMBERS: Final = 24
MOST_CONTRACTS: Final = 8
NOT_PYTHON: Final = (SyntaxError, IndentationError, TabError)
BY_CODE: Final = ("sha256", "title", "sample_seconds", "window")  # settings that the code itself says
_NAME: Final = re.compile(r"[a-z][a-z0-9_]{0,31}", re.ASCII)


def with_code(text: PlanText, raw: Raw, path: Path) -> Raw:
    """Return a `[[strategy]]` of kind own as its settings are written: the code read and hashed, its numbers filled in.

    What is wrong with the file, or with what the plan says of its numbers, is a `UserError` with the plan's line.
    """
    name = raw.get("code")
    if not isinstance(name, str) or not name:
        raise text.wrong(path, "缺少 code，请写上代码的文件名，如 double_ma.py。")
    code = _Reader(text, name, (*path, "code")).read()
    OWN.learn(code)
    raw = _several(text, code, raw, path)
    numbers = _numbers(text, code, raw.get("numbers", {}), (*path, "numbers"))
    for key in BY_CODE:
        if key in raw:
            raise text.wrong((*path, key), f"{key} 由代码写定，请从方案里删去。")
    if "before" in raw:
        raise text.wrong((*path, "before"), "before 由移仓填写，请从方案里删去。")
    return {
        **raw,
        "sha256": code.sha256,
        "title": code.title,
        "sample_seconds": code.sample_seconds,
        "window": code.window,
        "numbers": [{field: getattr(one, field) for field in one.__struct_fields__} for one in numbers],
    }


def _several(text: PlanText, code: OwnCode, raw: Raw, path: Path) -> Raw:
    # As settings say it: the first contract that is traded, and the others in the order in which the code names them.
    if "others" in raw:
        raise text.wrong((*path, "others"), "others 由程序填写，请改写 contracts。")
    if not code.contracts:
        if "contracts" in raw:
            what = f'{code.name} 只看一个合约，请写 instrument、max_lots；要看几个，在代码里写 CONTRACTS = ("…", "…")。'
            raise text.wrong((*path, "contracts"), what)
        return raw
    for key in ("instrument", "max_lots"):
        if key in raw:
            raise text.wrong((*path, key), f"{code.name} 看几个合约，{key} 请写进 contracts。")
    if "contracts" not in raw:
        what = f"{code.name} 看 {'、'.join(code.contracts)}，请写 contracts = [{{ name = …, instrument = … }}, …]。"
        raise text.wrong(path, what)
    said = text.convert({"contracts": raw["contracts"]}, OwnContracts, path).contracts
    for place, one in enumerate(said):
        wrong = _unfit(code, said[:place], one)
        if wrong is not None:
            raise text.wrong((*path, "contracts", place, wrong[0]), wrong[1])
    lacking = [name for name in code.contracts if all(name != one.name for one in said)]
    if lacking:
        raise text.wrong((*path, "contracts"), f"contracts 里缺 {'、'.join(lacking)}：{code.name} 要看它。")
    first = next(one for name in code.targets for one in said if one.name == name)
    others = [one for name in code.contracts for one in said if one.name == name and one is not first]
    written = [{"name": one.name, "instrument": one.instrument, "max_lots": one.max_lots} for one in others]
    kept = {key: value for key, value in raw.items() if key != "contracts"}
    return {**kept, "instrument": first.instrument, "max_lots": first.max_lots, "others": written}


def _unfit(code: OwnCode, before: tuple[OwnContract, ...], one: OwnContract) -> tuple[str, str] | None:
    # The key and the reason why a contract does not go with the code or with those above it.
    if one.name not in code.contracts:
        return "name", f"{code.name} 没有合约 {one.name}，可用：{'、'.join(code.contracts)}。"
    if any(one.name == other.name for other in before):
        return "name", f"{one.name} 写了两次，请删去一个。"
    if any(one.instrument == other.instrument for other in before):
        return "instrument", f"合约 {one.instrument} 写了两次，请换成别的合约。"
    if one.instrument.endswith(MAIN):
        return "instrument", "看几个合约的规则不能以主力连续为合约；请写真实合约，由移仓换月。"
    if one.before:
        return "before", "before 由移仓填写，请从方案里删去。"
    if one.name in code.targets and one.max_lots < 1:
        return "max_lots", f"{code.name} 要交易 {one.name}，max_lots 应为正整数。"
    if one.name not in code.targets and one.max_lots:
        return "max_lots", f"{code.name} 只看 {one.name}，不交易它，请删去 max_lots。"
    return None


def _numbers(text: PlanText, code: OwnCode, said: Any, path: Path) -> list[OwnNumber]:  # noqa: ANN401  # raw TOML
    if not isinstance(said, dict):
        raise text.wrong(path, "numbers 应写成表：{ fast = 10, slow = 30 }。")
    names = [one.name for one in code.numbers]
    for key, value in said.items():
        if key not in names:
            known = "、".join(names) or "没有参数"
            raise text.wrong((*path, key), f"{code.name} 没有参数 {key}，可用：{known}。")
        if not isinstance(value, int | Decimal) or isinstance(value, bool) or not Decimal(value).is_finite():
            raise text.wrong((*path, key), f"{key} 应为数字，现为 {value}。")
    return [replace(one, value=_exact(said.get(one.name, one.value))) for one in code.numbers]


def _exact(value: float | str | Decimal) -> Decimal:
    return Decimal(str(value))


class _Reader:
    # One file, read as the plan names it at a path.

    def __init__(self, text: PlanText, name: str, path: Path) -> None:
        self._text = text
        self._name = name
        self._path = path

    def read(self) -> OwnCode:
        source = self._text.beside(self._name, self._path)
        if len(source) > LONGEST_CODE:
            raise self._wrong(f"超过 {LONGEST_CODE // 1024} KB，不像是一个策略")
        module = self._run(source)
        found = attempt(lambda: self._made(source, module))
        if isinstance(found, Fault):
            if type(found.problem) is UserError:
                raise found.problem
            raise self._wrong(f"读不出它写的内容（{found.text}）")
        return found

    def _made(self, source: str, module: ModuleType) -> OwnCode:
        rule, check = getattr(module, "aim", None), getattr(module, "check", _nothing_wrong)
        if not callable(rule):
            raise self._wrong("没有函数 aim(numbers, seen)")
        if not callable(check):
            raise self._wrong("check 应是函数 check(numbers)")
        wakes = getattr(module, "wakes", getattr(rule, "wakes", None))  # the rule that the house ships has its own
        if wakes is not None and not callable(wakes):
            raise self._wrong("wakes 应是函数 wakes(numbers, coming)，或删去它")
        contracts = self._names(module, "CONTRACTS", ())
        targets = self._names(module, "TARGETS", contracts)
        if len(contracts) == 1 or not set(targets) <= set(contracts) or bool(targets) != bool(contracts):
            raise self._wrong("的 CONTRACTS 应写至少两个名字，TARGETS 是其中要交易的，至少一个")
        if contracts and isinstance(rule, TwoAverages):
            raise self._wrong("的 TwoAverages 只看一个合约，请删去 CONTRACTS")
        return OwnCode(
            name=self._name,
            sha256=sha256(source.encode()).hexdigest(),
            title=self._title(module),
            numbers=tuple(map(self._number, self._declared(module))),
            sample_seconds=self._count(module, "SAMPLE_SECONDS", 60, LONGEST_STEP),
            window=self._count(module, "WINDOW", 100, LARGEST_WINDOW),
            rule=rule,
            check=check,
            wakes=wakes,
            contracts=contracts,
            targets=targets,
            memoryless=remembers_nothing(source),
        )

    def _wrong(self, what: str) -> UserError:
        return self._text.wrong(self._path, f"{self._name} {what}；写法见 docs/strategies.md。")

    def _run(self, source: str) -> ModuleType:
        module = ModuleType(f"own_{sha256(source.encode()).hexdigest()[:12]}")
        # Pickled and traced by name, as any module's classes are.
        sys.modules[module.__name__] = module
        found = attempt(lambda: exec(compile(source, self._name, "exec"), module.__dict__))  # noqa: S102  # the owner's
        if not isinstance(found, Fault):
            return module
        problem = found.problem
        # The interpreter's own: what the code raises of a class that it wrote may answer anything, and raise again.
        own = any(type(problem) is one for one in NOT_PYTHON)
        if own and isinstance(problem, SyntaxError) and type(problem.lineno) is int:
            raise self._wrong(f"第 {problem.lineno} 行不合 Python 语法（{shortly(problem.msg)}）")
        raise self._wrong(f"第 {_line_of(found.problem, self._name)} 行出错：{found.text}")

    def _title(self, module: ModuleType) -> str:
        title = getattr(module, "TITLE", "")
        if type(title) is not str or not title.strip() or len(title) > 20:
            raise self._wrong("应有 TITLE = “…”，1 至 20 个字")
        return title.strip()

    def _count(self, module: ModuleType, name: str, without: int, most: int) -> int:
        found = getattr(module, name, without)
        if type(found) is not int or not 1 <= found <= most:
            raise self._wrong(f"的 {name} 应为 1 至 {most} 的整数，现为 {shortly(found)}")
        return found

    def _names(self, module: ModuleType, name: str, without: tuple[str, ...]) -> tuple[str, ...]:
        found = getattr(module, name, without)
        if not isinstance(found, tuple) or not all(type(one) is str and _NAME.fullmatch(one) for one in found):
            raise self._wrong(f'的 {name} 应写成 ("rb", "hc")：以小写字母开头，只含小写字母、数字、下划线')
        if len(found) > MOST_CONTRACTS or len(set(found)) < len(found):
            raise self._wrong(f"的 {name} 最多 {MOST_CONTRACTS} 个，名字不能相同")
        return found

    def _declared(self, module: ModuleType) -> tuple[Number, ...]:
        found = getattr(module, "NUMBERS", ())
        if not isinstance(found, tuple) or not all(isinstance(one, Number) for one in found):
            raise self._wrong("的 NUMBERS 应写成 (Number(…), …)，一个也要有逗号")
        if len(found) > MOST_NUMBERS or len({one.name for one in found}) < len(found):
            raise self._wrong(f"的 NUMBERS 最多 {MOST_NUMBERS} 个，名字不能相同")
        return found

    def _number(self, one: Number) -> OwnNumber:
        if type(one.name) is not str or not _NAME.fullmatch(one.name):
            raise self._wrong(f"的参数名 {one.name} 应以小写字母开头，只含小写字母、数字、下划线")
        if not all(type(said) is str for said in (one.title, one.unit, one.help)) or not one.title.strip():
            raise self._wrong(f"的参数 {one.name} 应有名称、单位（文字）")
        try:
            least, most, value = (_exact(number) for number in (one.least, one.most, one.value))
        except (InvalidOperation, TypeError, ValueError):
            raise self._wrong(f"的参数 {one.name} 的范围与默认值应为数字") from None
        if not all(number.is_finite() for number in (least, most, value)) or not least <= value <= most:
            raise self._wrong(f"的参数 {one.name}：默认值 {value} 应在 {least} 至 {most} 之间")
        return OwnNumber(
            name=one.name,
            title=one.title,
            unit=one.unit,
            least=least,
            most=most,
            value=value,
            whole=bool(one.whole),
            help=one.help,
        )


def _nothing_wrong(_: object) -> str:
    return ""


def _line_of(problem: BaseException, name: str) -> int:
    line, trace = 0, BaseException.__dict__["__traceback__"].__get__(problem)
    while trace is not None:
        if trace.tb_frame.f_code.co_filename == name:
            line = trace.tb_lineno
        trace = trace.tb_next
    return line
