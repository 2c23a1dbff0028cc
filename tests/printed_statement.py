"""Print a settlement statement of what `broker` keeps, in the ways houses print them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from terminal.domain.orders.order import HedgeFlag, Offset, Side
from terminal.domain.products.instrument import Instrument
from tests.broker import ZERO, D, Day, Gone, Lot, cents, margin_of, profit, value_of

EXCHANGES: Final = {
    "SHFE": "上期所", "INE": "能源中心", "DCE": "大商所", "CZCE": "郑商所", "CFFEX": "中金所", "GFEX": "广期所",
}  # fmt: skip
SIDES: Final = {Side.BUY: "买", Side.SELL: "   卖"}
FLAGS: Final = {HedgeFlag.SPECULATION: "投机", HedgeFlag.ARBITRAGE: "套利", HedgeFlag.HEDGE: "套保"}
OFFSETS: Final = {Offset.OPEN: "开", Offset.CLOSE: "平", Offset.CLOSE_TODAY: "平今", Offset.CLOSE_YESTERDAY: "平昨"}
LEGEND: Final = (
    "能源中心---INE  上期所---SHFE   中金所---CFFEX  大商所---DCE   郑商所---CZCE   广期所---GFEX",
    "买---Buy   卖---Sell",
    "投机---Speculation  套保---Hedge  套利---Arbitrage  交易---Trade",
)

_LABELS: Final = {
    "期初结存": "期初结存 Balance b/f", "出入金": "出 入 金 Deposit/Withdrawal", "平仓盈亏": "平仓盈亏 Realized P/L",
    "持仓盯市盈亏": "持仓盯市盈亏 MTM P/L", "浮动盈亏": "浮动盈亏 Floating P/L", "手续费": "手 续 费 Commission",
    "期末结存": "期末结存 Balance c/f", "客户权益": "客户权益 Client Equity：",
    "保证金占用": "保证金占用 Margin Occupied", "可用资金": "可用资金 Fund Avail.", "风险度": "风 险 度 Risk Degree",
    "期权执行盈亏": "期权执行盈亏 Exercise P/L", "交割盈亏": "交割盈亏 Delivery P/L",
    "行权手续费": "行权手续费 Exercise Fee", "交割手续费": "交割手续费 Delivery Fee", "申报费": "申 报 费",
    "权利金收入": "权利金收入 Premium received", "权利金支出": "权利金支出 Premium paid",
    "多头期权市值": "多头期权市值 Market value(long)", "空头期权市值": "空头期权市值 Market value(short)",
    "市值权益": "市值权益 Market value(equity)",
}  # fmt: skip
_NONE: Final = ("质 押 金 Pledge Amount", "交割保证金 Delivery Margin", "权利金收入 Premium received")


@dataclass(frozen=True)
class Style:
    """Say how a client prints; the defaults are the common one."""

    by_day: bool = True
    encoding: str = "gbk"
    end: str = "\r\n"
    rules: bool = True  # of dashes above and below
    english: bool = True  # a second header row
    old: bool = False  # 2017: no 成交类型, no 平仓盈亏 of trades, 投 for 投机
    units: bool = False  # since 2024: 投资单元, 交易编码, 资金账号, 投/保 of closed lots, capitals
    one_colon: bool = False
    last_end: bool = True
    numbers: bool = True  # 成交序号
    times: tuple[str, ...] = ()  # 成交时间 of each trade, where the house prints it
    period: str = ""
    ends: bool = False  # 行权明细 and 交割明细
    months: bool = False  # 交割期 for the contract that was delivered


Table = tuple[str, list[str], list[str], list[list[str]], list[str]]


def print_statement(day: Day, client: str = "90010001", style: Style | None = None) -> bytes:
    return print_text(day, client, style).encode((style or Style()).encoding)


def print_text(day: Day, client: str = "90010001", style: Style | None = None) -> str:
    style = style or Style()
    view, english = ("盯市", "MTM") if style.by_day else ("逐笔", "Trade by Trade")
    lines = [
        f"{'海河期货有限公司':^40}",
        f"{'制表时间 Creation Date：':>60}{day.day}",
        *(["-" * 100] if style.rules else []),
        f"{'':30}交易结算单({view}) Settlement Statement({english})",
        f"客户号 Client ID：  {client}          客户名称 Client Name：某某食品有限公司",
        f"日期 Date：{style.period or day.day}",
        "",
        "                   资金状况  币种：人民币  Account Summary  Currency：CNY ",
        *(["-" * 100] if style.rules else []),
        *_funds(day.by_day if style.by_day else day.by_trade, style),
        "",
    ]
    for table in _tables(day, style):
        lines += _table(table, style)
    text = style.end.join(lines)
    return text + style.end if style.last_end else text


def _funds(figures: Mapping[str, Decimal], style: Style) -> list[str]:
    labels = [(_LABELS[name], f"{amount:.2f}{'%' if name == '风险度' else ''}") for name, amount in figures.items()]
    labels += [(name, "0.00") for name in _NONE if name.split(" ")[0] not in figures]
    lines = []
    for place in range(0, len(labels), 2):
        line = ""
        for label, amount in labels[place : place + 2]:
            printed = label.rstrip("：") if style.one_colon else label
            printed = printed.replace("b/f", "B/F").replace("c/f", "C/F") if style.units else printed
            line += f"{printed}：{amount:>20}  "
        lines.append(line.rstrip() if place % 4 else line)
    return lines


def _table(table: Table, style: Style) -> list[str]:
    title, chinese, english, rows, total = table
    rule = ["-" * 120] if style.rules else []
    widths = [max(8, *(len(row[place]) for row in (chinese, english, *rows, total))) for place in range(len(chinese))]

    def line(cells: list[str]) -> str:
        return "|" + "|".join(f"{cell:>{width}}" for cell, width in zip(cells, widths, strict=True)) + "|"

    headers = [line(chinese), *([line(english)] if style.english else [])]
    body = [line(row) for row in rows]
    legend = LEGEND if style.rules else ()
    return [f"{'':40}{title}", *rule, *headers, *rule, *body, *rule, line(total), *rule, *legend, ""]


def _tables(day: Day, style: Style) -> list[Table]:
    found = []
    if day.cash:
        found.append(_cash_table(day))
    if day.deals:
        found.append(_deal_table(day, style))
    if style.ends:
        exercised = [one for one in day.gone if one.of.option is not None]
        delivered = [one for one in day.gone if one.of.option is None]
        found += [_exercise_table(day, exercised, style)] if exercised else []
        found += [_delivery_table(day, delivered, style)] if delivered else []
    if day.closed:
        found.append(_closed_table(day, style))
    if day.held:
        found += [_detail_table(day, style), _summary_table(day, style)]
    return found


def _yuan(amount: Decimal) -> str:
    return f"{cents(amount):.2f}"


def _flag(flag: HedgeFlag, style: Style) -> str:
    return FLAGS[flag].replace("投机", "投").replace("套保", "保") if style.old else FLAGS[flag]


def _cash_table(day: Day) -> Table:
    rows = [
        [str(day.day), "银期转账", _yuan(max(one, ZERO)), _yuan(max(-one, ZERO)), "银期转账自动凭证"]
        for one in day.cash
    ]
    paid_in, paid_out = sum(max(one, ZERO) for one in day.cash), sum(max(-one, ZERO) for one in day.cash)
    return (
        "出入金明细 Deposit/Withdrawal",
        ["发生日期", "出入金类型", "入金", "出金", "说明"],
        ["Date", "Type", "Deposit", "Withdrawal", "Note"],
        rows,
        [f"共{len(rows):4}条", "", _yuan(D(paid_in)), _yuan(D(paid_out)), ""],
    )


def _names(of: Instrument) -> tuple[str, str, str]:
    return EXCHANGES[of.exchange], of.product_name, of.id.partition(".")[2]


def _deal_table(day: Day, style: Style) -> Table:
    columns = {
        "成交日期": ("Date", [str(day.day) for _ in day.deals], ""),
        "交易所": ("Exchange", [_names(one.of)[0] for one in day.deals], ""),
        "品种": ("Product", [_names(one.of)[1] for one in day.deals], ""),
        "合约": ("Instrument", [_names(one.of)[2] for one in day.deals], ""),
        "买/卖": ("B/S", [SIDES[one.side] for one in day.deals], ""),
        "投/保": ("S/H", [_flag(one.flag, style) for one in day.deals], ""),
        "成交价": ("Price", [f"{one.price:.3f}" for one in day.deals], ""),
        "手数": ("Lots", [str(one.lots) for one in day.deals], str(sum(one.lots for one in day.deals))),
        "成交额": _sum("Turnover", [one.of.value(one.price, one.lots) for one in day.deals]),
        "开平": ("O/C", [OFFSETS[one.offset] for one in day.deals], ""),
        "手续费": _sum("Fee", [one.fee for one in day.deals]),
    }
    if not style.old:
        profits = [one.by_day if style.by_day else one.by_trade for one in day.deals]
        columns["平仓盈亏"] = _sum("Realized P/L", profits)
    columns["权利金收支"] = _sum("Premium Received/Paid", [one.premium for one in day.deals])
    if style.times:
        columns["成交时间"] = ("Time", list(style.times), "")
    if style.numbers:
        columns["成交序号"] = ("Trans.No.", [f"{one.number:<12}" for one in day.deals], "")
    if not style.old:
        columns["成交类型"] = ("trade type", ["普通成交" for _ in day.deals], "")
    if style.units:
        columns |= _units(len(day.deals))
    return _of_columns("成交记录 Transaction Record", columns, len(day.deals))


def _units(count: int) -> dict[str, tuple[str, list[str], str]]:
    names = {"投资单元": "InvestUnit", "交易编码": "Trading Code", "资金账号": "AccountID"}
    return {chinese: (english, ["0001"] * count, "") for chinese, english in names.items()}


def _closed_table(day: Day, style: Style) -> Table:
    columns = {
        "平仓日期": ("Close Date", [str(day.day) for _ in day.closed], ""),
        "交易所": ("Exchange", [_names(one.of)[0] for one in day.closed], ""),
        "品种": ("Product", [_names(one.of)[1] for one in day.closed], ""),
        "合约": ("Instrument", [_names(one.of)[2] for one in day.closed], ""),
        "开仓日期": ("Open Date", [str(one.open_day) for one in day.closed], ""),
        "买/卖": ("B/S", [SIDES[one.side] for one in day.closed], ""),
        "手数": ("Lots", [str(one.lots) for one in day.closed], str(sum(one.lots for one in day.closed))),
        "开仓价": ("Pos. Open Price", [f"{one.open_price:.3f}" for one in day.closed], ""),
        "昨结算": ("Prev. Sttl", [f"{one.basis:.3f}" for one in day.closed], ""),
        "成交价": ("Trans. Price", [f"{one.price:.3f}" for one in day.closed], ""),
        "平仓盈亏": _sum("Realized P/L", [one.profit(by_day=style.by_day) for one in day.closed]),
        "权利金收支": _sum("Premium Received/Paid", [ZERO for _ in day.closed]),
    }
    if style.units:
        columns |= {"投/保": ("S/H", [_flag(one.flag, style) for one in day.closed], ""), **_units(len(day.closed))}
    return _of_columns("平仓明细 Position Closed", columns, len(day.closed))


def _exercise_table(day: Day, gone: list[Gone], style: Style) -> Table:
    lots = [one.lots for one in gone]
    columns = {
        "成交日期": ("Date", [str(day.day) for _ in gone], ""),
        "交易所": ("Exchange", [_names(one.of)[0] for one in gone], ""),
        "品种": ("Product", [f"{_names(one.of)[1]}期权" for one in gone], ""),
        "合约": ("Instrument", [_names(one.of)[2] for one in gone], ""),
        "投/保": ("S/H", [_flag(one.flag, style) for one in gone], ""),
        "买/卖": ("B/S", [SIDES[one.side] for one in gone], ""),
        "是否行权": ("Exercise/Abandon", [one.word for one in gone], ""),
        "行权数量": ("Volume Exercised", [str(one) for one in lots], str(sum(lots))),
        "行权价格": ("Exercise Price", [f"{one.price:.3f}" for one in gone], ""),
        "行权金额": _sum("Amount Exercised", [one.of.value(one.price, one.lots) for one in gone]),
        "行权盈亏": _sum("Exercise P/L", [one.by_day if style.by_day else one.by_trade for one in gone]),
        "行权手续费": _sum("Exercise Fee", [one.fee for one in gone]),
    }
    if style.units:
        columns |= _units(len(gone))
    return _of_columns("行权明细  Exercise Statement", columns, len(gone))


def _delivery_table(day: Day, gone: list[Gone], style: Style) -> Table:
    lots = [one.lots for one in gone]
    symbols = [_names(one.of)[2] for one in gone]
    contract = {"合约": ("Instrument", symbols, "")}
    if style.months:
        contract = {"交割期": ("Del.Mth", [symbol[-4:] for symbol in symbols], "")}
    columns = {
        "交割日期": ("Date", [str(day.day) for _ in gone], ""),
        "交易所": ("Exchange", [_names(one.of)[0] for one in gone], ""),
        "品种": ("Product", [_names(one.of)[1] for one in gone], ""),
        **contract,
        "投/保": ("S/H", [_flag(one.flag, style) for one in gone], ""),
        "买/卖": ("B/S", [SIDES[one.side] for one in gone], ""),
        "实提数量": ("Delivered Qty", [str(one) for one in lots], str(sum(lots))),
        "剩余数量": ("Residual", ["0" for _ in gone], "0"),
        "交割价格": ("Delivery Price", [f"{one.price:.3f}" for one in gone], ""),
        "交割金额": _sum("Delivery Amount", [one.of.value(one.price, one.lots) for one in gone]),
        "交割手续费": _sum("Delivery Fee", [one.fee for one in gone]),
        "交割盈亏": _sum("Realized P/L at Delivery", [one.by_day if style.by_day else one.by_trade for one in gone]),
    }
    return _of_columns("交割明细  Delivery", columns, len(gone))


def _detail_table(day: Day, style: Style) -> Table:
    held, prices = day.held, day.prices
    columns = {
        "交易所": ("Exchange", [_names(one.of)[0] for one in held], ""),
        "品种": ("Product", [_names(one.of)[1] for one in held], ""),
        "合约": ("Instrument", [_names(one.of)[2] for one in held], ""),
        "开仓日期": ("Open Date", [str(one.open_day) for one in held], ""),
        "投/保": ("S/H", [_flag(one.flag, style) for one in held], ""),
        "买/卖": ("B/S", [SIDES[one.side] for one in held], ""),
        "持仓量": ("Positon", [str(one.lots) for one in held], str(sum(one.lots for one in held))),
        "开仓价": ("Pos. Open Price", [f"{one.open_price:.3f}" for one in held], ""),
        "昨结算": ("Prev. Sttl", [f"{one.basis:.3f}" for one in held], ""),
        "结算价": ("Settlement Price", [f"{prices[one.of.id]:.3f}" for one in held], ""),
        "浮动盈亏": _sum("Accum. P/L", [profit(one, prices, by_day=False) for one in held]),
        "盯市盈亏": _sum("MTM P/L", [profit(one, prices, by_day=True) for one in held]),
        "保证金": _sum("Margin", [margin_of(one, prices) for one in held]),
        "期权市值": _sum("Market Value(Options)", [value_of(one, prices) for one in held]),
    }
    if style.units:
        columns |= _units(len(held))
    return _of_columns("持仓明细 Positions Detail", columns, len(held))


def _summary_table(day: Day, style: Style) -> Table:
    groups: dict[tuple[str, HedgeFlag], list[Lot]] = defaultdict(list)
    for lot in day.held:
        groups[lot.of.id, lot.flag].append(lot)
    sums = [
        {side: [lot for lot in lots if lot.side is side] for side in (Side.BUY, Side.SELL)} for lots in groups.values()
    ]
    firsts = [lots[0] for lots in groups.values()]

    def mean(lots: list[Lot]) -> str:
        count = sum(lot.lots for lot in lots)
        return f"{sum(lot.open_price * lot.lots for lot in lots) / count:.3f}" if count else "0.000"

    def worth(lots: list[Lot]) -> Decimal:
        return sum((value_of(lot, day.prices) for lot in lots), ZERO)

    def count(side: Side) -> tuple[list[str], str]:
        found = [sum(lot.lots for lot in both[side]) for both in sums]
        return [str(one) for one in found], str(sum(found))

    profits = [sum((profit(lot, day.prices, by_day=style.by_day) for lot in lots), ZERO) for lots in groups.values()]
    name, english = ("持仓盯市盈亏", "MTM P/L") if style.by_day else ("浮动盈亏", "Accum. P/L")
    columns = {
        "品种": ("Product", [one.of.product_name for one in firsts], ""),
        "合约": ("Instrument", [_names(one.of)[2] for one in firsts], ""),
        "买持": ("Long Pos.", *count(Side.BUY)),
        "买均价": ("Avg Buy Price", [mean(both[Side.BUY]) for both in sums], ""),
        "卖持": ("Short Pos.", *count(Side.SELL)),
        "卖均价": ("Avg Sell Price", [mean(both[Side.SELL]) for both in sums], ""),
        "昨结算": ("Prev. Sttl", [f"{one.basis:.3f}" for one in firsts], ""),
        "今结算": ("Sttl Today", [f"{day.prices[one.of.id]:.3f}" for one in firsts], ""),
        name: _sum(english, profits),
        "保证金占用": _sum(
            "Margin Occupied", [sum((margin_of(lot, day.prices) for lot in lots), ZERO) for lots in groups.values()]
        ),
        "投/保": ("S/H", [_flag(one.flag, style) for one in firsts], ""),
        "多头期权市值": _sum("Market Value(Long)", [worth(both[Side.BUY]) for both in sums]),
        "空头期权市值": _sum("Market Value(Short)", [worth(both[Side.SELL]) for both in sums]),
    }
    return _of_columns("持仓汇总 Positions", columns, len(firsts))


def _sum(english: str, amounts: list[Decimal]) -> tuple[str, list[str], str]:
    rounded = [cents(amount) for amount in amounts]
    return english, [_yuan(amount) for amount in rounded], _yuan(sum(rounded, ZERO))


def _of_columns(title: str, columns: Mapping[str, tuple[str, list[str], str]], count: int) -> Table:
    rows = [[cells[place] for _, cells, _ in columns.values()] for place in range(count)]
    total = [said for _, _, said in columns.values()]
    total[0] = f"共{count:4}条"
    return title, list(columns), [english for english, _, _ in columns.values()], rows, total
