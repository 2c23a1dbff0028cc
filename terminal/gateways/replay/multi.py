"""Read the DataYes export of 2017: one file per contract, level 1.

`clearingDay` is the trading day the export believes in. Rows of Friday evening were kept under Monday's date (CZCE
19:31 and 23:29:59): there the calendar and the export disagree and the row is refused.
"""

from __future__ import annotations

from typing import Final

from terminal.gateways.replay.exact import UnreadableTextError, wall_clock
from terminal.gateways.replay.layout import Layout

_EXCHANGES: Final = {"XSGE": "SHFE", "XDCE": "DCE", "XZCE": "CZCE", "CCFX": "CFFEX"}


def _symbol(symbol: str, exchange: str) -> str:
    known = _EXCHANGES.get(exchange)
    if known is None:
        raise UnreadableTextError(f"不认识交易所代码“{exchange[:24]}”（应为 {'、'.join(_EXCHANGES)}）")
    return f"{known}.{symbol}"


MULTI = Layout(
    name="multi",
    identity=("instrumentID", "exchangeCD"),
    symbol=_symbol,
    stamp=("dataDate", "dataTime", "dataMillisec"),
    stamper=wall_clock,
    trading_day="clearingDay",
    quote=("bidPrice1", "askPrice1", "lastPrice", "bidVolume1", "askVolume1", "volume", "openInterest"),
    facts=("preSettlementPrice", "upperLimitPrice", "lowerLimitPrice", "settlementPrice"),
)
