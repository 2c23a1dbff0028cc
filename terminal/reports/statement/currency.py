"""Say in which money a statement is, by what its head and its account summaries write (币种, Currency).

Everything of a statement is compared as yuan. So a head that names another money, or two, or a summary that names two,
refuses it; a whole summary in other money beside the one in yuan is kept as it stands, and not compared. Where nothing
is written it is yuan: so do most brokers.
"""

from __future__ import annotations

import re
from itertools import takewhile
from typing import Final

from terminal.domain.errors import UserError
from terminal.domain.words.typed_text import shown

_LABEL: Final = re.compile(r"(?:币\s*种|Currency)(?:\s*[/／]?\s*Currency)?\s*[：:]+", re.IGNORECASE)
_NEXT_LABEL: Final = re.compile(r"Account|[^\s：:]+\s*[：:]", re.IGNORECASE)
_BETWEEN: Final = re.compile(r"[\s\u3000、,，/／;；+＋&()（）\[\]【】：:|]+|和|及|与")
_YUAN: Final = frozenset(("人民币", "人民币元", "元", "cny", "rmb", "cnh", "¥", "￥"))
_OTHERS: Final = frozenset(
    (
        *("美元", "美金", "usd", "us$", "$", "港币", "港元", "hkd", "hk$", "欧元", "eur", "€", "英镑", "gbp", "£"),
        *("日元", "日圆", "jpy", "新加坡元", "新元", "sgd", "澳元", "aud", "加元", "cad", "瑞士法郎", "chf", "外币"),
        *("林吉特", "myr", "泰铢", "thb", "卢布", "rub", "韩元", "krw", "卢比", "inr"),
    )
)
_KNOWN: Final = _YUAN | _OTHERS
_INSTEAD: Final = "所有金额都按人民币核对；请导出只有人民币的结算单"


def is_yuan(number: int, title: str) -> bool:
    """Return whether an account summary with this title is in yuan; one that names two moneys is a `UserError`."""
    named = [*_labelled(title), *(word for word in _words(title) if word in _KNOWN)]
    others = _others(named)
    if others and len(others) < len(named):
        raise UserError(f"第 {number} 行的资金状况不止一种币种（{_listed(named)}），分不清各是多少；{_INSTEAD}。")
    return not others


def refuse_other_money(number: int, text: str) -> None:
    """Refuse a line of the head that says the statement is in other money than yuan, or in two."""
    named = _labelled(text)
    if _others(named):
        raise UserError(f"第 {number} 行写的币种是 {_listed(named)}，不是人民币一种；{_INSTEAD}。")


def refuse_no_yuan(number: int, title: str) -> None:
    """Refuse a statement whose only account summary, that with this title, is in other money."""
    named = _listed([*_labelled(title), *(word for word in _words(title) if word in _OTHERS)])
    raise UserError(f"第 {number} 行的资金状况是 {named} 的，没有人民币的；{_INSTEAD}。")


def _labelled(text: str) -> list[str]:
    # The first word after the label is a currency, whether it is known or not; those after it are if they are known.
    named: list[str] = []
    for label in _LABEL.finditer(text):
        after = _NEXT_LABEL.split(text[label.end() :], maxsplit=1)[0]
        first, *more = _words(after) or [""]
        named += [first, *takewhile(_KNOWN.__contains__, more)]
    return named


def _words(text: str) -> list[str]:
    return [word for word in _BETWEEN.split(text.casefold()) if word]


def _others(named: list[str]) -> list[str]:
    return [word for word in named if word not in _YUAN]


def _listed(named: list[str]) -> str:
    return "、".join(shown(word.upper()) if word else "空白" for word in dict.fromkeys(named))
