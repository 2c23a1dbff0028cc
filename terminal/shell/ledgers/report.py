"""Say how the books of a ledger stand: a JSON object after each line, or a table at the end.

Amounts are decimal text in yuan, exact and with at least two places; averages have up to six places, halves away from
zero. `docs/book.md` lists every field with its unit.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import ROUND_HALF_UP, Decimal
from typing import Final

import msgspec

from terminal.domain.books.holding import decimal_text
from terminal.domain.orders.order import HedgeFlag, Side
from terminal.domain.products.fees import ZERO, round_half_up
from terminal.domain.products.instrument import Instrument
from terminal.domain.words.columns_text import columns
from terminal.shell.ledgers.book import LedgerBook, Money, Taken, exact

_AVERAGE: Final = Decimal("0.000001")
_FLAGS: Final = {HedgeFlag.SPECULATION: "投机", HedgeFlag.ARBITRAGE: "套利", HedgeFlag.HEDGE: "套保"}
# What a statement says as it stands after the roll; everything else is the day's own.
_AFTER: Final = (
    "margin", "frozen_margin", "frozen_commission", "frozen_premium", "available", "withdrawable", "risk_degree",
    "long_option_value", "short_option_value", "market_equity",
)  # fmt: skip


class AccountFigures(msgspec.Struct, frozen=True, kw_only=True):
    """Hold the account; what is not the same in both views says `by_trade` for the trade-by-trade one (逐笔)."""

    static_equity: str
    close_profit: str
    close_profit_by_trade: str
    position_profit: str
    float_profit: str
    commission: str
    equity: str
    balance: str
    balance_by_trade: str
    margin: str
    frozen_margin: str
    frozen_commission: str
    available: str
    withdrawable: str
    risk_degree: str
    premium: str
    frozen_premium: str
    long_option_value: str
    short_option_value: str
    market_equity: str
    option_profit: str


class SideFigures(msgspec.Struct, frozen=True, kw_only=True):
    """Hold one side of a position; prices are `None` without lots."""

    lots: int
    today: int
    yesterday: int
    open_price: str | None
    position_price: str | None
    close_profit: str
    close_profit_by_trade: str
    position_profit: str
    float_profit: str
    margin: str
    commission: str
    market_value: str


class PositionFigures(msgspec.Struct, frozen=True, kw_only=True):
    """Hold one instrument under one hedge flag; `mark` is `None` before the first."""

    symbol: str
    flag: str
    mark: str | None
    long: SideFigures
    short: SideFigures


class StatementFigures(AccountFigures, frozen=True, kw_only=True):
    """Hold a settled day: profits and fees of the day, margin and available after settlement."""

    trading_day: int


class LineFigures(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Hold how the books stand after one line."""

    line: int
    do: str
    trading_day: int
    fee: str | None = None
    statement: StatementFigures | None = None
    account: AccountFigures
    positions: tuple[PositionFigures, ...]


def figures(taken: Taken, book: LedgerBook) -> LineFigures:
    """Return how the books stand after a line."""
    with exact():
        return LineFigures(
            line=taken.line,
            do=taken.do,
            trading_day=book.trading_day,
            fee=None if taken.fee is None else _yuan(taken.fee),
            statement=_statement(taken),
            account=AccountFigures(**_account(book.money())),
            positions=tuple(_position(book, instrument, flag) for instrument, flag in book.positions()),
        )


def json_line(found: LineFigures) -> str:
    """Return the figures as one line of JSON."""
    return msgspec.json.encode(found).decode()


def table(found: LineFigures) -> Iterator[str]:
    """Yield the lines of a table for people."""
    account = found.statement or found.account
    day = f"第 {found.statement.trading_day} 日结算" if found.statement else f"第 {found.trading_day} 日盘中"
    yield f"{day}　共 {found.line} 行"
    yield ""
    yield from columns(
        (
            ("", "盯市", "逐笔"),
            ("平仓盈亏", account.close_profit, account.close_profit_by_trade),
            ("持仓盈亏 / 浮动盈亏", account.position_profit, account.float_profit),
            ("期末结存", account.balance, account.balance_by_trade),
        ),
        text=1,
    )
    yield ""
    yield from columns(
        (
            ("静态权益", "客户权益", "手续费", "保证金", "冻结", "可用资金", "风险度"),
            (
                account.static_equity,
                account.equity,
                account.commission,
                account.margin,
                _yuan(Decimal(account.frozen_margin) + Decimal(account.frozen_commission)),
                account.available,
                f"{round_half_up(Decimal(account.risk_degree) * 100)}%",
            ),
        ),
        text=0,
    )
    sides = [
        (position, name, side)
        for position in found.positions
        for name, side in (("多", position.long), ("空", position.short))
        if side.lots
    ]
    if sides:
        yield ""
        head = ("合约", "投保", "方向", "今仓", "昨仓", "开仓均价", "持仓均价", "持仓盈亏", "浮动盈亏", "保证金")
        rows = [
            (
                position.symbol,
                _FLAGS[HedgeFlag(position.flag)],
                name,
                str(side.today),
                str(side.yesterday),
                side.open_price or "",
                side.position_price or "",
                side.position_profit,
                side.float_profit,
                side.margin,
            )
            for position, name, side in sides
        ]
        yield from columns((head, *rows), text=3)


def _statement(taken: Taken) -> StatementFigures | None:
    if taken.statement is None:
        return None
    after = _account(taken.statement.after)
    kept = {name: after[name] for name in _AFTER}
    return StatementFigures(trading_day=taken.statement.trading_day, **_account(taken.statement.before) | kept)


def _account(money: Money) -> dict[str, str]:
    by_day, by_trade = money
    return {
        "static_equity": _yuan(by_day.static_equity),
        "close_profit": _yuan(by_day.close_profit),
        "close_profit_by_trade": _yuan(by_trade.close_profit),
        "position_profit": _yuan(by_day.position_profit),
        "float_profit": _yuan(by_trade.floating_profit),
        "commission": _yuan(by_day.commission),
        "equity": _yuan(by_day.equity),
        "balance": _yuan(by_day.equity),
        "balance_by_trade": _yuan(by_trade.balance),
        "margin": _yuan(by_day.margin),
        "frozen_margin": _yuan(by_day.frozen_margin),
        "frozen_commission": _yuan(by_day.frozen_commission),
        "available": _yuan(by_day.available),
        "withdrawable": _yuan(by_day.withdrawable),
        "risk_degree": _rounded(by_day.risk_degree),
        "premium": _yuan(by_day.premium),
        "frozen_premium": _yuan(by_day.frozen_premium),
        "long_option_value": _yuan(by_day.long_option_value),
        "short_option_value": _yuan(by_day.short_option_value),
        "market_equity": _yuan(by_day.market_equity),
        "option_profit": _yuan(by_trade.option_profit),
    }


def _position(book: LedgerBook, instrument: Instrument, flag: HedgeFlag) -> PositionFigures:
    mark = book.mark(instrument)
    return PositionFigures(
        symbol=instrument.name,
        flag=flag.value,
        mark=None if mark is None else decimal_text(mark),
        long=_side(book, instrument, flag, Side.BUY),
        short=_side(book, instrument, flag, Side.SELL),
    )


def _side(book: LedgerBook, instrument: Instrument, flag: HedgeFlag, side: Side) -> SideFigures:
    sums, mark = book.sums(instrument, flag, side), book.mark(instrument)
    view, earned = book.lots(instrument, flag), book.earned(instrument, flag, side)
    lots, basis, cost, margin = sums
    value = _unmarked(book, instrument, flag, basis) if mark is None else mark * lots
    signed = instrument.multiplier * side.sign
    profits, worth = ((value - basis) * signed, (value - cost) * signed), ZERO
    if instrument.option is not None:  # a market value instead of profits
        profits, worth = (ZERO, ZERO), value * signed
    return SideFigures(
        lots=lots,
        today=view.long_today if side is Side.BUY else view.short_today,
        yesterday=view.long_yesterday if side is Side.BUY else view.short_yesterday,
        open_price=_rounded(cost / lots) if lots else None,
        position_price=_rounded(basis / lots) if lots else None,
        close_profit=_yuan(earned.close_profit),
        close_profit_by_trade=_yuan(earned.close_profit_by_trade),
        position_profit=_yuan(profits[0]),
        float_profit=_yuan(profits[1]),
        margin=_yuan(round_half_up(margin)),
        commission=_yuan(earned.commission),
        market_value=_yuan(worth),
    )


def _unmarked(book: LedgerBook, instrument: Instrument, flag: HedgeFlag, basis: Decimal) -> Decimal:
    # As in the account: lots count at their basis, but a locked pair has earned what it has at any mark. It stands at
    # the long side's basis here, so that the short side shows all of it.
    if instrument.option is not None or book.lots(instrument, flag).net:
        return basis
    return book.sums(instrument, flag, Side.BUY).value


def _yuan(amount: Decimal) -> str:
    cents = round_half_up(amount)
    return format(cents + 0, "f") if cents == amount else decimal_text(amount)


def _rounded(number: Decimal) -> str:
    return decimal_text(number.quantize(_AVERAGE, ROUND_HALF_UP))
