"""Say a product's or a contract's terms on a day as lines for a person, and what the tables do not know."""

from __future__ import annotations

from decimal import Decimal

from terminal.domain.books.holding import decimal_text
from terminal.domain.days.sessions import template_of
from terminal.domain.orders.kind_words import taken
from terminal.domain.products.combination import Combination
from terminal.domain.products.instrument import Instrument
from terminal.domain.products.option import Right, Style
from terminal.domain.products.product import FeeClass, Product
from terminal.domain.words.fee_text import UNKNOWN, fee_text


def terms_lines(terms: Product, *, on: int, calendar_last: int) -> list[str]:
    """Return the terms as lines; a contract adds its last trading day and position limit.

    `calendar_last` is the last day of the calendar: of what ends later the last trading day is not known.
    """
    fees, add = terms.fees, _rate(terms.broker_margin_add)
    hedge = terms.hedge_margin_rate or terms.margin_rate
    last = f"　最后交易日 {terms.last_day_session}" if terms.last_day_session else ""
    sides = "大边" if terms.larger_side else "双边"
    closes = "指明平今" if terms.fee_class is FeeClass.EXPLICIT else "先算平今"
    lots = f"{terms.min_lots or UNKNOWN} 至 {terms.max_lots or UNKNOWN} 手　市价 {terms.max_market_lots or UNKNOWN} 手"
    tick = f"{decimal_text(terms.tick)} {terms.quote_unit}"
    lines = [
        f"{terms.product} {terms.product_name}　{on}",
        f"合约　乘数 {decimal_text(terms.multiplier)}　最小变动价位 {tick}　涨跌停板 {_rate(terms.price_limit)}",
        f"时段　{_session(terms)}{last}",
        f"保证金　投机 {_rate(terms.margin_rate)}　套保 {_rate(hedge)}　公司加收 {add}　{sides}",
        f"手续费　开 {fee_text(fees.open)}　平 {fee_text(fees.close)}　平今 {fee_text(fees.close_today)}　{closes}",
        f"每笔　{lots}",
        f"委托　{taken(terms.order_kinds)}",
    ]
    if isinstance(terms, Instrument):
        lines[0] = f"{terms.id} {terms.name}　{on}"
        lines += _option_lines(terms)
        lines.append(f"到期　最后交易日 {_last_day(terms, calendar_last)}　持仓限额 {_limit(terms)}")
    return lines


def _session(terms: Product) -> str:
    if terms.session is None:
        return UNKNOWN
    template = template_of(terms.session)
    return template if template == terms.session else f"{template}（首个交易日，没有夜盘）"


def _option_lines(terms: Instrument) -> list[str]:
    option = terms.option
    if option is None:
        return []
    right = "看涨" if option.right is Right.CALL else "看跌"
    style = "美式" if option.style is Style.AMERICAN else "欧式"
    ending = "现金了结" if option.cash_settled else "行权得期货"
    until = option.requests_until
    hour = "不接受申请" if until is None else f"申请至 {until // 60:02}:{until % 60:02}"
    return [
        f"期权　标的 {option.underlying}　{right}　行权价 {decimal_text(option.strike)}　{style}　{ending}",
        f"行权　{hour}　手续费 {fee_text(terms.fees.exercise)}",
    ]


def _last_day(terms: Instrument, calendar_last: int) -> str:
    if terms.expiry is not None:
        return str(terms.expiry)
    month = terms.delivery_month
    if terms.last_day is None or month is None or month <= calendar_last // 100:
        return UNKNOWN
    return f"{UNKNOWN}（交易日历只到 {calendar_last}；后面的年份可写进数据目录的 reference/holidays.csv）"


def combination_lines(pair: Combination, *, on: int) -> list[str]:
    """Return the terms of a combination as lines."""
    return [
        f"{pair.id}　{on}",
        f"两腿　{pair.first.id} 减 {pair.second.id}　最小变动价位 {decimal_text(pair.tick)}",
        f"每笔　至 {pair.max_lots or UNKNOWN} 手　市价 {pair.max_market_lots or UNKNOWN} 手",
        f"到期　最后交易日 {pair.expiry or UNKNOWN}",
    ]


def _rate(value: Decimal | None) -> str:
    return UNKNOWN if value is None else f"{decimal_text(value * 100)}%"


def _limit(terms: Instrument) -> str:
    limit = terms.position_limit
    if limit is None:
        return UNKNOWN
    words = f"单边 {limit.lots:,} 手"
    if limit.share is None or limit.open_interest_from is None:
        return words
    return f"{words}，合约持仓量达 {limit.open_interest_from:,} 手起为其 {_rate(limit.share)}"
