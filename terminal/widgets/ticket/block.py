"""Say why an order cannot be sent now, in the order in which a person would mend it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from terminal.domain.orders.kind_words import worst_price_words
from terminal.domain.orders.order import Offset
from terminal.domain.products.combination import is_combination
from terminal.domain.words.risk import Verdict
from terminal.domain.words.terms import Term
from terminal.engine.screen import LinkState
from terminal.widgets.ticket.fields import KINDS, MODES, PriceMode, is_difference, verb

if TYPE_CHECKING:
    from decimal import Decimal

    from terminal.domain.ids import AccountId
    from terminal.domain.orders.order import OrderTerms
    from terminal.domain.products.instrument import Instrument
    from terminal.engine.screen import AccountLine, LinkLine, Preview
    from terminal.widgets.ticket.fields import Ticket

UNSEEN: Final = "▲ 没有发送：下单面板刚才被挡住，看清后再按一次"
JUST_CHANGED: Final = "▲ 没有发送：能否下单刚刚变了，看清后再按一次"
JUST_SENT: Final = "▲ 没有发送：同样的委托刚刚送出；确实要再来一笔，再按一次"
JUST_MOVED: Final = "▲ 没有发送：行情或合约刚变，正在重新核算；看清后再按一次"
NOT_HERE: Final = "的条件下单面板写不出来（看的是别的合约），不能在这里修改；请撤掉，再下一张"
ONE_BOOK: Final = "▲ 这家交易所不分今昨：平仓先平昨仓，还有昨仓时平不到今仓"


class Block(NamedTuple):
    """Hold a reason: a few words for the button, a sentence for the line above it."""

    short: str
    sentence: str


def held_by_another(link: LinkLine | None, line: AccountLine | None) -> bool:
    """Return whether an account was taken over by another person, or by this one at another desk."""
    return (
        link is not None
        and line is not None
        and line.holder is not None
        and (line.holder, line.holder_device) != (link.person, link.device)
    )


def standing(link: LinkLine | None, line: AccountLine | None) -> tuple[object, ...] | None:
    """Return all that decides whether this desk may order for an account; `None` until it is known."""
    if link is None or line is None:
        return None
    return (
        *(line.account, line.holder, line.holder_device),
        *(link.person, link.may_order, link.state, link.roles.get(line.account, ())),
    )


def barred(link: LinkLine | None, account: AccountId | None, line: AccountLine | None) -> Block | None:
    """Return why this desk may order nothing at all."""
    if link is None:
        return Block("正在连接", "正在连接运行器，连上之后才能下单。")
    if not link.may_order:
        if link.state is LinkState.OFFLINE:
            return Block(Term.OFFLINE, f"{link.sentence or Term.OFFLINE}，不能下单。")  # it says since when
        if link.state is LinkState.LIVE:
            return Block("没有权限", "不能下单：您在任何账户都没有交易员权限，请由交易员下单。")
        return Block("不能下单", f"不能下单：{link.sentence}" if link.sentence else "不能下单。")
    if account is None:
        return Block("没有账户", "没有可以下单的账户。")
    if held_by_another(link, line) and line is not None:
        where = f"在 {line.holder_device} " if line.holder_device else ""
        return Block(
            "他人持有", f"账户由 {line.holder_name or line.holder} {where}持有；要在这里下单，请先{Term.TAKE_OVER}。"
        )
    return None


def unfinished(
    ticket: Ticket, instrument: Instrument | None, price: Decimal | None, search: str | None, *, named: bool = False
) -> Block | None:
    """Return what is missing in the fields.

    `search` is what the contract's field says in the place of the chosen one, `named` that it is a listed code in full.
    """
    if search is not None:
        said = f"合约栏里的“{search}”还没有选定" if search else "合约栏空着"
        back = f"；清空后离开合约栏，就回到 {ticket.instrument.partition('.')[2]}" if ticket.instrument else ""
        return Block("先选合约", f"{said}：{_to_choose(search, named=named)}{back}。")
    if instrument is None:
        if ticket.instrument is not None:
            return Block("合约未列出", f"合约 {ticket.instrument} 不在当前市场里，请另选合约。")
        return Block("先选合约", "选好合约，这里会先说明后果：做什么、花多少、能不能做。")
    if not ticket.lots:
        return Block("先填手数", "手数还空着。")
    if price is None:
        if ticket.mode is PriceMode.FIXED:
            return Block("先填价格", "价格还空着；也可以按 D 取对手价。")
        if ticket.mode in KINDS:
            what = f"行情里没有{worst_price_words(ticket.side)}，{MODES[ticket.mode]}委托无从按最坏价核算"
            return Block("没有价格", f"{what}；请另选价格方式，或直接输入价格。")
        return Block("没有价格", f"行情里没有{MODES[ticket.mode]}，请另选价格方式，或直接输入价格。")
    if price <= 0 and not is_difference(instrument):
        return Block("价格不对", f"价格须大于 0，现在是 {price:f}，请改价。")
    if not instrument.on_grid(price):
        return Block("价格不对", f"{price:f} 不是最小变动价位 {instrument.tick.normalize():f} 的整数倍，请改价。")
    return None


def _to_choose(search: str, *, named: bool) -> str:
    if named:
        return "按 Enter 选定"
    absent = "行情里没有这个代码，" if search else ""
    return f"{absent}请输入完整代码，或从列表里选一个"


def refused(answer: Preview) -> Block | None:
    """Return why an answer forbids sending."""
    if answer.verdict < Verdict.LOCK:
        return None
    return Block("限制开仓" if answer.verdict is Verdict.LOCK else "不能发送", answer.sentence)


def orders_of(answer: Preview, asked: OrderTerms) -> tuple[OrderTerms, ...]:
    """Return exactly the orders an answer spoke of; empty where a close finds nothing to close.

    Of a combination it speaks of both legs, and one order is sent.
    """
    if is_combination(asked.instrument):
        return (asked,)
    if answer.children:
        return tuple(child.terms for child in answer.children)
    return () if asked.offset is Offset.CLOSE else (asked,)


def button_text(orders: tuple[OrderTerms, ...], answer: Preview | None) -> str:
    """Return what the send button reads: what it sends."""
    what = " + ".join(f"{verb(one.side, one.offset)} {one.lots} 手" for one in orders)
    if answer is not None and answer.verdict is Verdict.CONFIRM2:
        return f"{Term.SUBMIT_FOR_APPROVAL} · {what}"
    return what
