from __future__ import annotations

from decimal import Decimal
from hashlib import sha256
from pathlib import Path

from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from terminal.domain.commands import QuoteSpot, StartStrategy, SubmitOrder
from terminal.domain.fact.facts import AccountOpened, Role
from terminal.domain.ids import AccountId, InstrumentId, PersonId
from terminal.domain.orders.order import OrderTerms, Side
from terminal.domain.parameters.limits import Limits
from terminal.domain.parameters.strategy import (
    Combine,
    DaysToExpiry,
    GridSettings,
    OpenInterestCrossover,
    RollSettings,
    SpreadPercentile,
    SpreadSettings,
)
from terminal.domain.words.risk import Level
from terminal.shell.opening import Person
from terminal.shell.plans.plan import demo_key, read_plan
from terminal.shell.plans.times import When
from tests.tapes import reference
from tests.unit.shell.plans.plans import CAST, GRID, HEAD, order, plan, plan_file, refusal


def test_a_plan_is_named_by_the_hash_of_its_bytes(tmp_path: Path) -> None:
    read = plan(tmp_path, HEAD, CAST)
    assert read.sha256 == read.opening.plan_sha256 == sha256((tmp_path / "plan.toml").read_bytes()).hexdigest()


def test_accounts_and_persons_come_as_facts(tmp_path: Path) -> None:
    opening = plan(tmp_path, HEAD, CAST).opening
    assert opening.tenant == "DEMO"
    assert opening.seed == 7
    assert opening.accounts == (
        AccountOpened(account=AccountId("A"), name="A", cash=Decimal(1_000_000), trading_day=0, investor="A"),
    )
    assert opening.persons[1] == Person(
        person=PersonId("checker"), name="checker", roles={AccountId("A"): (Role.CHECKER, Role.RISK)}
    )


def test_a_person_without_a_device_has_one_whose_key_anybody_can_make(tmp_path: Path) -> None:
    device = '[[device]]\nid = "tablet"\nperson = "checker"\n'
    devices = plan(tmp_path, HEAD, CAST, device).opening.devices
    assert [(found.device, found.person) for found in devices] == [("tablet", "checker"), ("maker-1", "maker")]
    raw = demo_key(7, "tablet").public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
    assert devices[0].public_key == raw.hex()
    assert demo_key(7, "tablet").private_bytes_raw() == sha256(b"hengduo-demo|7|tablet").digest()


def test_an_accounts_own_limits_stand_over_the_common_ones(tmp_path: Path) -> None:
    own = '[[account]]\nid = "B"\ncash = 1\nhedge = true\n[account.limits]\nposition_lots = 5\nmargin_max = 0.6\n'
    limits = {said.account: said.limits for said in plan(tmp_path, HEAD, CAST, own).opening.limits}
    assert limits[AccountId("A")] == Limits(position_lots=100)
    assert limits[AccountId("B")] == Limits(position_lots=5, margin_max=Decimal("0.6"), is_hedge_account=True)


def test_decimals_are_the_text_that_was_written(tmp_path: Path) -> None:
    text = CAST.replace("cash = 1_000_000", "cash = 0.1") + "[[instrument]]\nid = 'DCE.i2101'\nmargin_rate = '0.30'\n"
    read = plan(tmp_path, HEAD, text)
    assert read.opening.accounts[0].cash == Decimal("0.1")
    assert read.listing.instrument(InstrumentId("DCE.i2101"), 20200821).margin_rate == Decimal("0.3")


def test_a_byte_order_mark_and_windows_line_ends_are_read(tmp_path: Path) -> None:
    path = plan_file(tmp_path, HEAD, CAST)
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes().replace(b"\n", b"\r\n"))
    assert read_plan(path, reference()).opening.tenant == "DEMO"


def test_every_kind_of_strategy_comes_as_its_settings(tmp_path: Path) -> None:
    spread = """\
[[strategy]]
id = "s"
kind = "spread"
account = "A"
at = "2020-08-21 13:45:00"
by = "checker"
buy_at = -1.5
sell_at = "2"
legs = [{ instrument = "SHFE.hc2101", coefficient = 1, lots = 1, active = true },
        { instrument = "SHFE.rb2101", coefficient = -1, lots = -1 }]
"""
    roll = """\
[[strategy]]
id = "r"
kind = "roll"
account = "A"
near = "SHFE.rb2010"
far = "SHFE.rb2101"
side = "SELL"
lots = 10
batch_lots = 2
combine = "ALL"
[[strategy.timings]]
type = "days_to_expiry"
days = 3
[[strategy.timings]]
type = "open_interest_crossover"
[[strategy.timings]]
type = "spread_percentile"
permille = 100
"""
    entries = plan(tmp_path, HEAD, CAST, GRID, spread, roll).script.entries
    settings = [entry.wish.settings for entry in entries if isinstance(entry.wish, StartStrategy)]
    grid, pair, task = settings
    assert isinstance(grid, GridSettings)
    assert grid.step == 10
    assert isinstance(pair, SpreadSettings)
    assert pair.buy_at == Decimal("-1.5")
    assert [(str(leg.coefficient), leg.lots, leg.active) for leg in pair.legs] == [("1", 1, True), ("-1", -1, False)]
    assert isinstance(task, RollSettings)
    assert task.combine is Combine.ALL
    assert task.timings == (DaysToExpiry(days=3), OpenInterestCrossover(), SpreadPercentile(permille=100))
    assert [entry.person for entry in entries] == ["maker", "checker", "maker"]
    assert entries[1].when == When(1_597_988_700_000_000_000, relative=False)


def test_a_manual_strategy_is_started_by_a_command_only(tmp_path: Path) -> None:
    start = '[[command]]\ndo = "start"\nat = "+9s"\nby = "maker"\nstrategy = "g"\n'
    entries = plan(tmp_path, HEAD, CAST, GRID + 'at = "manual"\n', start).script.entries
    assert [(entry.name, entry.when) for entry in entries] == [("C0", When(9_000_000_000, relative=True))]
    assert isinstance(entries[0].wish, StartStrategy)


def test_an_order_comes_with_all_its_terms(tmp_path: Path) -> None:
    wish = plan(tmp_path, HEAD, CAST, order('reason = "因为"')).script.entries[0].wish
    assert isinstance(wish, SubmitOrder)
    assert wish.reason == "因为"
    assert isinstance(wish.terms, OrderTerms)
    assert (wish.terms.side, wish.terms.lots, wish.terms.price) == (Side.BUY, 2, Decimal(3700))


def test_basis_is_spot_minus_future_and_its_alarm_knows_where_to_look(tmp_path: Path) -> None:
    text = """\
[[basis]]
name = "基差"
spot = "SPOT.rb.上海"
future = "SHFE.rb2101"
[[alarm]]
account = "A"
spread = "基差"
high = 100
level = "ORANGE"
[[spot]]
at = "+0s"
instrument = "SPOT.rb.上海"
price = 3800
source = "示例"
"""
    read = plan(tmp_path, HEAD, CAST, text)
    spot, future = read.opening.spreads[0].legs
    assert spot == (InstrumentId("SPOT.rb.上海"), Decimal(1), 1)
    assert future == (InstrumentId("SHFE.rb2101"), Decimal(-1), -1)
    assert read.opening.alarms[0].instrument == "SPOT.rb.上海"
    assert read.opening.alarms[0].level is Level.ORANGE
    assert read.spots == ("SPOT.rb.上海",)
    body = read.script.entries[0].wish
    assert isinstance(body, QuoteSpot)
    assert body.price == 3800


def test_times_may_stand_without_quotes(tmp_path: Path) -> None:
    text = order().replace('"+1s"', "2020-08-21 13:45:00.5")
    assert plan(tmp_path, HEAD, CAST, text).script.entries[0].when.ns == 1_597_988_700_500_000_000


def test_cuts_stand_beside_the_script(tmp_path: Path) -> None:
    read = plan(tmp_path, HEAD, CAST, '[[command]]\ndo = "cut"\nat = "+60s"\nseconds = 20\n', order())
    assert [(cut.when.ns, cut.seconds) for cut in read.cuts] == [(60_000_000_000, 20)]
    assert [entry.name for entry in read.script.entries] == ["C1"]


def test_an_account_may_be_opened_in_a_unit(tmp_path: Path) -> None:
    in_unit = CAST.replace('id = "A"\ncash', 'id = "A"\nunit = "套保部"\ncash')
    (account,) = plan(tmp_path, HEAD, in_unit).opening.accounts
    assert account.unit == "套保部"
    assert "最多 40 个字" in refusal(plan_file(tmp_path, HEAD, in_unit.replace("套保部", "长" * 41)))
    for hidden in ("套\\n保", "套\\u202e保"):
        assert "看不见的字符" in refusal(plan_file(tmp_path, HEAD, in_unit.replace("套保部", hidden)))
