"""Say what a roll between accounts would do: what each account's rules say, what each frees, needs and pays.

Only who trades in both accounts is told of both; the answer goes to the asker and into no stream.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from terminal.domain.orders.order import Offset
from terminal.domain.products.fees import fee, fees_known
from terminal.domain.products.margin import margin_of
from terminal.domain.words.amount_text import amount_text
from terminal.domain.words.risk import Verdict
from terminal.domain.words.settings import WORDS
from terminal.engine.confirmations.waiting import why_full
from terminal.engine.previews.closing import closing_fee
from terminal.engine.previews.order import held_elsewhere
from terminal.engine.previews.strategy import StrategyAnswer, start_of
from terminal.engine.sentences.strategy import settings_title
from terminal.engine.strategy.halves import by_the_runner, far_account_of, is_taken, no_far_account
from terminal.engine.strategy.halves_check import opening_orders
from terminal.engine.wording import short, yuan
from terminal.strategies.roll.halves import far_name, halves_of
from terminal.strategies.roll.report import crossed
from terminal.strategies.table import strategy_of

if TYPE_CHECKING:
    from terminal.domain.commands import StartStrategy
    from terminal.domain.parameters.strategy import RollSettings
    from terminal.engine.look import Look
    from terminal.engine.previews.order import Asker
    from terminal.engine.state import AccountState


def between_start_of(
    look: Look, asker: Asker, account: AccountState, body: StartStrategy, settings: RollSettings
) -> StrategyAnswer:
    """Return what starting a roll between accounts would do now, in both."""
    title = f"启动策略 {body.strategy}：{settings_title(settings)}"
    if settings.half is not None:
        return StrategyAnswer(Verdict.DENY, title, f"不能启动：{by_the_runner()}")
    other = far_account_of(look.state, settings, asker.person)
    wrong = strategy_of(settings).check(settings) or ""
    if not wrong and other is None:
        wrong = no_far_account()
    if wrong or other is None:
        return StrategyAnswer(Verdict.DENY, title, f"不能启动：{wrong}")
    one, two = halves_of(settings)
    wish = replace(body, account=two.account, strategy=far_name(body.strategy), settings=two)
    if is_taken(look.state, body.strategy) or wish.strategy in other.strategies:
        return StrategyAnswer(Verdict.DENY, title, f"不能启动：策略 {body.strategy} 已存在，请换一个编号。")
    near, far = start_of(look, account, replace(body, settings=one)), start_of(look, other, wish)
    held = held_elsewhere(asker, other)
    if not held and far.verdict is Verdict.CONFIRM2:
        held = why_full(other, asker.person)
    if held:
        far = far._replace(verdict=Verdict.DENY, may=f"不能执行：{held}")
    value = None if near.value is None or far.value is None else near.value + far.value
    own = (*_near(look, account, one), *_far(look, other, two), _tolerance(look, settings))
    known = set(near.details)
    return StrategyAnswer(
        max(near.verdict, far.verdict),
        title if value is None else f"{title} 总价值 {yuan(value)}",
        f"{account.account} 平近月：{near.may}；{other.account} 开远月：{far.may}",
        value,
        far.margin,
        (*own, *near.details, *(one for one in far.details if one not in known and "等待" not in one)),
    )


def _near(look: Look, account: AccountState, settings: RollSettings) -> tuple[str, ...]:
    known, prices = look.instrument(settings.near), crossed(settings, look)
    if prices is None:
        return ()
    freed = margin_of(known, settings.lots, prices[0], flag=settings.hedge_flag)
    parts = [f"{account.account}：平 {short(known.id)} {settings.lots} 手"]
    parts += [] if freed is None else [f"释放保证金约 {yuan(freed)}"]
    paid = closing_fee(look, account, settings, prices[0])
    parts += [] if paid is None else [f"手续费约 {yuan(paid)}"]
    return ("，".join(parts),)


def _far(look: Look, account: AccountState, settings: RollSettings) -> tuple[str, ...]:
    known, lots = look.instrument(settings.far), settings.lots
    orders = opening_orders(look, account, settings, lots)
    if not orders:
        return ()
    terms = replace(orders[-1].terms, lots=lots)
    needed = margin_of(known, lots, terms.price, flag=settings.hedge_flag)
    parts = [f"{account.account}：开 {short(known.id)} {lots} 手"]
    parts += [] if needed is None else [f"需保证金约 {yuan(needed)}"]
    if fees_known(known):
        paid = fee(known, offset=Offset.OPEN, lots=lots, price=terms.price, flag=settings.hedge_flag)
        parts.append(f"手续费约 {yuan(paid)}")
    now = account.book.view(look.columns.last_price)
    then = account.book.view_after(now.position_profit, known, terms)
    if then is not None:
        parts.append(f"风险度最多 {now.risk_degree * 100:.2f}% → {then.risk_degree * 100:.2f}%")
    return ("，".join(parts),)


def _tolerance(look: Look, settings: RollSettings) -> str:
    known, most = look.instrument(settings.near), settings.naked_lots
    weight = "" if known.tonnes_per_lot is None else f"，{amount_text(known.tonnes_per_lot * most)} 吨"
    parted = f"任何一步近月已平最多比远月已开多 {most} 手（{WORDS['naked_lots']}{weight}）"
    return f"两个账户合计：{parted}，移完为 0"
