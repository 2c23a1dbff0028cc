"""What is read of bars: when each was known, what it says was traded, and which files are refused in one sentence."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from terminal.domain.days.calendar import MINUTE_NS, SECOND_NS, instant
from terminal.domain.errors import UserError
from terminal.domain.market import BarColumn, Column, Recording, Valid
from terminal.store.tape import load_recording, save_recording
from tests import bar_tapes as b
from tests.tapes import ctp_tape, read

DAY = 20231010
NINE = instant(DAY, 9, 0)
TWO: list[b.Bar] = [
    (NINE, 3649, 3652, 3640, 3645, 95, 1000),
    (NINE + MINUTE_NS, 3645, 3648, 3644, 3646, 9, 1010),
]


def value(market: Recording, row: int, column: Column, bit: Valid) -> int | None:
    there = int(market.rows[row, Column.MASK]) & bit
    return int(market.rows[row, column]) if there else None


def refused(*paths: Path) -> str:
    with pytest.raises(UserError) as caught:
        read(*paths)
    assert "\n" not in caught.value.message
    return caught.value.message


def test_a_bar_is_known_at_its_end_and_its_sides_are_reckoned(tmp_path: Path) -> None:
    market = read(b.tqsdk(tmp_path / "SHFE.rb2401_1min.csv", TWO))
    assert market.universe == ("SHFE.rb2401",)
    assert market.at.tolist() == [NINE + MINUTE_NS, NINE + 2 * MINUTE_NS]
    assert (market.rows[:, Column.MASK] & int(Valid.BAR)).all()
    assert value(market, 0, Column.LAST, Valid.LAST) == 3645
    assert (value(market, 0, Column.BID, Valid.BID), value(market, 0, Column.ASK, Valid.ASK)) == (3644, 3646)
    assert market.rows[0, Column.BID_LOTS] == market.rows[0, Column.ASK_LOTS] == 9, "a tenth, rounded down"
    assert value(market, 1, Column.BID, Valid.BID) is None, "less than ten lots give no side"
    assert value(market, 1, Column.VOLUME, Valid.VOLUME) == 104
    assert value(market, 1, Column.OPEN_INTEREST, Valid.OPEN_INTEREST) == 1010
    assert market.bars is not None
    assert market.bars.tolist() == [[3649, 3652, 3640, 9, NINE], [3645, 3648, 3644, 0, NINE + MINUTE_NS]]


def test_the_same_bars_stamped_at_their_end_are_the_same_market(tmp_path: Path) -> None:
    one = read(b.tqsdk(tmp_path / "SHFE.rb2401_1min.csv", TWO))
    later: list[b.Bar] = [(at + MINUTE_NS, *rest) for at, *rest in TWO]  # type: ignore[misc]
    other = read(b.vnpy(tmp_path / "kline.csv", "rb2401.SHFE", later))
    assert one.bars is not None
    assert other.bars is not None
    assert (one.at == other.at).all()
    assert (one.rows == other.rows).all()
    assert (one.bars == other.bars).all()


def test_ten_seconds_are_told_apart_by_their_distance(tmp_path: Path) -> None:
    bars: list[b.Bar] = [(NINE + place * 10 * SECOND_NS, 3649, 3650, 3648, 3649, 50, 1) for place in (0, 1, 4)]
    market = read(b.tqsdk(tmp_path / "SHFE.rb2401_10s.csv", bars))
    assert market.at.tolist() == [NINE + place * SECOND_NS for place in (10, 20, 50)]


def test_a_night_belongs_to_the_next_trading_day(tmp_path: Path) -> None:
    friday = instant(20230922, 21, 0)
    bars: list[b.Bar] = [
        (instant(20230922, 14, 59), 3700, 3701, 3699, 3700, 70, 1),
        (friday, 3700, 3701, 3699, 3700, 30, 1),
        (friday + MINUTE_NS, 3700, 3701, 3699, 3700, 20, 1),
        (instant(20230925, 9, 0), 3700, 3701, 3699, 3700, 10, 1),
    ]
    market = read(b.tqsdk(tmp_path / "SHFE.rb2401_1min.csv", bars))
    assert market.rows[:, Column.VOLUME].tolist() == [70, 30, 50, 60]
    assert market.name == "回放 2023-09-22 至 2023-09-25"


def test_the_minutes_of_two_legs_are_two_markets_without_volume(tmp_path: Path) -> None:
    begin = instant(20200817, 9, 0)
    minutes = [(begin, 3820, 3735), (begin + MINUTE_NS, 3825, 3736), (instant(20200817, 15, 0), 3830, 3740)]
    market = read(b.spread(tmp_path / "RB.csv", "RB2010-RB2101", minutes))
    assert market.universe == ("SHFE.rb2010", "SHFE.rb2101")
    assert market.quarantined == {"outside_session": 2}, "a snapshot after the bell begins no minute"
    assert market.absent == {"volume": 4, "open_interest": 4}
    assert market.slots.tolist() == [0, 1, 0, 1]
    assert market.ends.tolist() == [2, 4]
    assert value(market, 2, Column.ASK, Valid.ASK) == 3826
    assert market.rows[2, Column.ASK_LOTS] == 10
    assert market.bars is not None
    assert market.bars[2].tolist() == [3820, 3825, 3825, 10, begin + MINUTE_NS], "it opens where the one before closed"


def test_a_day_is_its_opening_and_its_close(tmp_path: Path) -> None:
    market = read(b.tqsdk(tmp_path / "SHFE.rb2401_day.csv", b.days(20230919, [3800, 3810])))
    opened = [instant(20230918, 21, 0), instant(20230919, 21, 0)]
    closed = [instant(20230919, 15, 0), instant(20230920, 15, 0)]
    assert market.at.tolist() == [opened[0], closed[0], opened[1], closed[1]]
    assert market.rows[:, Column.LAST].tolist() == [3798, 3800, 3808, 3810]
    assert market.rows[:, Column.ASK_LOTS].tolist() == [0, 500, 500, 500], "what traded the day before, until the close"
    assert value(market, 0, Column.OPEN_INTEREST, Valid.OPEN_INTEREST) is None
    assert market.bars is not None
    assert market.bars[:, BarColumn.LOTS].tolist() == [0, 500, 0, 500]
    assert market.bars[:, BarColumn.BEGAN].tolist() == [opened[0], opened[0], opened[1], opened[1]]


def test_days_with_a_settlement_say_it_at_their_close(tmp_path: Path) -> None:
    lines = ["2023-09-19,3800,3810,3790,3801,5000,900,3799.0", "2023-09-20,3801,3820,3795,3815,6000,950,3809.0"]
    market = read(b.write(tmp_path / "SHFE.rb2401.csv", b.SETTLED, lines))
    assert [(batch, fact.trading_day, fact.settlement) for batch, fact in market.day_facts] == [
        (1, 20230919, 3799),
        (3, 20230920, 3809),
    ]


def test_of_minutes_whose_range_is_the_days_only_open_and_close_count(tmp_path: Path) -> None:
    lines = [
        f"20231010,{n},2023-10-10 09:0{n}:00,0,0,0,2023-10-10 09:0{n}:58,0,0,900,3649,3700,3650,3600,50,0,0,0"
        for n in (0, 1)
    ]
    market = read(b.write(tmp_path / "rb2401_1min.csv", b.JAVATRADER, lines))
    assert market.bars is not None
    assert market.bars[0].tolist() == [3649, 3650, 3649, 5, NINE]
    assert market.at.tolist() == [NINE + MINUTE_NS, NINE + 2 * MINUTE_NS]


def test_days_in_quotes_are_read(tmp_path: Path) -> None:
    line = '"20231010","3649.00","3652.00","3640.00","3645.00","950","0","1000","1010",'
    market = read(b.write(tmp_path / "rb2401_day.csv", b.DAYS, [line]))
    assert market.rows[:, Column.LAST].tolist() == [3649, 3645]


def test_what_is_no_bar_is_counted_and_left_out(tmp_path: Path) -> None:
    bars = [
        *TWO,
        TWO[1],
        (NINE + 2 * MINUTE_NS, 3645.5, 3648, 3644, 3646, 50, 1010),
        (instant(DAY, 10, 20), 3645, 3648, 3644, 3646, 50, 1010),
    ]
    lines = [f"{n},{at},x,{o},{h},{low},{c},{v},0,{i}" for n, (at, o, h, low, c, v, i) in enumerate(bars)]
    lines.append(f"9,{instant(DAY, 10, 31)},x,nan,nan,nan,nan,0,0,0")
    market = read(b.write(tmp_path / "SHFE.rb2401_1min.csv", b.TQSDK, lines))
    assert len(market) == 2
    assert market.quarantined == {"no_price": 1, "off_tick": 1, "outside_session": 1, "duplicate": 1}


def test_a_tape_of_bars_comes_back_as_it_was(tmp_path: Path) -> None:
    market = read(b.tqsdk(tmp_path / "SHFE.rb2401_1min.csv", TWO))
    save_recording(market, tmp_path / "tape")
    back = load_recording(tmp_path / "tape")
    assert market.bars is not None
    assert back.bars is not None
    assert np.array_equal(back.bars, market.bars)
    for one, other in zip(back.batches(), market.batches(), strict=True):
        assert one.bars is not None
        assert other.bars is not None
        assert np.array_equal(one.bars, other.bars)


def changed(place: int, bar: b.Bar) -> list[b.Bar]:
    return [*TWO[:place], bar, *TWO[place + 1 :]]


@pytest.mark.parametrize(
    ("bars", "words"),
    [
        (changed(1, (NINE + MINUTE_NS, 3645, 3644, 3640, 3646, 50, 1)), ("第 3 行", "最高价、最低价", "重新取得")),
        (list(reversed(TWO)), ("第 3 行", "时间倒流", "未经改动")),
        (TWO[:1], ("第 2 行", "只有一根", "至少相邻的两根")),
        (changed(1, (NINE + 7 * MINUTE_NS, 3645, 3648, 3644, 3646, 50, 1)), ("420 秒", "整除一刻钟", "其他周期")),
        ([(at + SECOND_NS, *rest) for at, *rest in TWO], ("第 2 行", "没有从整 60 秒开始")),
        (changed(1, (NINE + MINUTE_NS, 3645, 3648, 3644, 3646, 10**12, 1)), ("第 3 行", "不可能")),
        (changed(1, (9_999_999_999_999_999_999, 3645, 3648, 3644, 3646, 9, 1)), ("第 3 行", "不是纳秒时间")),
        (changed(1, (NINE + MINUTE_NS, 3645, 3648, 3644, 3646, -5, 1)), ()),
    ],
    ids=["range", "backward", "one", "length", "crooked", "many lots", "stamp", "lots"],
)
def test_a_damaged_file_is_refused_with_file_and_row(bars: list[b.Bar], words: tuple[str, ...], tmp_path: Path) -> None:
    path = b.tqsdk(tmp_path / "SHFE.rb2401_1min.csv", bars)
    if not words:  # a volume that is none is no volume
        assert read(path).absent["volume"] == 1
        return
    sentence = refused(path)
    assert str(path) in sentence
    assert all(word in sentence for word in words), sentence


def test_other_files_are_refused_in_one_sentence(tmp_path: Path) -> None:
    main = b.write(tmp_path / "RB.csv", b.SETTLED, ["2023-09-19,3800,3810,3790,3801,5000,900,3799.0"])
    assert "主力连续不是能下单的合约" in refused(main)
    wrong = b.write(tmp_path / "gap.csv", b.SPREAD, ["RB2010-RB2101,2020-08-17 09:00:00,3820.0,3735.0,84.0"])
    assert all(word in refused(wrong) for word in ("第 2 行", "84.0", "两腿之差"))
    unnamed = b.write(tmp_path / "one.csv", b.SPREAD, ["RB2010,2020-08-17 09:00:00,3820.0,3735.0,85.0"])
    assert "应是两个合约" in refused(unnamed)
    torn = tmp_path / "SHFE.rb2405_1min.csv"
    torn.write_bytes(b.tqsdk(tmp_path / "x.csv", TWO).read_bytes()[:-9])
    assert "第 3 行" in refused(torn)


def test_ticks_and_bars_are_not_one_market(tmp_path: Path) -> None:
    (tmp_path / "ticks").mkdir()
    ticks = ctp_tape(tmp_path / "ticks")
    bars = b.tqsdk(tmp_path / "SHFE.rb2401_1min.csv", TWO)
    assert "请分开回放" in refused(bars, *ticks)


def test_two_stories_of_one_minute_are_refused(tmp_path: Path) -> None:
    one = b.tqsdk(tmp_path / "SHFE.rb2401_a.csv", TWO)
    other = b.tqsdk(tmp_path / "SHFE.rb2401_b.csv", changed(1, (NINE + MINUTE_NS, 3645, 3648, 3644, 3647, 9, 1010)))
    assert "时间重叠" in refused(one, other)
    same = b.tqsdk(tmp_path / "SHFE.rb2401_c.csv", TWO)
    assert read(one, same).quarantined == {"duplicate": 2}
