"""Say what exercising or abandoning an option would do: fee, what the lots become, money and margin afterwards."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from terminal.domain import commands as c
from terminal.domain.books.holding import decimal_text
from terminal.domain.fact.facts import Role
from terminal.domain.orders.exercise import Choice
from terminal.domain.orders.order import Side
from terminal.domain.words.risk import Verdict
from terminal.engine.confirmations.waiting import why_full
from terminal.engine.exercise.after import moment_of
from terminal.engine.exercise.judge import foreseen, judge
from terminal.engine.exercise.wishes import bar_to_withdrawing
from terminal.engine.previews.conversion import exercise_earns
from terminal.engine.previews.order import Answer, Asker, held_elsewhere, no_role, plain
from terminal.engine.screen import Preview
from terminal.engine.sentences.exercise import until_text, wish_text
from terminal.engine.wording import LONG_SHORT, short, signed_yuan, yuan

if TYPE_CHECKING:
    from terminal.domain.orders.exercise import ExerciseWish
    from terminal.domain.products.instrument import Instrument
    from terminal.engine.exercise.after import After
    from terminal.engine.exercise.judge import Judged
    from terminal.engine.look import Look
    from terminal.engine.state import AccountState


def exercise_preview(
    look: Look, asker: Asker, request: int, account: AccountState, body: c.RequestExercise | c.WithdrawExercise
) -> Preview:
    """Return what a wish about an option's end would do now."""
    if isinstance(body, c.WithdrawExercise):
        return plain(request, _withdraw(asker, account, body))
    wish = body.wish
    barred = no_role(asker, account, (Role.TRADER,), "申请行权或放弃") or held_elsewhere(asker, account)
    found = judge(look, account, wish)
    barred = barred or found.why or (why_full(account, asker.person) if found.second else "")
    instrument = look.state.tenant.instruments.get(wish.instrument)
    if instrument is None or barred:
        return plain(request, Answer(Verdict.DENY, f"不能提交：{barred}"))
    if wish.choice is Choice.ABANDON:
        paid = _paid(account, instrument, wish)
        return plain(request, Answer(Verdict.ALLOW, f"{wish_text(wish)} · 到期作废，已付权利金约 {yuan(paid)} 不退"))
    after = foreseen(moment_of(look), account, wish)
    if after is None:  # `judge` has said so
        return plain(request, Answer(Verdict.DENY, "不能提交：行权后的资金算不出来。"))
    return _exercise(look, account, request, instrument, wish, after, found)


def _exercise(
    look: Look,
    account: AccountState,
    request: int,
    instrument: Instrument,
    wish: ExerciseWish,
    after: After,
    found: Judged,
) -> Preview:
    option = instrument.option
    now, then = account.book.view(look.columns.last_price), after.money
    worth = look.columns.last_price(option.underlying) if option is not None else None
    details = [
        f"客户权益 {yuan(now.equity, 2)} → {yuan(then.equity, 2)}（{signed_yuan(then.equity - now.equity, 2)}）",
        f"保证金 {yuan(now.margin, 2)} → {yuan(then.margin, 2)}",
        f"可用 {yuan(now.available, 2)} → {yuan(then.available, 2)}",
        f"风险度 {now.risk_degree * 100:.2f}% → {then.risk_degree * 100:.2f}%",
    ]
    becomes = "现金结算，不产生持仓"
    verdict = Verdict.ALLOW
    if option is not None and not option.cash_settled:
        side = LONG_SHORT[option.future_side(Side.BUY)]
        becomes = f"得到 {short(option.underlying)} {side} {wish.lots} 手 @{decimal_text(option.strike)}"
        becomes += f"，随即自对冲 {after.netted} 手" if wish.self_close else ""
    if option is not None and worth is not None and not option.worth(worth):
        verdict = Verdict.WARN
        details.insert(0, f"▲ 标的 {decimal_text(worth)}，这份期权现在不是实值：行权即亏损")
    if found.warns:
        verdict = Verdict.WARN
        details.insert(0, f"▲ {''.join(one.sentence for one in found.warns)}")
    details += exercise_earns(look, instrument, wish.lots, fee=after.fee, netted=after.netted)
    if found.second:
        verdict = Verdict.CONFIRM2
        details.insert(0, f"▲ {''.join(one.sentence for one in found.second)}{until_text(instrument)}")
    may = {Verdict.ALLOW: "可以提交", Verdict.WARN: "可以提交，有提醒"}.get(verdict, "需复核")
    return Preview(
        request=request,
        verdict=verdict,
        sentence=f"{wish_text(wish)} · {becomes} · 手续费 {yuan(after.fee, 2)} · {may}",
        value=None if option is None else instrument.value(option.strike, wish.lots),
        margin=then.margin - now.margin,
        fee=after.fee,
        findings=found.findings,
        details=tuple(details),
    )


def _paid(account: AccountState, instrument: Instrument, wish: ExerciseWish) -> Decimal:
    runs = account.book.runs(instrument.id, wish.flag, Side.BUY)
    lots = sum(run.lots for run in runs)
    paid = sum((run.open_price * run.lots for run in runs), Decimal(0))
    return paid * instrument.multiplier * wish.lots / lots if lots else Decimal(0)


def _withdraw(asker: Asker, account: AccountState, body: c.WithdrawExercise) -> Answer:
    row = account.exercises.rows.get(body.request)
    if row is None:
        return Answer(Verdict.DENY, f"没有编号为 {body.request} 的申请，请刷新列表。")
    barred = no_role(asker, account, (Role.TRADER, Role.RISK, Role.CHECKER), "撤销申请") or bar_to_withdrawing(
        account, row
    )
    if barred:
        return Answer(Verdict.DENY, f"不能执行：{barred}")
    return Answer(Verdict.ALLOW, f"撤销申请 {row.request}：{wish_text(row.wish)}；以交易所回报为准")
