"""Read CTP's full depth snapshots (CThostFtdcDepthMarketDataField as CSV).

`ActionDay` with `UpdateTime` is the natural instant. `ExchangeID` is empty in some recordings: then the symbol
alone and the trading day tell the instrument. `OpenPrice` and its neighbours are not read at all: the snapshot of
the evening before already shows the next morning's opening price.
"""

from __future__ import annotations

from terminal.gateways.replay.exact import wall_clock
from terminal.gateways.replay.layout import Layout


def _symbol(symbol: str, exchange: str) -> str:
    return f"{exchange}.{symbol}" if exchange else symbol


CTP_FULL = Layout(
    name="ctp_full",
    identity=("InstrumentID", "ExchangeID"),
    symbol=_symbol,
    stamp=("ActionDay", "UpdateTime", "UpdateMillisec"),
    stamper=wall_clock,
    trading_day="TradingDay",
    quote=("BidPrice1", "AskPrice1", "LastPrice", "BidVolume1", "AskVolume1", "Volume", "OpenInterest"),
    facts=("PreSettlementPrice", "UpperLimitPrice", "LowerLimitPrice", "SettlementPrice"),
)
