"""Read a TOML file into typed tables, and say what is wrong with it: file, line, and what to do."""

from __future__ import annotations

import re
import tomllib
from copy import copy, deepcopy
from datetime import date, datetime, time
from decimal import Decimal
from difflib import get_close_matches
from hashlib import sha256
from typing import TYPE_CHECKING, Any, Final, TypeVar, get_args

import msgspec

from terminal.domain.errors import UserError
from terminal.domain.words.system import system_said
from terminal.shell.plans.lines import Lines

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path as FilePath

    from terminal.shell.plans.lines import Path

_T = TypeVar("_T")

Raw = dict[str, Any]
"""A TOML table as the parser gives it; it is turned into a typed one before anything else reads it."""

MOST_BYTES: Final = 16 * 1024 * 1024  # far above any plan; a tape given by mistake is not read into memory

PLAN: Final = "方案"
PLAN_PAGE: Final = "docs/plan.md"

MOST: Final = 10**15  # above any sum of money, number of lots, or seed
PLACES: Final = 12
DEEPEST: Final = 32  # tables and arrays inside one another; a plan needs five

_WORDS: Final = {
    "int": "整数",
    "str": "文字（加引号）",
    "bool": " true 或 false",
    "array": "数组 [ … ]",
    "object": "表 { … }",
    "decimal": "数字",
    "float": "数字",
    "null": "空",
}
_PLACE = re.compile(r" - at `(key in )?\$?([^`]*)`$")
_STEP = re.compile(r"\.([^.\[\]]+)|\[(\d+)\]")


class PlanText:
    """Hold one plan file: its bytes' hash and its raw tables, with decimals exact.

    Another file that is written in the same way says `what` it is in its sentences, and which page tells of its keys.
    `raw` and `files` are what stands in it and in those beside it where somebody has read them already: a plan may be
    sent to another machine.
    """

    def __init__(
        self,
        path: FilePath,
        raw: bytes | None = None,
        *,
        files: Mapping[str, bytes] | None = None,
        what: str = PLAN,
        page: str = PLAN_PAGE,
    ) -> None:
        self.path = path
        self._what, self._page = what, page
        self.files = dict(files or {})
        if raw is None:
            raw = read_bytes(path, what)
        self._digest = sha256(raw)
        try:
            self._text = raw.decode("utf-8-sig").replace("\r\n", "\n")
        except UnicodeDecodeError as problem:
            line = raw[: problem.start].count(b"\n") + 1
            raise self._at(line, "不是 UTF-8 文字，请另存为 UTF-8 编码。") from None
        try:
            self.tables: Raw = _plain(tomllib.loads(self._text, parse_float=Decimal))
        except tomllib.TOMLDecodeError as problem:
            raise self._syntax(str(problem)) from None
        except RecursionError:
            raise UserError(f"{what} {path}：括号套得太深，读不下去；请改成平常的表与数组。") from None

    def varied(self, changes: Mapping[Path, object]) -> PlanText:
        """Return the plan with other values at some paths ("strategy", 2, "step"), under a hash of its own.

        A table that the plan does not have is there then. A sentence about a changed value names the line on which the
        plan wrote its own.
        """
        other = copy(self)
        other.change(changes)
        return other

    def change(self, changes: Mapping[Path, object]) -> None:
        """Make this plan one with other values, see `varied`."""
        self.tables = deepcopy(self.tables)
        for path, value in changes.items():
            table: Any = self.tables
            for step in path[:-1]:
                table = table.setdefault(step, {}) if isinstance(table, dict) else table[step]
            table[path[-1]] = value
        told = "".join(f"|{'.'.join(map(str, path))}={value}" for path, value in changes.items())
        self._digest = sha256(f"{self.sha256}{told}".encode())

    @property
    def sha256(self) -> str:
        """Return the SHA-256 of the plan and of the files beside it that were read for it, in that order; hex."""
        return self._digest.hexdigest()

    def beside(self, name: str, path: Path) -> str:
        """Return the text of a file the plan names at a path, by its own folder; it belongs to the plan's hash."""
        file = self.path.parent / name
        try:
            raw = self.files[name] if name in self.files else _read(file)
        except OSError as problem:
            raise self.wrong(path, f"读不到 {file}（{system_said(problem)}），请核对文件名。") from None
        except ValueError:
            raise self.wrong(path, f"{path[-1]} 里有不能作文件名的字，请改。") from None
        if len(raw) > MOST_BYTES:
            raise self.wrong(path, f"{file} 超过 16 MiB，请拆开或换用其他文件。")
        self.files[name] = raw
        self._digest.update(sha256(raw).digest())
        try:
            return raw.decode("utf-8-sig")
        except UnicodeDecodeError:
            raise self.wrong(path, f"{file} 不是 UTF-8 文字，请另存为 UTF-8 编码。") from None

    # --- complaints -----------------------------------------------------------------------------------------------

    def wrong(self, path: Path, sentence: str) -> UserError:
        """Return the sentence about what stands at a path."""
        return self._at(Lines(self._text)[path], sentence)

    def _at(self, line: int, sentence: str) -> UserError:
        return UserError(f"{self._what} {self.path} 第 {line} 行：{sentence}")

    def _syntax(self, problem: str) -> UserError:
        found = re.search(r" \(at (?:line (\d+), column (\d+)|end of document)\)$", problem)
        line, near = (self._text.count("\n") + 1, "文件末尾")
        if found and found[1]:
            line, near = int(found[1]), f"第 {found[2]} 列附近"
        if "overwrite" in problem or "twice" in problem:
            return self._at(line, "同一个键或表写了两次，请删去一处。")
        return self._at(line, f"{near}不合 TOML 语法（{problem}），请检查引号、括号与等号。")

    def check_name(self, name: str, path: Path) -> None:
        """Refuse an id that is empty or holds what cannot be seen: ids stand in order references and sentences."""
        if not name or not name.isprintable() or any(letter.isspace() for letter in name):
            raise self.wrong(path, f"编号「{name}」不能为空，也不能含空格或看不见的字符。")

    # --- tables ---------------------------------------------------------------------------------------------------

    def convert(self, raw: object, wanted: type[_T], path: Path) -> _T:
        """Return a raw value as the type; what does not fit is a `UserError` with the line of the very key."""
        try:
            found = msgspec.convert(raw, wanted)
        except msgspec.ValidationError as problem:
            raise self._misfit(str(problem), raw, wanted, path) from None
        self._check_numbers(found, raw, path)
        return found

    def entries(self, name: str) -> list[tuple[Path, Raw]]:
        """Return the tables of an array of tables like `[[strategy]]`, each with its path."""
        rows = self.tables.get(name, [])
        if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
            raise self.wrong((name,), f"{name} 应写成表的数组：[[{name}]]。")
        return [((name, place), row) for place, row in enumerate(rows)]

    def known_keys(self, names: tuple[str, ...]) -> None:
        """Refuse keys at the top level that are not among `names`."""
        for key in self.tables:
            if key not in names:
                raise self.wrong((key,), unknown_key(key, names, self._page))

    def _misfit(self, problem: str, raw: object, wanted: Any, path: Path) -> UserError:  # noqa: ANN401 - a type form
        place = _PLACE.search(problem)
        what = problem[: place.start()] if place else problem
        steps: Path = tuple(
            step[1] if step[1] is not None else int(step[2]) for step in _STEP.finditer(place[2] if place else "")
        )
        if unknown := re.fullmatch(r"Object contains unknown field `(.*)`", what):
            return self.wrong((*path, *steps, unknown[1]), self._unknown(unknown[1], wanted, raw, steps))
        if missing := re.fullmatch(r"Object missing required field `(.*)`", what):
            return self.wrong((*path, *steps), f"缺少 {missing[1]}，请补上。")
        name = next((step for step in reversed(steps) if isinstance(step, str)), str(path[0]) if path else "")
        return self.wrong((*path, *steps), f"{name} {_said(what, self._page)}")

    def _unknown(self, key: str, wanted: Any, raw: object, steps: Path) -> str:  # noqa: ANN401 - a type form
        return unknown_key(key, _fields(wanted, raw, steps), self._page)

    def _check_numbers(self, value: object, raw: object, path: Path) -> None:
        # Text may say "NaN", "1e999999" or "１２", which later arithmetic or another reader would not survive.
        match value:
            case msgspec.Struct():
                for name, key in zip(value.__struct_fields__, value.__struct_encode_fields__, strict=True):
                    self._check_numbers(getattr(value, name), _step(raw, key), (*path, key))
            case tuple():
                for place, inner in enumerate(value):
                    self._check_numbers(inner, _step(raw, place), (*path, place))
            case dict():
                for key, inner in value.items():
                    self._check_numbers(inner, _step(raw, key), (*path, key))
            case Decimal() | int():
                name = next((step for step in reversed(path) if isinstance(step, str)), "")
                if isinstance(raw, str) and not raw.isascii():
                    raise self.wrong(path, f"{name} 的数字 {raw} 请改用半角（0 至 9）。")
                if not _is_sensible(Decimal(value)):
                    raise self.wrong(path, f"{name} 不是合理的数字（小于 {MOST}，至多 {PLACES} 位小数）。")
            case _:
                pass


def _plain(value: Any, depth: int = 0) -> Any:  # noqa: ANN401 - the parser's values are of any type
    # Unquoted times become text: a plan's times are read in one place.
    if depth > DEEPEST:
        raise RecursionError
    match value:
        case dict():
            return {key: _plain(inner, depth + 1) for key, inner in value.items()}
        case list():
            return [_plain(inner, depth + 1) for inner in value]
        case datetime():
            return value.isoformat(" ")
        case date() | time():
            return value.isoformat()
        case _:
            return value


def _is_sensible(number: Decimal) -> bool:
    if not number.is_finite() or abs(number) >= MOST:
        return False
    exponent = number.normalize().as_tuple().exponent
    return isinstance(exponent, int) and exponent >= -PLACES


def read_bytes(path: FilePath, what: str = PLAN) -> bytes:
    """Return what stands in a file that people write; one that cannot be read or is too large is a `UserError`."""
    try:
        raw = _read(path)
    except OSError as problem:
        raise UserError(f"读不到{what} {path}（{system_said(problem)}），请核对路径。") from None
    if len(raw) > MOST_BYTES:
        raise UserError(f"{what} {path} 超过 16 MiB，不像是{what}文件，请核对路径。")
    return raw


def _read(path: FilePath) -> bytes:
    with path.open("rb") as file:
        return file.read(MOST_BYTES + 1)


def unknown_key(key: str, names: tuple[str, ...], page: str = PLAN_PAGE) -> str:
    """Return the sentence about a key nobody knows, with the nearest one that is known."""
    near = get_close_matches(key, names, n=1)
    hint = f"是否想写 {near[0]}？" if near else f"可用的键：{'、'.join(names)}。" if names else ""
    return f"不认识的键 {key}，{hint or '请删去它。'}见 {page}。"


def _said(what: str, page: str) -> str:
    if expected := re.fullmatch(r"Expected `([^`]*)`, got `([^`]*)`", what):
        wanted = " 或 ".join(_WORDS.get(word, word) for word in expected[1].split(" | ") if word != "null")
        if expected[1].startswith("decimal"):
            wanted = '数字（整数、小数或 "0.5" 这样的文字）'
        return f"应为{wanted}，现为{_WORDS.get(expected[2], expected[2])}。"
    if length := re.fullmatch(r"Expected `array` of length (\d+), got (\d+)", what):
        return f"应有 {length[1]} 项，现有 {length[2]} 项。"
    if value := re.fullmatch(r"Invalid (?:enum )?value ('.*'|\S+)", what):
        return f"的值 {value[1]} 不在可选值之内，见 {page}。"
    if what.startswith("Invalid decimal"):
        return "不是数字。"
    return f"不合要求（{what}）。"


def _fields(wanted: Any, raw: Any, steps: Path) -> tuple[str, ...]:  # noqa: ANN401 - walks type forms and raw values
    # The keys that would have been known at the place; nothing when the place cannot be followed.
    for step in steps:
        wanted = _inner(wanted, raw, step)
        raw = _step(raw, step)
    wanted = _chosen(wanted, raw)
    if not (isinstance(wanted, type) and issubclass(wanted, msgspec.Struct)):
        return ()
    tag = wanted.__struct_config__.tag_field
    return (*([tag] if tag else []), *wanted.__struct_encode_fields__)


def _step(raw: Any, step: str | int) -> Any:  # noqa: ANN401 - as above
    if isinstance(raw, list) and isinstance(step, int):
        return raw[step] if step < len(raw) else None
    return raw.get(step) if isinstance(raw, dict) else None


def _chosen(wanted: Any, raw: Any) -> Any:  # noqa: ANN401 - as above
    # Of a union of structs, the one whose tag the raw table carries.
    options = [option for option in get_args(wanted) or (wanted,) if hasattr(option, "__struct_config__")]
    if len(options) == 1:
        return options[0]
    for option in options:
        config = option.__struct_config__
        if isinstance(raw, dict) and raw.get(config.tag_field) == config.tag:
            return option
    return None


def _inner(wanted: Any, raw: Any, step: str | int) -> Any:  # noqa: ANN401 - as above
    if isinstance(step, int):
        inner = [option for option in get_args(wanted) if option is not Ellipsis]
        return inner[0] if inner else None
    chosen = _chosen(wanted, raw)
    if chosen is None:
        return None
    return {field.encode_name: field.type for field in msgspec.structs.fields(chosen)}.get(step)
