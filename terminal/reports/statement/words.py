"""Say what the words of a statement mean.

The legend under each table lists them; brokers write some shorter (投 for 投机, seen in 2017). A word that is not here
is an error and not a guess: a flag or an offset taken wrong would move lots between books that never net.
"""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Final

from terminal.domain.days.calendar import to_date
from terminal.domain.ids import ExchangeId
from terminal.domain.orders.order import HedgeFlag, Offset, Side

SIDES: Final = {"买": Side.BUY, "买入": Side.BUY, "buy": Side.BUY, "b": Side.BUY}
SIDES.update({"卖": Side.SELL, "卖出": Side.SELL, "sell": Side.SELL, "s": Side.SELL})

# 交易 is what CFFEX calls 投机. 一般 and 做市商 stand in legends, but we hold no such flag; 套 alone could be either.
FLAGS: Final = {
    **dict.fromkeys(("投", "投机", "交易", "speculation", "trade"), HedgeFlag.SPECULATION),
    **dict.fromkeys(("套利", "arbitrage"), HedgeFlag.ARBITRAGE),
    **dict.fromkeys(("保", "套保", "套期保值", "hedge"), HedgeFlag.HEDGE),
}

# Forced closes (强平, 强减) close like any other; the word itself is kept beside.
OFFSETS: Final = {
    **dict.fromkeys(("开", "开仓", "open"), Offset.OPEN),
    **dict.fromkeys(("平", "平仓", "close"), Offset.CLOSE),
    **dict.fromkeys(("平今", "平今仓", "closetoday"), Offset.CLOSE_TODAY),
    **dict.fromkeys(("平昨", "平昨仓", "closeprev.", "closeyesterday"), Offset.CLOSE_YESTERDAY),
    **dict.fromkeys(("强平", "强减", "本地强平", "forcedliquidation", "forcedreduction"), Offset.CLOSE),
}

EXCHANGES: Final = {
    **dict.fromkeys(("上期所", "上海期货交易所", "shfe"), ExchangeId("SHFE")),
    **dict.fromkeys(("能源中心", "上期能源", "上海国际能源交易中心", "ine"), ExchangeId("INE")),
    **dict.fromkeys(("大商所", "大连商品交易所", "dce"), ExchangeId("DCE")),
    **dict.fromkeys(("郑商所", "郑州商品交易所", "czce"), ExchangeId("CZCE")),
    **dict.fromkeys(("中金所", "中国金融期货交易所", "cffex"), ExchangeId("CFFEX")),
    **dict.fromkeys(("广期所", "广州期货交易所", "gfex"), ExchangeId("GFEX")),
}

# Of options, both of their holder and of their seller.
EXERCISED: Final = {
    **dict.fromkeys(("行权", "执行", "期权行权", "期权执行", "履约", "期权履约", "是", "exercise"), True),
    **dict.fromkeys(("放弃", "期权放弃", "放弃行权", "作废", "到期作废", "否", "abandon"), False),
}

_NUMBER: Final = re.compile(r"[-+]?[0-9]{1,15}(?:\.[0-9]{1,10})?")
_DAY: Final = re.compile(r"([0-9]{4})([-/.]?)([0-9]{2})\2([0-9]{2})")


def squeezed(text: str) -> str:
    """Return a word without blanks and without case, as it is looked up."""
    return "".join(text.split()).lower()


def amount_of(text: str) -> Decimal | None:
    """Return an exact number, thousands separators allowed; `None` where the text is none."""
    plain = text.strip().replace(",", "")
    return Decimal(plain) if _NUMBER.fullmatch(plain) else None


def day_of(text: str) -> int | None:
    """Return a day like 20210901 from 20210901, 2021-09-01 or 2021/09/01; `None` where it is none."""
    parts = _DAY.fullmatch(text.strip())
    if parts is None:
        return None
    day = int(parts[1] + parts[3] + parts[4])
    try:
        to_date(day)
    except ValueError:
        return None
    return day
