"""Lay out the help of a verb in Chinese, where a letter is two places wide.

The parser counts letters and not places, so its columns stand crooked, and it has its headings in English.
"""

from __future__ import annotations

import shutil
from enum import Enum
from typing import TYPE_CHECKING, Final

from typer.core import TyperArgument, TyperCommand, TyperGroup, TyperOption

from terminal.domain.words.columns_text import width

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from typer._click import Context, HelpFormatter  # no public name; the lock holds the version

WIDEST: Final = 100  # places of a line
LEFT: Final = 28  # places of a name; a longer one has its line alone
KINDS: Final = {"int": "整数", "float": "数", "str": "文字", "Path": "路径", "list[Path]": "路径", "list[str]": "文字"}
SAID: Final = {"help": "显示这一页", "fix": "缺的能装就装上", "json": "在标准输出打印一个 JSON 对象"}
"""What an option without words means: the parser's own one, and those of `doctor`, which may not know the parser."""
NEVER_FIRST: Final = "，。；：、）”！？"  # no line begins with one


class Verb(TyperCommand):
    """Be a verb whose help is laid out here."""

    def format_help(self, ctx: Context, formatter: HelpFormatter) -> None:
        """Write the help."""
        formatter.write("\n".join(page(self, ctx)))


class House(TyperGroup):
    """Be the line without a verb: its help lists them all."""

    def format_help(self, ctx: Context, formatter: HelpFormatter) -> None:
        """Write the help."""
        verbs = [(name, (command.help or "").partition("\n")[0]) for name, command in self.commands.items()]
        formatter.write("\n".join([*page(self, ctx, verbs), "", "一个动词的说明：hengduo 动词 --help"]))


def page(command: TyperCommand | TyperGroup, ctx: Context, verbs: Sequence[tuple[str, str]] = ()) -> list[str]:
    """Return the lines of a help: how it is written, what it does, its arguments, options and verbs."""
    params = command.get_params(ctx)
    arguments = [one for one in params if isinstance(one, TyperArgument)]
    options = [one for one in params if isinstance(one, TyperOption)]
    words = [_written(one) for one in arguments]
    usage = " ".join([f"用法：{ctx.command_path}", "[选项]", *words, *(["动词 …"] if verbs else [])])
    lines = [usage, ""]
    for part in (command.help or "").split("\n"):
        lines.extend(f"  {line}" for line in wrapped(part, _wide() - 2))
    lines += _section("参数", [(_named(one), _told(one)) for one in arguments])
    lines += _section("选项", [(_optioned(one), _told(one)) for one in options])
    return lines + _section("动词", verbs)


def wrapped(text: str, places: int) -> Iterator[str]:
    """Yield the lines of a text that take at most so many places, broken at spaces and between Chinese letters."""
    line = ""
    for piece in _pieces(text):
        if line and width(line + piece.rstrip()) > places and piece[0] not in NEVER_FIRST:
            yield line.rstrip()
            line = piece.lstrip()
        else:
            line += piece
    if line:
        yield line.rstrip()


def _pieces(text: str) -> Iterator[str]:
    # What may not be broken: a Chinese letter, or a word of others with the space behind it.
    piece = ""
    for letter in text:
        if width(letter) > 1:
            if piece:
                yield piece
            yield letter
            piece = ""
        else:
            piece += letter
            if letter == " ":
                yield piece
                piece = ""
    if piece:
        yield piece


def _section(heading: str, rows: Sequence[tuple[str, str]]) -> list[str]:
    if not rows:
        return []
    left = min(max(width(name) for name, _ in rows), LEFT)
    lines = ["", f"{heading}："]
    for name, told in rows:
        first, *rest = list(wrapped(told, max(_wide() - left - 4, 20))) or [""]
        if width(name) > left:
            lines += [f"  {name}", f"  {' ' * left}  {first}"]
        else:
            lines.append(f"  {name}{' ' * (left - width(name))}  {first}".rstrip())
        lines += [f"  {' ' * left}  {line}" for line in rest]
    return lines


def _wide() -> int:
    return min(shutil.get_terminal_size().columns, WIDEST)


def _named(param: TyperArgument) -> str:
    return str(param.metavar or param.name)


def _written(param: TyperArgument) -> str:
    many = " …" if param.nargs == -1 else ""
    return f"{_named(param)}{many}" if param.required else f"[{_named(param)}{many}]"


def _optioned(param: TyperOption) -> str:
    names = ", ".join(sorted(param.opts, key=len))
    if param.is_flag:
        return names
    kind = param.metavar or "|".join(str(one) for one in param.type_descriptor.choices or ())
    return f"{names} {kind or KINDS.get(param.bare_type(), '值')}"


def _told(param: TyperArgument | TyperOption) -> str:
    told = str(SAID[param.name] if param.name == "help" else param.help or SAID.get(param.name, ""))
    default = param.default.value if isinstance(param.default, Enum) else param.default
    ends = ["必填"] if param.required else []
    if not (param.required or default is None or isinstance(default, (bool, list, tuple)) or default in {"", 0}):
        ends.append(f"默认 {default:g}" if isinstance(default, float) else f"默认 {default}")
    return f"{told}（{'；'.join(ends)}）" if ends else told
