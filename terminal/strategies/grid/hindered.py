"""Say why a grid that closes what it holds closes nothing, and what can be done about it.

What `terminal.strategies.spread.hindered` says alike of a spread, whatever it is that it closes, stands here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from terminal.strategies.children import SECOND, ChildState
from terminal.strategies.sight import PAY_UP

if TYPE_CHECKING:
    from terminal.domain.orders.order import Side
    from terminal.strategies.draft import Draft
    from terminal.strategies.grid.moment import Moment
    from terminal.strategies.sight import Sight

PATIENCE: Final = 10 * SECOND  # of continuous trading in which nothing was closed, before people are told
AGAIN: Final = 60 * SECOND  # a close that goes on and stops, lot by lot, is not told of more often than this
BY_HAND: Final = "不能等的请人工处理"
SELF_MATCH: Final = "SELF_MATCH"  # what the gate calls it that an order would trade with an own one (C14)


class Hindrance(NamedTuple):
    """Hold what is in the way: `cause` tells one from another; `why`, and `plan` of the grid and of people."""

    cause: str
    why: str
    plan: str

    def on(self, trading_day: int) -> Hindrance:
        """Return it as of a trading day: what held yesterday is said again today, to whoever sits there then."""
        return self._replace(cause=f"{trading_day} {self.cause}")


STALE: Final = Hindrance("STALE", "行情超过一分钟没有更新", f"有了新行情接着平；请核对行情，{BY_HAND}")


def hindrance(moment: Moment) -> Hindrance | None:
    """Return what keeps a grid from closing now, the plainest reason first; `None` where there is nothing to say."""
    memory = moment.memory
    found = None if is_said(memory.told, memory.told_at, moment.draft.now) else _found(moment)
    return None if found is None else found.on(moment.draft.view.trading_day)


def is_said(told: list[str], told_at: int, now: int) -> bool:
    """Return whether what was said of a close that went on a little after it is too fresh to be said again."""
    return not told and now - told_at < AGAIN


def _found(moment: Moment) -> Hindrance | None:
    side, sight = moment.settings.side.opposite, moment.sight
    if not sight.fresh:
        return STALE
    shown = sight.opposite(side)
    if shown is None:
        return stuck(sight)
    if moment.entry_at_or_beyond(shown.price):
        return _entry(moment)
    free = sum(moment.memory.held) > moment.closing
    found = barred(moment.draft, sight, side) if free else None
    return found or refused(moment.memory.refusal) or _closes(moment) or missed(moment.memory.misses)


def stuck(sight: Sight) -> Hindrance:
    """Return what is said of a market in which a side cannot be traded."""
    plan = "有了对手价接着平；不能等的请人工在停板价排队，或在别处对冲"
    return Hindrance(f"STUCK {sight.stuck}", sight.stuck, plan)


def refused(refusal: tuple[str, str] | None) -> Hindrance | None:
    """Return what is said of the latest close, if it was refused."""
    if refusal is None:
        return None
    return Hindrance(f"REFUSED {refusal[0]}", refusal[1], "过一会儿再报；请按原因处理，或人工平仓")


def barred(draft: Draft, sight: Sight, side: Side) -> Hindrance | None:
    """Return what is said of a close in whose way an own order stands, for which one was refused, however long ago.

    It is one cause with that refusal: whoever has read it reads it of that order only.
    """
    shown, name = sight.opposite(side), sight.instrument
    if shown is None:
        return None
    whose = draft.view.barred_by(draft.account, draft.strategy, name.id, side, name.price(shown.price))
    if not whose:
        return None
    plan = f"让开后接着平；请撤去那笔委托（状态不明的请联系交易所或期货公司查询），{BY_HAND}"
    return Hindrance(f"REFUSED {SELF_MATCH}", f"{whose}在对面，平仓会与它自成交", plan)


def missed(misses: int) -> Hindrance | None:
    """Return what is said of closes that filled nothing, if there were any."""
    if not misses:
        return None
    return Hindrance("MISSED", f"按对手价报了 {misses} 次都没有成交", f"每次多让 {PAY_UP} 跳接着平；{BY_HAND}")


def _entry(moment: Moment) -> Hindrance:
    unproven = _unproven(moment, closing=False)
    why = f"入场委托 {unproven} 状态未知" if unproven else "入场委托还没有撤回"
    return Hindrance("ENTRY", f"{why}，平仓会与它自成交", "交易所证明它的结果之后立即平；请联系交易所或期货公司查询")


def _closes(moment: Moment) -> Hindrance | None:
    closes = [one.recorded_at for one in moment.memory.ledger.children.values() if one.closing and one.reserved]
    if sum(moment.memory.held) <= moment.closing:
        if moment.draft.now - min(closes) < PATIENCE:
            return None  # sent a moment ago
        unproven = _unproven(moment, closing=True)
        why = f"平仓委托 {unproven} 状态未知，占着全部持仓" if unproven else "平仓委托还没有撤回，占着全部持仓"
        return Hindrance("CLOSING", why, f"等交易所的结果再平；请核对未了委托，{BY_HAND}")
    if not moment.draft.closable(moment.settings.instrument, moment.settings.side.opposite):
        return Hindrance("FROZEN", "可平手数为零，持仓被别的平仓委托占用", f"可平之后接着平；请撤去那些委托，{BY_HAND}")
    return None


def _unproven(moment: Moment, *, closing: bool) -> str:
    children = moment.memory.ledger.children.items()
    unknown = (order for order, one in children if one.state is ChildState.UNKNOWN and one.closing is closing)
    return "、".join(unknown)
