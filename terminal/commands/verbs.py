"""Assemble the command line: one verb, one file, imported only when it is called.

Adding a verb is one row in `VERBS`, its sentence in `SAID` and one module that has a function of the same name.
Nothing heavier than typer is imported here, so that `hengduo doctor` answers on a machine where half of the rest is
missing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from importlib import import_module
from typing import Annotated, Any, Final

import typer

from terminal import __version__
from terminal.commands.help_page import House, Verb

VERBS: Final = {
    "run": "terminal.commands.run",
    "doctor": "terminal.commands.doctor",
    "runner": "terminal.commands.runner",
    "login": "terminal.commands.login",
    "kill": "terminal.commands.kill",
    "replay": "terminal.commands.replay",
    "backtest": "terminal.commands.backtest",
    "sandbox": "terminal.commands.sandbox",
    "scan": "terminal.commands.scan",
    "continuous": "terminal.commands.continuous",
    "stress": "terminal.commands.stress",
    "performance": "terminal.commands.performance",
    "exchange": "terminal.commands.exchange",
    "book": "terminal.commands.book",
    "verify": "terminal.commands.verify",
    "recompute": "terminal.commands.recompute",
    "snapshots": "terminal.commands.snapshots",
    "reconcile": "terminal.commands.reconcile",
    "stock": "terminal.commands.stock",
    "unit": "terminal.commands.unit",
    "tables": "terminal.commands.tables",
    "simulate": "terminal.commands.simulate",
    "bench": "terminal.commands.bench",
}

SAID: Final = {
    "run": "打开工作台；不指明运行器就在本机起一个",
    "doctor": "检查这台机器缺什么（系统库、字体、密钥环、语言环境），给出补齐的一行命令",
    "runner": "运行策略，供各工作台连接，直到停止",
    "login": "登记运行器的令牌，存进密钥环；令牌从标准输入读，不写在命令行上",
    "kill": "一键停止：不再开仓，撤掉全部挂单，仍可平仓；由两人解除",
    "replay": "按方案回放录制的行情，能多快就多快；事实记入日志，可接着放",
    "backtest": "按方案回测逐笔或 K 线行情：委托、成交、两种口径的权益、成本；也做参数扫描和向前检验",
    "sandbox": "沙盘：方案全流程走几轮，带断线、拒单、重启演练；实盘账户要走满才能启动策略；见 docs/sandbox.md",
    "scan": "把录制里的价差（跨期、跨品种、跨市场）按回到均值能挣多少排名；不下单",
    "continuous": "把一个品种的主力合约按日接成一条连续序列：含换月跳空的，和去掉跳空的",
    "stress": "让账户经历停板、基差扩大、停止交易：权益、保证金、追保",
    "performance": "每个账户和策略的业绩：正在运行的日志，或回放的日志",
    "exchange": "充当模拟交易所，直到停止；运行器来取下一笔行情时，市场的钟才走",
    "book": "逐行记账：每一行之后两种口径的盈亏、保证金、持仓",
    "verify": "离线核对日志：哈希链、防重表、复核；有损坏以 1 退出，指出第一条坏记录",
    "recompute": "按日重算日志里的期货：持仓、两种口径的盈亏、手续费；同样的日志，同样的哈希",
    "snapshots": "账户每个结算日、每周或每月的快照，带哈希；也比较两份",
    "reconcile": "拿交易结算单与我们的账核对；有差异以 1 退出",
    "stock": "把库存序列（文件，或一天一个数）登记到运行器，给自动配平的库存因子用；见 docs/strategies.md",
    "unit": "把账户归入一个经营单位，绩效按单位归集；不写单位就是不再归属",
    "tables": "核对资料表（自有的行也在内）；错行指出文件、行、列",
    "simulate": "按种子演一个有人、有故障、有崩溃的世界；有错以 1 退出，并说明怎样重现",
    "bench": "把每项性能量几遍，与承诺相比",
}
"""What a verb does, on the page of help: one sentence without its end."""

MORE: Final = {
    "doctor": "加 --fix：Debian、Ubuntu 上的 root 直接装好缺的；其他用户只得到那一行命令。必需的东西缺了以 1 退出。",
    "login": "运行器不认的令牌不保存；连不上运行器时先保存，并说明没有验证过。",
    "kill": "退出码：0 停止完成；2 没有停止，也没有留下请求；3 没有运行器应答，请求已留下，运行器一启动就先执行。",
    "backtest": "参数扫描：--sweep 扫描文件（其中有 [walk] 就是向前检验），见 docs/backtest.md。",
    "bench": "尾部延迟、停顿、峰值、承诺的等待按最差的一遍判，其余按中位数；旁边是各遍的范围。",
}
"""What the page of a verb says beyond that."""


def assemble(names: Iterable[str]) -> typer.Typer:
    """Return a command line of these verbs; only their modules are imported."""
    app = typer.Typer(
        name="hengduo",
        cls=House,
        help="衡舵 Hengduo：商品期货套期保值的桌面终端。不写动词就是打开工作台。",
        add_completion=False,
        no_args_is_help=False,
        pretty_exceptions_enable=False,  # a broken invariant shows its plain traceback, also in a log file
        rich_markup_mode=None,
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    app.callback()(_general)
    for name in names:
        app.command(name, cls=Verb, help="\n".join(filter(None, (SAID[name], MORE.get(name)))))(_verb(name))
    return app


def _print_version(*, wanted: bool) -> None:
    if wanted:
        print(f"hengduo {__version__}")
        raise typer.Exit


def _general(
    *,
    version: Annotated[
        bool,
        typer.Option("--version", callback=lambda value: _print_version(wanted=value), is_eager=True, help="显示版本"),
    ] = False,
) -> None:
    del version  # its callback has answered


def _verb(name: str) -> Callable[..., Any]:
    verb = getattr(import_module(VERBS[name]), name)
    if not callable(verb):
        raise TypeError(f"{VERBS[name]} has no function {name}")
    return verb  # type: ignore[no-any-return]  # typer reads the signature; there is no narrower type
