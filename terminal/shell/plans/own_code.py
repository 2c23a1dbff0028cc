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

from terminal.domain.parameters.own import OwnNumber
from terminal.strategies.own.code import BROKEN, Number, OwnCode, fault_text
from terminal.strategies.table import OWN

if TYPE_CHECKING:
    from terminal.domain.errors import UserError
    from terminal.shell.plans.lines import Path
    from terminal.shell.plans.text import PlanText, Raw

LONGEST_CODE: Final = 256 * 1024  # characters
LONGEST_STEP: Final = 24 * 3600  # seconds between two prices
LARGEST_WINDOW: Final = 10_000  # prices
MOST_NUMBERS: Final = 24
MAIN: Final = ".main"  # behind a product, where a backtest is to follow its main contract
_NAME: Final = re.compile(r"[a-z][a-z0-9_]{0,31}", re.ASCII)


def with_code(text: PlanText, raw: Raw, path: Path) -> Raw:
    """Return a `[[strategy]]` of kind own as its settings are written: the code read and hashed, its numbers filled in.

    What is wrong with the file, or with what the plan says of its numbers, is a `UserError` with the plan's line.
    """
    if str(raw.get("instrument", "")).endswith(MAIN):
        what = "主力连续只能在 hengduo backtest 里当合约（不含参数扫描与 --check-wakes）；请写真实合约，由移仓换月。"
        raise text.wrong((*path, "instrument"), what)
    name = raw.get("code")
    if not isinstance(name, str) or not name:
        raise text.wrong(path, "缺少 code，请写上代码的文件名，如 double_ma.py。")
    code = _Reader(text, name, (*path, "code")).read()
    OWN.learn(code)
    numbers = _numbers(text, code, raw.get("numbers", {}), (*path, "numbers"))
    for key in ("sha256", "title", "sample_seconds", "window"):
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
        rule, check = getattr(module, "aim", None), getattr(module, "check", _nothing_wrong)
        if not callable(rule):
            raise self._wrong("没有函数 aim(numbers, seen)")
        if not callable(check):
            raise self._wrong("check 应是函数 check(numbers)")
        wakes = getattr(module, "wakes", getattr(rule, "wakes", None))  # the rule that the house ships has its own
        if wakes is not None and not callable(wakes):
            raise self._wrong("wakes 应是函数 wakes(numbers, coming)，或删去它")
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
        )

    def _wrong(self, what: str) -> UserError:
        return self._text.wrong(self._path, f"{self._name} {what}；写法见 docs/strategies.md。")

    def _run(self, source: str) -> ModuleType:
        module = ModuleType(f"own_{sha256(source.encode()).hexdigest()[:12]}")
        # Pickled and traced by name, as any module's classes are.
        sys.modules[module.__name__] = module
        try:
            exec(compile(source, self._name, "exec"), module.__dict__)  # noqa: S102  # the owner's program, not data
        except SyntaxError as problem:
            raise self._wrong(f"第 {problem.lineno} 行不合 Python 语法（{problem.msg}）") from None
        except BROKEN as problem:  # whatever a person's code raises is said in one sentence
            raise self._wrong(f"第 {_line_of(problem, self._name)} 行出错：{fault_text(problem)}") from None
        return module

    def _title(self, module: ModuleType) -> str:
        title = getattr(module, "TITLE", "")
        if not isinstance(title, str) or not title.strip() or len(title) > 20:
            raise self._wrong("应有 TITLE = “…”，1 至 20 个字")
        return title.strip()

    def _count(self, module: ModuleType, name: str, without: int, most: int) -> int:
        found = getattr(module, name, without)
        if type(found) is not int or not 1 <= found <= most:
            raise self._wrong(f"的 {name} 应为 1 至 {most} 的整数，现为 {found}")
        return found

    def _declared(self, module: ModuleType) -> tuple[Number, ...]:
        found = getattr(module, "NUMBERS", ())
        if not isinstance(found, tuple) or not all(isinstance(one, Number) for one in found):
            raise self._wrong("的 NUMBERS 应写成 (Number(…), …)，一个也要有逗号")
        if len(found) > MOST_NUMBERS or len({one.name for one in found}) < len(found):
            raise self._wrong(f"的 NUMBERS 最多 {MOST_NUMBERS} 个，名字不能相同")
        return found

    def _number(self, one: Number) -> OwnNumber:
        if not isinstance(one.name, str) or not _NAME.fullmatch(one.name):
            raise self._wrong(f"的参数名 {one.name} 应以小写字母开头，只含小写字母、数字、下划线")
        if not all(isinstance(said, str) for said in (one.title, one.unit, one.help)) or not one.title.strip():
            raise self._wrong(f"的参数 {one.name} 应有名称、单位（文字）")
        try:
            least, most, value = (_exact(number) for number in (one.least, one.most, one.value))
        except (InvalidOperation, TypeError):
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
            whole=one.whole,
            help=one.help,
        )


def _nothing_wrong(_: object) -> str:
    return ""


def _line_of(problem: BaseException, name: str) -> int:
    line, trace = 0, problem.__traceback__
    while trace is not None:
        if trace.tb_frame.f_code.co_filename == name:
            line = trace.tb_lineno
        trace = trace.tb_next
    return line
