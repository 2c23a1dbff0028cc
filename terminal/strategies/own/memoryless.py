"""Tell of the text of a rule of one's own whether the rule can remember nothing from one asking to the next.

A backtest may show such a rule prices that have not come yet: its answer then is its answer now, and nothing of what it
was shown is left. Of any other rule that cannot be known, and it must only be asked when its time has come.

The proof is by what a text is made of. Nothing outlives a call but what a module, a function's defaults and imported
modules hold: those are constants here, no attribute is ever set, and only what is listed here is called by name or
attribute, none of which changes anything outside or hears of anything but its arguments. A text may be sound and use
more than that; it is then not proven, and merely slower.
"""

from __future__ import annotations

import ast
import builtins
import math
from typing import Final

_IMPORTS: Final = {
    "__future__": {"annotations"},
    "collections.abc": {"Callable", "Iterable", "Iterator", "Mapping", "Sequence"},
    "decimal": {"Decimal"},
    "terminal.strategies.own.code": {"Aim", "Number", "Seen"},
    "typing": {"Any", "Final"},
}
_MODULES: Final = {
    "math": {name for name in dir(math) if not name.startswith("_")},
    "numpy": {
        *("abs", "all", "any", "arange", "argmax", "argmin", "array", "asarray", "corrcoef", "cov", "cumsum", "diff"),
        *("dot", "exp", "float64", "full", "int64", "isfinite", "isnan", "linspace", "log", "max", "maximum", "mean"),
        *("median", "min", "minimum", "nan", "ones", "percentile", "polyfit", "prod", "quantile", "sign", "sort"),
        *("sqrt", "std", "sum", "var", "where", "zeros"),
    },
}
_BUILTINS: Final = {
    *("abs", "all", "any", "bool", "dict", "divmod", "enumerate", "filter", "float", "frozenset", "int", "isinstance"),
    *("len", "list", "map", "max", "min", "next", "pow", "range", "reversed", "round", "set", "sorted", "str", "sum"),
    *("tuple", "zip", "ArithmeticError", "Exception", "IndexError", "KeyError", "ValueError", "ZeroDivisionError"),
}
_ATTRIBUTES: Final = {
    *("prices", "held", "trading_day", "days_to_expiry", "mean", "highest", "lowest", "lots", "reason"),
    *("append", "extend", "insert", "pop", "remove", "sort", "reverse", "index", "count", "copy", "add", "update"),
    *("get", "items", "keys", "values", "setdefault", "join", "quantize", "sqrt"),
    *("all", "any", "argmax", "argmin", "cumsum", "max", "min", "prod", "shape", "size", "std", "sum", "tolist", "var"),
}
_PLAIN: Final = (  # what a body may be made of without being looked at further
    *(ast.Return, ast.Assign, ast.AugAssign, ast.For, ast.While, ast.If, ast.Raise, ast.Try, ast.ExceptHandler),
    *(ast.Expr, ast.Pass, ast.Break, ast.Continue, ast.Assert, ast.AnnAssign, ast.BoolOp, ast.NamedExpr, ast.BinOp),
    *(ast.UnaryOp, ast.IfExp, ast.Dict, ast.Set, ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp, ast.Call),
    *(ast.FormattedValue, ast.JoinedStr, ast.Constant, ast.Subscript, ast.Starred, ast.List, ast.Tuple, ast.Slice),
    *(ast.comprehension, ast.arguments, ast.Lambda),
    *(ast.expr_context, ast.boolop, ast.operator, ast.unaryop, ast.cmpop),
)


def remembers_nothing(source: str) -> bool:
    """Return whether a text is proven to remember nothing; it must be a text that Python has read."""
    tree = ast.parse(source)
    known: set[str] = set()
    modules: dict[str, str] = {}
    functions: list[ast.FunctionDef] = []
    for one in tree.body:
        if not _stands_still(one, known, modules, functions):
            return False
    known |= {one.name for one in functions}
    return all(_is_sound(one, known, modules) for one in functions)


def _stands_still(one: ast.stmt, known: set[str], modules: dict[str, str], functions: list[ast.FunctionDef]) -> bool:
    # Whether a line of the module leaves nothing that can change; what it names is taken down.
    match one:
        case ast.Import(names=[ast.alias(name=name, asname=said)]) if name in _MODULES:
            modules[said or name] = name
        case ast.ImportFrom(module=str() as module, names=names, level=0):
            known |= {found.name for found in names}
            return all(found.name in _IMPORTS.get(module, ()) and found.asname is None for found in names)
        case ast.FunctionDef(name=name, decorator_list=[], args=arguments) if name not in known:
            functions.append(one)
            defaults = [*arguments.defaults, *(default for default in arguments.kw_defaults if default is not None)]
            return all(_is_constant(default, known) for default in defaults)
        case (
            ast.Assign(targets=[ast.Name(id=name)], value=value)
            | ast.AnnAssign(target=ast.Name(id=name), annotation=ast.Name(), value=ast.expr() as value)
        ):
            still = _is_constant(value, known)  # before its name is known: it may be named so itself
            known.add(name)
            return still
        case ast.Expr(value=ast.Constant()):
            pass
        case _:
            return False
    return True


def _is_constant(value: ast.expr, known: set[str]) -> bool:
    match value:
        case ast.Constant():
            return True
        case ast.Name(id=name):
            return name in known
        case ast.Tuple(elts=parts):
            return all(_is_constant(part, known) for part in parts)
        case ast.UnaryOp(operand=operand):
            return _is_constant(operand, known)
        case ast.BinOp(left=left, right=right):
            return _is_constant(left, known) and _is_constant(right, known)
        case ast.Call(func=ast.Name(id="Number" | "Decimal" as name), args=parts, keywords=named):
            return name in known and all(_is_constant(part, known) for part in (*parts, *(one.value for one in named)))
        case _:
            return False


def _is_sound(function: ast.FunctionDef, known: set[str], modules: dict[str, str]) -> bool:
    own = _bound(function)
    # What is bound in an inner function may be named outside of it: it must not be something else there.
    if any(name.startswith("__") or name in modules for name in own) or own & set(dir(builtins)) - _BUILTINS:
        return False
    names = own | known | _BUILTINS
    of_modules = [one for one in ast.walk(function) if isinstance(one, ast.Attribute) and _module(one, modules)]
    bases = {id(one.value) for one in of_modules}
    return all(id(node) in bases or _is_plain(node, names, modules) for node in ast.walk(function))


def _bound(function: ast.FunctionDef) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(function):
        match node:
            case ast.Name(id=name, ctx=ast.Store()) | ast.arg(arg=name):
                found.add(name)
            case ast.FunctionDef(name=name) | ast.ExceptHandler(name=str() as name) if node is not function:
                found.add(name)
    return found


def _module(node: ast.Attribute, modules: dict[str, str]) -> str:
    return modules.get(node.value.id, "") if isinstance(node.value, ast.Name) else ""


def _is_plain(node: ast.AST, names: set[str], modules: dict[str, str]) -> bool:
    match node:
        case ast.Name(id=name):
            return name in names and not isinstance(node.ctx, ast.Del)
        case ast.Attribute(attr=name, ctx=ast.Load()):
            return name in _MODULES.get(_module(node, modules), _ATTRIBUTES)
        case ast.Compare(ops=ops, comparators=others):
            # Which of two equal numbers is the other is an accident of where they lie.
            pairs = zip(ops, others, strict=True)
            return all(isinstance(one, ast.Constant) for op, one in pairs if isinstance(op, ast.Is | ast.IsNot))
        case ast.FunctionDef(decorator_list=decorators):
            return not decorators
        case ast.arg():
            return True
        case ast.keyword(arg=name):
            return name not in {None, "where"}  # what a mask leaves out of a fresh array was somebody's before
        case _:
            return isinstance(node, _PLAIN)
