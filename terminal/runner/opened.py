"""Open what a runner runs: a market, the exchange over it, a journal in a folder, and the people it begins with."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

import msgspec

from terminal import __version__
from terminal.domain.days.calendar import instant, to_date
from terminal.domain.errors import UserError
from terminal.domain.market import Batch
from terminal.domain.products import option_model
from terminal.domain.reports import LinkDown
from terminal.domain.words.system import system_said
from terminal.gateways.sample.market import SampleMarket
from terminal.gateways.sample.scenario import DEMO, living
from terminal.gateways.sim.host import CURSOR_EVERY
from terminal.gateways.sim.store.file import FILE_NAME, ExchangeStore
from terminal.gateways.sim.wire.client import TcpGateway
from terminal.gateways.sim.wire.local import LocalGateway
from terminal.runner.basis_keeper import BasisKeeper
from terminal.runner.demo import TENANT, NoScript, SampleListing, practice_opening, sample_host, sample_house
from terminal.runner.exchange import open_market
from terminal.runner.market import open_tape
from terminal.runner.minute_keeper import MinuteKeeper
from terminal.runner.reading_back import RE_READ, read_back
from terminal.shell.exchange import host_over
from terminal.shell.living import Living
from terminal.shell.plans.plan import read_plan
from terminal.shell.runner import Runner
from terminal.shell.serving.basis_book import BasisBook
from terminal.shell.serving.house import entries_of
from terminal.shell.serving.tail import Tail
from terminal.store.folder import make_folder
from terminal.store.journal import SqliteJournal
from terminal.store.owner import Owner

if TYPE_CHECKING:
    from terminal.domain.ids import TenantId
    from terminal.domain.products.instrument import Reference
    from terminal.engine.ports import Gateway, MarketSource
    from terminal.gateways.sim.host import Host
    from terminal.shell.opening import Listing, Opening, Script, Symbols

SEED: Final = 20_260_105
FIRST_DAY: Final = 20250106
"""Where the sample market begins, whatever the date is: everybody sees the same market, and the holiday table knows
all its days to the end, a hundred days of running without a pause away."""
PAST_DAYS: Final = 3  # trading days of the sample market that have already been when it is first opened
LIVE_AT: Final = (13, 30)
"""When the sample market goes live on its next day: everything trades, and for ninety minutes there is no break."""
MARKET_FILE: Final = "market.json"


class SampleStart(msgspec.Struct, frozen=True, kw_only=True):
    """Hold where a folder's sample market begins and from when on it is live: chosen once, kept with the journal.

    A folder of before sessions were played whole says nothing of it, and keeps the market its journal has seen.
    """

    seed: int
    start: int  # UTC ns
    live_from: int
    whole: bool = False  # from `live_from` on sessions are played whole


class Pace(NamedTuple):
    """Hold from when on a market is live, how fast it is played, and why it ends where it ends, for people."""

    live_from: int  # UTC ns
    speed: float
    why_ended: str


class Opened:
    """Hold a runner that can begin, and the seams its desks are told through."""

    def __init__(
        self,
        data: Path,
        *,
        owner: Owner,
        tenant: TenantId,
        gateway: Gateway,
        opening: Opening,
        listing: Listing,
        script: Script,
        reference: Reference,
        pace: Pace,
        host: Host | None = None,
    ) -> None:
        # `host` is the exchange, where it is in this process: its books are closed with the runner's.
        self._gateway = gateway
        self._calendar = reference.calendar
        self.basis: BasisBook  # from `begin` on
        self._data = data
        self._keeper: BasisKeeper | None = None
        self._minutes: MinuteKeeper | None = None
        self._host = host
        self.owner = owner
        self.journal = SqliteJournal(data, tenant, owner=owner)
        self._seams = _Seams()
        end = sum(head.seq for head in self.journal.heads().values())
        self.tail = Tail(self.journal, end)
        self.runner = Runner(
            journal=self.journal,
            gateway=gateway,
            calendar=reference.calendar,
            opening=opening,
            listing=listing,
            script=script,
            version=__version__,
            stored=entries_of(self.tail, self._seams.woke),
        )
        self.living = Living(
            self.runner,
            live_from=pace.live_from,
            speed=pace.speed,
            seen=self._seams.touched,
            monotonic=time.monotonic,
            why_ended=pace.why_ended,
        )

    async def begin(self) -> None:
        """Log in and recover: the market's past is read again at once, before anybody is let in.

        Until it has been, columns show an old market under a newer state, and nobody should see or trade that. An
        exchange that was killed is up to so many batches behind the journal, and those are its past as well: played at
        the market's pace, the clock would stand before what has happened by it.
        """
        cursor = self.journal.cursor()
        await self.runner.begin(from_batch=max(0, (cursor or 0) - read_back(self.runner.state, RE_READ)))
        columns, floor = self.living.engine.columns, self.living.engine.floor
        self.basis = BasisBook(columns, self._calendar, self._gateway.standing)
        # Half of what is read again: whatever a kill takes from it is read again.
        day = self._calendar.trading_day(max(columns.at, floor))
        self._keeper = keeper = BasisKeeper(self.basis, self._data, every=RE_READ // 2, until=day)
        self._minutes = minutes = MinuteKeeper(columns, self._calendar, self._data, is_live=lambda: self.living.is_live)
        self.basis.saw(list(range(len(columns.universe))))
        past = self._gateway.history_until
        while columns.batch + 1 < past or (columns.at < floor and columns.batch + 1 < past + CURSOR_EVERY):
            item = await self._gateway.next()
            if item is None:
                break
            if isinstance(item, LinkDown):
                raise UserError(f"还没读完以前的行情，交易所就断开了（{item.why}）；请确认它在运行，再启动一次。")
            await self.runner.take(item)
            if isinstance(item, Batch):
                self.basis.saw(item.slots.tolist())
                minutes.saw(item.slots.tolist())
        if self._gateway.standing is not None:
            columns.stand(self._gateway.standing)
        keeper.save()
        minutes.save()
        self._seams.kept, self._seams.recorded = keeper.touched, minutes.saw
        if any(one.option is not None for one in self.living.engine.columns.instruments):
            option_model.load()  # now, when nothing trades yet: the first preview of a conversion would stop the market

    def tell_desks(self, saw: Callable[[list[int]], None], wake: Callable[[], None]) -> None:
        """Tell what a batch touched and that the journal grew, from now on."""
        self._seams.saw, self._seams.wake = saw, wake

    async def close(self) -> None:
        """Log out and give the journal up."""
        if self._keeper is not None:
            self._keeper.close()
        if self._minutes is not None:
            self._minutes.close()
        await self._gateway.close()
        if self._host is not None:
            self._host.close()
        self.journal.close()


class _Seams:
    """Hold where a runner's news goes: nowhere, until there are desks to tell."""

    def __init__(self) -> None:
        self.saw: Callable[[list[int]], None] | None = None
        self.wake: Callable[[], None] | None = None
        self.kept: Callable[[], None] | None = None
        self.recorded: Callable[[list[int]], None] | None = None

    def touched(self, slots: list[int]) -> None:
        if self.kept is not None:
            self.kept()
        if self.recorded is not None:
            self.recorded(slots)
        if self.saw is not None:
            self.saw(slots)

    def woke(self) -> None:
        if self.wake is not None:
            self.wake()


def open_runner(
    market: str, *, data: Path, plan: Path | None, exchange: tuple[str, int] | None, speed: float, reference: Reference
) -> Opened:
    """Open the runner of a market; what is wrong with market, plan or folder is a `UserError`."""
    make_folder("数据目录建不成", data)
    # Before its exchange, which takes long to read: who comes second is told at once whose the folder is.
    owner = Owner(data)
    try:
        return _open(market, data, owner, plan=plan, exchange=exchange, speed=speed, reference=reference)
    except BaseException:
        owner.release()
        raise


def _open(
    market: str,
    data: Path,
    owner: Owner,
    *,
    plan: Path | None,
    exchange: tuple[str, int] | None,
    speed: float,
    reference: Reference,
) -> Opened:
    if plan is not None:
        return _with_plan(market, data, owner, plan=plan, exchange=exchange, speed=speed, reference=reference)
    if exchange is not None:
        raise UserError("连接另一进程的交易所时要用 --plan 说明账户与人员。")
    kind, _, path = market.partition(":")
    if kind == "sample" and not path:
        return _sample(data, owner, speed=speed, reference=reference)
    if kind == "replay" and path:
        return _recording(Path(path), data, owner, speed=speed, reference=reference)
    raise UserError(f"不认识的行情 {market}，请写 sample 或 replay:路径；指定种子的样例行情要用 --plan 说明账户。")


def _sample(data: Path, owner: Owner, *, speed: float, reference: Reference) -> Opened:
    start = _sample_start(data, reference)
    scenario = living(start.live_from) if start.whole else DEMO
    source = SampleMarket(seed=start.seed, reference=reference, start=start.start, scenario=scenario)
    house = sample_house(source, reference, live_from=start.live_from)
    host = sample_host(source, house.listing, reference, _store(data))
    opened = Opened(
        data,
        owner=owner,
        tenant=TENANT,
        gateway=LocalGateway(host),
        opening=house.opening,
        listing=house.listing,
        script=house.script,
        reference=reference,
        pace=Pace(start.live_from, speed, f"样例只编到交易日 {to_date(source.trading_days[-1])}"),
        host=host,
    )
    runner = opened.runner
    house.script.look = lambda: runner.engine.look if runner.engine is not None else None
    return opened


def _sample_start(data: Path, reference: Reference) -> SampleStart:
    path = data / MARKET_FILE
    try:
        return msgspec.json.decode(path.read_bytes(), type=SampleStart)
    except FileNotFoundError:
        pass
    except (OSError, msgspec.DecodeError) as problem:
        raise UserError(
            f"{path} 读不出来（{system_said(problem)}）；它说明样例行情从哪天开始，请恢复它，或换一个 --data。"
        ) from None
    calendar = reference.calendar
    days = calendar.trading_days(FIRST_DAY, calendar.last)
    start = SampleStart(
        seed=SEED, start=calendar.begins_at(days[0]), live_from=instant(days[PAST_DAYS], *LIVE_AT), whole=True
    )
    try:
        # Whole and on the disk before the journal that rests on it: nothing could restore it after a power cut.
        partial = path.with_suffix(".part")
        with partial.open("wb") as file:
            file.write(msgspec.json.encode(start))
            file.flush()
            os.fsync(file.fileno())
        partial.replace(path)
    except OSError as problem:
        raise UserError(f"{path} 写不进去（{system_said(problem)}），请检查磁盘空间与权限。") from problem
    return start


def _recording(files: Path, data: Path, owner: Owner, *, speed: float, reference: Reference) -> Opened:
    listing = SampleListing(reference)
    recording = open_tape([files], listing=listing, reference=reference, data=data)
    host = sample_host(recording, listing, reference, _store(data))
    return Opened(
        data,
        owner=owner,
        tenant=TENANT,
        gateway=LocalGateway(host),
        opening=practice_opening(),
        listing=listing,
        script=NoScript(),
        reference=reference,
        pace=Pace(0, speed, "这份行情到此放完"),
        host=host,
    )


def _with_plan(
    market: str,
    data: Path,
    owner: Owner,
    *,
    plan: Path,
    exchange: tuple[str, int] | None,
    speed: float,
    reference: Reference,
) -> Opened:
    read = read_plan(plan, reference)
    host: Host | None = None
    if exchange is not None:
        gateway: Gateway = TcpGateway(*exchange)
    else:
        host = _host(market, data=data, listing=read.listing, reference=reference)
        gateway = LocalGateway(host)
    return Opened(
        data,
        owner=owner,
        tenant=read.opening.tenant,
        gateway=gateway,
        opening=read.opening,
        listing=read.listing,
        script=read.script,
        reference=reference,
        pace=Pace(0, speed, "这份行情到此放完"),
        host=host,
    )


def _host(market: str, *, data: Path, listing: Symbols, reference: Reference) -> Host:
    source: MarketSource
    source, identity = open_market([market], listing=listing, reference=reference, data=data)
    return host_over(source, listing=listing, reference=reference, store=_store(data), identity=identity)


def _store(data: Path) -> ExchangeStore:
    folder = data / "exchange"
    make_folder("交易所目录建不成", folder)
    return ExchangeStore(folder / FILE_NAME)
