"""Say a target's ratio source in words."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from terminal.domain.parameters.target import DAILY, BasisTable, FactorKind, FixedBand
from terminal.domain.words.amount_text import amount_text
from terminal.domain.words.target_terms import TargetTerm
from terminal.domain.words.terms import Term

if TYPE_CHECKING:
    from decimal import Decimal

    from terminal.domain.parameters.target import FactorScore, RatioSource

FACTORS: Final = {
    FactorKind.BASIS: str(Term.BASIS),
    FactorKind.VOLATILITY: str(TargetTerm.VOLATILITY),
    FactorKind.VOLUME: str(Term.VOLUME),
    FactorKind.STOCK: str(TargetTerm.STOCK),
}
UNITS: Final = {FactorKind.BASIS: " 元", FactorKind.VOLATILITY: "%", FactorKind.VOLUME: " 倍", FactorKind.STOCK: " 倍"}
BY_TONNES: Final = "按吨"
NET_OF_VAT: Final = "不含税"


def basis_text(vat: Decimal | None) -> str:
    """Return on which basis a hedge ratio stands: tonne for tonne, or net of a VAT rate (a fraction).

    >>> from decimal import Decimal
    >>> basis_text(None), basis_text(Decimal("0.13"))
    ('按吨', '不含税，敞口 ÷ 1.13')
    """
    return BY_TONNES if vat is None else f"{NET_OF_VAT}，敞口 ÷ {amount_text(1 + vat)}"


def source_text(source: RatioSource) -> str:
    """Return where a ratio comes from, with all its numbers.

    >>> from decimal import Decimal
    >>> source_text(FixedBand(low=Decimal(80), high=Decimal(100)))
    '固定 80% 至 100%'
    """
    if isinstance(source, FixedBand):
        return f"固定 {amount_text(source.low)}% 至 {amount_text(source.high)}%"
    return _table_text(source) if isinstance(source, BasisTable) else _score_text(source)


def _table_text(table: BasisTable) -> str:
    rows = "，".join(f"分位 ≤ {amount_text(row.upto)}% 为 {amount_text(row.ratio)}%" for row in table.rows)
    window = f"每 {table.sample_seconds} 秒一个样本、窗口 {table.window} 个、至少 {table.at_least} 个"
    return f"按 {table.spot} 基差分位（{window}）：{rows}，容差 {amount_text(table.tolerance)} 个百分点"


def _score_text(score: FactorScore) -> str:
    parts = "，".join(
        f"{FACTORS[one.kind]} {amount_text(one.zero)} 得 0、{amount_text(one.one)}{UNITS[one.kind]}得 1，"
        f"权重 {amount_text(one.weight)}"
        for one in score.factors
    )
    days = f"，统计 {score.days} 个交易日" if any(one.kind in DAILY for one in score.factors) else ""
    spot = f"，现货 {score.spot}" if any(one.kind is FactorKind.BASIS for one in score.factors) else ""
    if any(one.kind is FactorKind.STOCK for one in score.factors):
        spot += f"，库存 {score.stock} 比之前 {score.days} 个数的平均"
    band = f"{amount_text(score.lowest)}% 至 {amount_text(score.highest)}%"
    return f"多因子打分 {band}（{parts}{days}{spot}），容差 {amount_text(score.tolerance)} 个百分点"
