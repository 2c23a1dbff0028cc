"""Say a report's figures as people read them: signs, commas, percent, yuan; text made safe for a page."""

from __future__ import annotations

from decimal import Decimal
from html import escape
from typing import TYPE_CHECKING, Final

from terminal.domain.words.amount_text import MINUS
from terminal.domain.words.terms import Term

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

NONE: Final = "—"
KINDS: Final = {
    "roll": str(Term.ROLL),
    "spread": str(Term.SPREAD),
    "grid": str(Term.GRID),
    "own": str(Term.OWN),
    "execution": str(Term.EXECUTION),
    "target": str(Term.TARGET),
    "manual": "手工",
}
STATUSES: Final = {
    "": "",
    "RUNNING": "运行",
    "WINDING": "收尾",
    "PAUSED": "已暂停",
    "STOPPED": "已停止",
    "FINISHED": "已结束",
}
WRONG: Final = {
    "REFUSED": "风控拒绝",
    "REJECTED": "交易所退回",
    "VOID": "未曾发出",
    "UNKNOWN": "状态曾未知",
    "KILLED": "急停撤销",
    "TAKEN_OUT": "交易所撤销",
    "LEGGED": "断腿",
}
STATES: Final = {
    "FILLED": "全部成交",
    "CANCELLED": "已撤单",
    "EXPIRED": "收盘失效",
    "REJECTED": "交易所退回",
    "VOID": "未曾发出",
    "WORKING": "结束时仍挂着",
}


def yuan(amount: Decimal) -> str:
    """Return yuan with two places and commas."""
    return f"{amount:,.2f}".replace("-", MINUS)


def signed(amount: Decimal) -> str:
    """Return yuan with its sign, as a coloured span."""
    return coloured(f"{amount:+,.2f}" if amount else f"{amount:,.2f}", amount)


def percent(share: Decimal | None, *, sign: bool = False) -> str:
    """Return a share as percent."""
    if share is None:
        return NONE
    return f"{share * 100:{'+' if sign else ''},.2f}%".replace("-", MINUS)


def figure(value: Decimal | None, places: int = 2) -> str:
    """Return a plain figure."""
    return NONE if value is None else f"{value:,.{places}f}".replace("-", MINUS)


def coloured(text: str, amount: Decimal) -> str:
    """Return text in the colour of a gain or a loss."""
    style = "up" if amount > 0 else "down" if amount < 0 else ""
    return f'<span class="{style}">{text.replace("-", MINUS)}</span>'


def table(headings: Sequence[str], rows: Iterable[Sequence[str]], *, words: int = 1) -> str:
    """Return a table of ready cells; the first `words` columns are text."""

    def cells(tag: str, row: Sequence[str]) -> str:
        return "".join(
            f'<{tag} class="word">{cell}</{tag}>' if place < words else f"<{tag}>{cell}</{tag}>"
            for place, cell in enumerate(row)
        )

    # A heading breaks before its unit only: so a table of seventeen columns needs no scrolling on a desk's screen.
    named = [heading.replace("（", "<wbr/>（").replace("·", "\u2060·\u2060") for heading in headings]
    body = "".join(f"<tr>{cells('td', row)}</tr>" for row in rows)
    return f'<div class="wide"><table><thead><tr>{cells("th", named)}</tr></thead><tbody>{body}</tbody></table></div>'


def pairs(found: Iterable[tuple[str, str]]) -> str:
    """Return names and ready values as a list."""
    return "<dl>" + "".join(f"<dt>{escape(name)}</dt><dd>{value}</dd>" for name, value in found) + "</dl>"


def legend(entries: Iterable[tuple[str, str]]) -> str:
    """Return what the lines of a chart are, by their style."""
    return (
        '<div class="legend">'
        + "".join(f'<span class="{style}"><i></i>{escape(name)}</span>' for style, name in entries)
        + "</div>"
    )
