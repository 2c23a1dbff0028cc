"""Say what an order on a combination (组合合约) would do: both legs with margin and fee, and every finding of the gate.

What is frozen is each leg's margin at the day's limit price. Fees and value are of the prices on display: a leg has no
other, and never trades at its limit price but by chance. What the exchange holds as a combination binds the larger
leg alone (`books.combined_margin`); that is its word after the fill, and said as what is to come.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from terminal.domain.fact.facts import Role
from terminal.domain.orders.order import Cause, Origin, Side
from terminal.domain.products.fees import fees_known
from terminal.domain.words.risk import Verdict
from terminal.engine.conditional.combined_way import stops_on_legs
from terminal.engine.orders.by_hand import judge_asked
from terminal.engine.previews.order import Answer, held_elsewhere, may, no_role, no_room, plain, sum_of
from terminal.engine.screen import Child, Preview
from terminal.engine.wording import order_title, yuan
from terminal.risk.price_collar import market

if TYPE_CHECKING:
    from decimal import Decimal

    from terminal.domain.ids import ConfirmationId
    from terminal.domain.orders.order import OrderTerms
    from terminal.domain.products.instrument import Instrument
    from terminal.engine.look import Look
    from terminal.engine.previews.order import Asker
    from terminal.engine.state import AccountState


def combined_preview(
    look: Look, asker: Asker, request: int, terms: OrderTerms, *, replaces: ConfirmationId | None
) -> Preview:
    """Return what an order on a combination would do now, in the place of a pending one where it replaces one."""
    account = look.state.accounts.get(terms.account)
    if account is None:
        return plain(request, Answer(Verdict.DENY, f"没有账户 {terms.account}，不能报出。"))
    if terms.lots < 1:
        return plain(request, Answer(Verdict.DENY, f"{order_title(terms)}：手数应为正整数。"))
    cause = Cause(origin=Origin.MANUAL, person=asker.person, device=asker.device)
    asked = judge_asked(look, terms, cause, approved=False, replaces=replaces)
    if asked.combined is None:
        return plain(request, Answer(Verdict.DENY, asked.findings[0].sentence))
    full = no_room(asker, account, asked.findings) if replaces is None else ""
    barred = [
        why for why in (no_role(asker, account, (Role.TRADER,), "下单"), held_elsewhere(asker, account), full) if why
    ]
    verdict = Verdict.DENY if barred else asked.verdict
    pairs = tuple(zip(asked.combined.combination.legs, asked.combined.legs, strict=True))
    children = tuple(_child(look, account, known, leg) for known, leg in pairs)
    prices = [_shown(look, known, leg) for known, leg in pairs]
    value = sum_of(
        None if at is None else known.value(at, leg.lots) for at, (known, leg) in zip(prices, pairs, strict=True)
    )
    margin = sum_of(child.margin for child in children) if terms.is_opening else None
    fee = sum_of(child.fee for child in children)
    words = [order_title(terms), "" if value is None else f"两腿价值 {yuan(value)}"]
    if terms.is_opening:
        words.append("保证金未知" if margin is None else f"冻结保证金（按停板价）{yuan(margin)}")
    words.append("手续费未知" if fee is None else f"手续费 {yuan(fee, 2)}")
    return Preview(
        request=request,
        verdict=verdict,
        sentence=f"{' '.join(word for word in words if word)} · {may(verdict, barred)}",
        children=children,
        findings=asked.findings,
        value=value,
        margin=margin,
        fee=fee,
        details=(*_saved(look, account, pairs), *stops_on_legs(account, asked.combined.legs)),
    )


def _child(look: Look, account: AccountState, known: Instrument, leg: OrderTerms) -> Child:
    return Child(terms=leg, fee=_fee(look, account, known, leg), margin=_frozen(look, account, known, leg))


def _fee(look: Look, account: AccountState, known: Instrument, leg: OrderTerms) -> Decimal | None:
    price = _shown(look, known, leg)
    return None if price is None or not fees_known(known) else account.book.fee(known, leg, leg.lots, price)


def _frozen(look: Look, account: AccountState, known: Instrument, leg: OrderTerms) -> Decimal | None:
    # The price of a leg whose limit price nobody has told is a tick, which says nothing.
    quote = look.columns.quote(known.id)
    if not leg.is_opening or quote is None or quote.upper_limit is None:
        return None
    if leg.side is Side.SELL and quote.lower_limit is None:
        return None
    return account.book.margin_of(known, leg.hedge_flag, leg.side, leg.lots, look.reckoned(leg).price)


def _saved(look: Look, account: AccountState, pairs: tuple[tuple[Instrument, OrderTerms], ...]) -> tuple[str, ...]:
    # Where the larger side of a product is charged anyway a combination saves nothing.
    if any(known.larger_side or not leg.is_opening for known, leg in pairs):
        return ()
    held = []
    for known, leg in pairs:
        price = _shown(look, known, leg)
        held.append(None if price is None else account.book.margin_of(known, leg.hedge_flag, leg.side, leg.lots, price))
    if any(one is None for one in held):
        return ()
    larger = max(one for one in held if one is not None)
    return (f"成交后交易所记为组合持仓，只收较大一腿的保证金，按现价约 {yuan(larger)}",)


def _shown(look: Look, known: Instrument, leg: OrderTerms) -> Decimal | None:
    quote = look.columns.quote(known.id)
    if quote is None:
        return None
    ticks = market(quote, leg.side)
    if ticks is None:  # the worst there is
        ticks = quote.upper_limit if leg.side is Side.BUY else quote.lower_limit
    return None if ticks is None else known.price(ticks)
