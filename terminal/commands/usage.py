"""Say in one Chinese sentence what the parser of the command line found wrong.

The parser's own words are English and follow its version: what is told here comes from the kind of the error and from
the parameter it names, and its message is read only where it carries what is nowhere else.
"""

from __future__ import annotations

from difflib import get_close_matches
from typing import TYPE_CHECKING, Any, Final

# The parser's errors have no public name, except one; the lock holds the version they are read of.
from typer._click.exceptions import BadOptionUsage, BadParameter, MissingParameter, NoSuchOption
from typer.core import TyperArgument

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from typer import TyperException
    from typer._click import Parameter

PROGRAM: Final = "hengduo"

EXPECTED: Final = {
    "int_parsing": "整数",
    "int_from_float": "整数",
    "int_type": "整数",
    "float_parsing": "数",
    "float_type": "数",
    "finite_number": "有限的数",
    "greater_than_equal": "不小于 {ge:g} 的数",
    "less_than_equal": "不大于 {le:g} 的数",
    "bool_parsing": "是或否",
}
"""What was expected, by the kind of the validator's error and with the bounds it names."""


def unknown_verb(given: str, verbs: Iterable[str]) -> str:
    """Return what to say of a verb that is none, with the one it may be meant for."""
    near = get_close_matches(given, list(verbs), n=1)
    meant = f"，是不是 {near[0]}？" if near else "，"
    return f"没有动词 {given}{meant}全部动词见 {PROGRAM} --help。"


def said(error: TyperException, verb: str) -> str:
    """Return what to say of a line that names this verb: what is wrong, where, and where the help is."""
    return f"{verb} {_wrong(error)}用法见 {PROGRAM} {verb} --help。"


def _wrong(error: TyperException) -> str:
    if isinstance(error, NoSuchOption):
        near = "、".join(sorted(error.possibilities or ()))
        return f"没有选项 {error.option_name}，{f'相近的有 {near}；' if near else ''}"
    if isinstance(error, BadOptionUsage):
        # Whether a value is wanting or too much is told by the message alone.
        much = "does not take a value" in error.message
        return f"的选项 {error.option_name} {'不带值，请去掉等号和后面的字；' if much else '后面缺少它的值；'}"
    if isinstance(error, MissingParameter):
        return f"缺少{_named(error.param)}；"
    if isinstance(error, BadParameter):
        return f"的{_named(error.param)} 写得不对：{_expected(error)}；"
    words = error.message.rpartition("(")[2].rstrip(")")
    return f"后面多了 {words}，不知道是什么（路径里有空格要加引号）；"


def _named(param: Parameter | None) -> str:
    if param is None:
        return "一个值"
    if isinstance(param, TyperArgument):
        return f"参数 {param.metavar or param.name}"
    return f"选项 {max(param.opts, key=len)}"


def _expected(error: BadParameter) -> str:
    param, cause = error.param, error.__cause__
    found: Sequence[dict[str, Any]] = cause.errors() if cause is not None and hasattr(cause, "errors") else ()
    if not found:
        return error.message
    given = f"，现为 {found[0]['input']}"
    choices = param.type_descriptor.choices if param is not None else None
    if choices:
        return f"应为 {' 或 '.join(map(str, choices))}{given}"
    wanted = EXPECTED.get(found[0]["type"])
    return f"应为{wanted.format(**found[0].get('ctx', {}))}{given}" if wanted else f"{error.message}{given}"
