"""The page for whoever writes another client names every message and every code that ends a connection."""

from __future__ import annotations

import ast
import re
from decimal import Decimal
from pathlib import Path
from typing import get_args

import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from terminal.domain.ids import InstrumentId, PersonId, ProductId
from terminal.domain.orders.confirmation import ConfirmationEvent
from terminal.engine.confirmations.approval import approval_bytes
from terminal.engine.prices.basis import Basis
from terminal.engine.strategy import changes
from terminal.risk import limits
from terminal.sync import age
from terminal.sync import messages as m
from terminal.sync.record_lane import CLOSES_A_DAY, LaneLimits

ROOT = Path(__file__).parents[3]
PAGE = (ROOT / "docs" / "protocol.md").read_text(encoding="utf-8")
FRAMES = sorted({*get_args(m.FromDesk), *get_args(m.FromRunner)}, key=lambda kind: str(kind.__struct_config__.tag))
TAGS = [kind.__struct_config__.tag for kind in FRAMES]


@pytest.mark.parametrize("tag", TAGS)
def test_every_message_is_on_the_page(tag: str) -> None:
    assert re.search(rf"\b{tag}\b", PAGE), f"docs/protocol.md does not name {tag}"


@pytest.mark.parametrize("frame", FRAMES, ids=lambda frame: str(frame.__struct_config__.tag))
def test_every_field_of_every_message_is_in_its_row(frame: type[m.Frame]) -> None:
    tag = frame.__struct_config__.tag
    (row,) = re.findall(rf"^\| {tag} \|.*$", PAGE, re.MULTILINE)
    own = [name for name in frame.__struct_fields__ if name not in m.Frame.__struct_fields__]
    assert own
    assert [name for name in own if name not in re.findall(r"\w+", row)] == []


def test_every_code_that_ends_a_connection_is_on_the_page() -> None:
    source = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "terminal" / "sync").glob("*.py"))
    codes = set(re.findall(r'\.close\("([A-Z_]+)"', source)) | set(re.findall(r'_end\(\s*"([A-Z_]+)"', source))
    assert codes
    assert [code for code in sorted(codes) if code not in PAGE] == []


def done_codes(source: str) -> set[str]:
    """Return the codes that the functions which carry commands out return; what they refuse they raise."""
    return {
        str(given.value.elts[0].value)
        for wish in ast.walk(ast.parse(source))
        if isinstance(wish, ast.FunctionDef) and wish.returns is not None
        if ast.unparse(wish.returns) == "tuple[str, str]"
        for given in ast.walk(wish)
        if isinstance(given, ast.Return) and isinstance(given.value, ast.Tuple)
        if isinstance(given.value.elts[0], ast.Constant)
    }


def test_every_code_of_what_was_carried_out_is_on_the_page_and_no_other() -> None:
    sources = [path.read_text(encoding="utf-8") for path in (ROOT / "terminal" / "engine").rglob("*.py")]
    (said,) = re.findall(r"`ok` 为真的 `code` 有四个：(.*?)撤单的", PAGE, re.DOTALL)
    assert set(re.findall(r"`([A-Z0-9]+)`", said)) == set().union(*map(done_codes, sources))


def test_a_snapshot_too_answers_who_asks_for_records() -> None:
    # test_record_lane.py holds the runner to the same three cases.
    (said,) = re.findall(r"接得上时以新一轮的 `EVT` 作答.*?从 0 起。", PAGE, re.DOTALL)
    assert [one for one in ("要了快照", "链头对不上", "落后太多", "`RESET`") if one not in said] == []
    assert "每个 `FETCH_JOURNAL` 都有" not in PAGE


def test_the_page_says_how_much_of_a_conflict_stands_in_its_sentence() -> None:
    assert f"策略最多 {changes.SHOWN} 项，限额最多 {limits.SHOWN} 项" in PAGE
    assert f"限额的一个值最多写 {limits.LONGEST_SHOWN} 个字" in PAGE
    assert "文稿的内容对运行器是不透明的" in PAGE


@pytest.mark.parametrize(
    ("said_of", "kinds"),
    [
        (r"下单类 3 秒（(.*?)）", age.CREATING),
        (r"复核 30 秒（(.*?)）", age.APPROVING),
        (r"只降低风险的（(.*?)）不等", age.LOWERING),
    ],
)
def test_the_page_names_the_kinds_of_command_a_time_limit_is_for_and_no_other(said_of: str, kinds: object) -> None:
    (said,) = re.findall(said_of, PAGE, re.DOTALL)
    tags = {str(kind.__struct_config__.tag) for kind in get_args(kinds)}
    # The kill switch waits for nothing, which the page says in a paragraph of its own.
    assert set(re.findall(r"`(\w+)`", said)) == tags - {"kill"}
    assert (m.ORDER_TTL_MS, m.APPROVAL_TTL_MS, m.OTHER_TTL_MS) == (3_000, 30_000, 24 * 3_600_000)


def test_the_page_names_every_field_of_a_basis_sample_and_how_a_price_is_written() -> None:
    (said,) = re.findall(r"^`basis` 的每一行.*?$(?=\n\n)", PAGE, re.DOTALL | re.MULTILINE)
    assert [name for name in Basis.__struct_fields__ if f"`{name}`" not in said] == []
    assert "元/吨" in said
    sample = Basis(
        product=ProductId("SHFE.rb"),
        trading_day=20200821,
        at=5,
        spot=InstrumentId("SPOT.rb"),
        spot_price=Decimal(3520),
        spot_at=4,
        spot_until=9,
        future=InstrumentId("SHFE.rb2010"),
        future_price=Decimal(3700),
        future_at=5,
        future_until=9,
    )
    assert msgspec.to_builtins(sample)["spot_price"] == "3520"
    assert '`"3520"`' in said


def test_the_page_says_how_a_signature_is_written() -> None:
    (said,) = re.findall(r"`signature` 是.*?；", PAGE, re.DOTALL)
    mark = Ed25519PrivateKey.generate().sign(approval_bytes("00" * 32, ConfirmationEvent.APPROVE, PersonId("li"))).hex()
    assert "十六进制" in said
    assert f"{len(mark)} 个字符" in said
    assert approval_bytes("00", ConfirmationEvent.REJECT, PersonId("王")) == "00|REJECT|王".encode()


def test_the_page_says_when_digests_are_compared() -> None:
    (said,) = re.findall(r"^`CHECK \{.*?(?=\n\n)", PAGE, re.DOTALL | re.MULTILINE)
    assert f"每 {LaneLimits().check_every} 条记录" in said
    assert f"`{CLOSES_A_DAY}`" in said
