"""Take what `hengduo reconcile`, `sandbox` or `stock` hands in from a file, as the kill switch is taken (`kill_box`).

Who may write into the runner's folder owns the machine's user, and that is the whole authority asked for; the record
names that user. Unlike a kill switch, a result must not be done later than it was asked for: another one may have come
since. So a request is taken away before it is carried out, whoever asked takes it back when nobody answers, and what
lies there when a runner starts is thrown away.
"""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Final

import msgspec
from msgspec.structs import replace

from terminal.domain.commands import HandInStatement, RefuseStatement
from terminal.domain.fact.facts import UnitAssigned
from terminal.domain.fact.sandbox import SandboxResult
from terminal.domain.fact.unit import wrong_unit
from terminal.domain.ids import AccountId, DeviceId, PersonId
from terminal.domain.stock import StateStocks
from terminal.domain.words.typed_text import shown
from terminal.engine.prices.stock import refused_stocks, stated, stocks_text
from terminal.engine.records.journal import Actor
from terminal.engine.sandbox.wishes import taken_sentence, why_no_rounds
from terminal.engine.wording import AT_COMMAND_LINE
from terminal.sync.texts import too_large, unfit_body

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from terminal.shell.living import Living

FOLDER: Final = "statements"
REQUEST: Final = ".request"
ANSWER: Final = ".answer"
PARTIAL: Final = ".part"
DEVICE: Final = DeviceId("local-reconcile")


class HandInRounds(msgspec.Struct, frozen=True, kw_only=True, tag="hand_in_rounds"):
    """Hand in rounds of the sandbox; no desk asks for this, only the command line that has played them."""

    account: AccountId
    result: SandboxResult


class AssignUnit(msgspec.Struct, frozen=True, kw_only=True, tag="assign_unit"):
    """Say to which business unit (经营单位) an account belongs, "" to none; only the machine's owner says it."""

    account: AccountId
    unit: str


class StatementRequest(msgspec.Struct, frozen=True, kw_only=True):
    """Ask to take a result, rounds, readings of a stock, an account's unit, or that a statement cannot be true."""

    user: str
    wish: HandInStatement | RefuseStatement | HandInRounds | StateStocks | AssignUnit


class StatementAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """Say what became of it."""

    ok: bool
    sentence: str


def put_request(data: Path, name: str, request: StatementRequest) -> Path:
    """Leave a request; return where its answer will be."""
    folder = data / FOLDER
    folder.mkdir(exist_ok=True)
    path = folder / f"{name}{REQUEST}"
    _write(path, request)
    return path.with_suffix(ANSWER)


def take_back(answer: Path) -> bool:
    """Take the request back that this would be the answer to; return whether nobody had taken it."""
    try:
        answer.with_suffix(REQUEST).unlink()
    except FileNotFoundError:
        return False
    return True


def read_answer(path: Path) -> StatementAnswer | None:
    """Return the answer and remove it, once it is there."""
    try:
        answer = msgspec.json.decode(path.read_bytes(), type=StatementAnswer)
    except (OSError, msgspec.DecodeError):
        return None
    with suppress(OSError):
        path.unlink()
    return answer


class StatementBox:
    """Carry out what lies in a runner's folder, each request once; `say` gets a line worth logging."""

    def __init__(self, data: Path, living: Living, say: Callable[[str], None]) -> None:
        self._folder = data / FOLDER
        self._living = living
        self._say = say
        for path in self._folder.glob("*"):
            with suppress(OSError):
                path.unlink()

    async def take(self) -> int:
        """Carry out every request that lies there; return how many."""
        done = 0
        for path in sorted(self._folder.glob(f"*{REQUEST}")):
            try:
                asked = path.read_bytes()
                path.unlink()
            except OSError:
                continue  # whoever put it there has taken it back, or it is not ours to do
            answer = await self._carry_out(asked)
            done += 1
            self._say(f"命令行交来结果：{answer.sentence}")
            with suppress(OSError):  # what was asked is done, and whoever asked reads it in the record
                _write(path.with_suffix(ANSWER), answer)
        return done

    async def _carry_out(self, asked: bytes) -> StatementAnswer:
        try:
            request = msgspec.json.decode(asked, type=StatementRequest)
        except msgspec.DecodeError as problem:
            return StatementAnswer(ok=False, sentence=f"交来的结果读不懂（{problem}），没有登记。")
        wish = request.wish
        if isinstance(wish, StateStocks):
            return await self._take_stocks(Actor(PersonId(f"{AT_COMMAND_LINE}{request.user}"), DEVICE), wish)
        name = wish.account
        if name not in self._living.runner.state.accounts:
            return StatementAnswer(ok=False, sentence=f"运行器没有账户 {name}，没有登记；请核对 --data 与 --account。")
        actor = Actor(PersonId(f"{AT_COMMAND_LINE}{request.user}"), DEVICE)
        if isinstance(wish, AssignUnit):
            return await self._assign(actor, wish)
        if isinstance(wish, HandInRounds):
            return await self._take_rounds(actor, wish)
        unfit = unfit_body(wish)
        if unfit:
            return StatementAnswer(ok=False, sentence=f"对账结果不能登记：{unfit}。")
        handed = wish.refusal if isinstance(wish, RefuseStatement) else wish.result
        ok, sentence = await self._living.hand_in(actor, name, handed)
        return StatementAnswer(ok=ok, sentence=sentence)

    async def _assign(self, actor: Actor, wish: AssignUnit) -> StatementAnswer:
        name, unit = wish.account, wish.unit
        wrong = wrong_unit(unit) or unfit_body(wish)
        if wrong:
            return StatementAnswer(ok=False, sentence=wrong)
        now = f"经营单位 {unit}" if unit else "没有经营单位"
        if self._living.runner.state.accounts[name].unit == unit:
            return StatementAnswer(ok=True, sentence=f"账户 {name} 早已是：{now}，没有改动。")
        fact = UnitAssigned(account=name, unit=unit, person=actor.person, device=actor.device)
        await self._living.say([fact], actor, "unit")
        return StatementAnswer(ok=True, sentence=f"账户 {name} 现在是：{now}；绩效从此按它归集，以前的日子也算在内。")

    async def _take_stocks(self, actor: Actor, wish: StateStocks) -> StatementAnswer:
        living = self._living
        refused = refused_stocks(living.runner.state, wish, living.engine.look.natural_day)
        wrong = unfit_body(wish) or ("" if refused is None else refused[1])
        if wrong:
            return StatementAnswer(ok=False, sentence=wrong)
        await living.say([stated(wish)], actor, "stock")
        return StatementAnswer(ok=True, sentence=f"{stocks_text(wish)}，已登记。")

    async def _take_rounds(self, actor: Actor, wish: HandInRounds) -> StatementAnswer:
        # All is looked at before anything is put on record: there are as many records as it takes, and one answer.
        state, batches = self._living.runner.state, _batches(wish)
        wrong = why_no_rounds(wish.result) or next(filter(None, map(_why_unfit, batches)), "")
        if wrong:
            return StatementAnswer(ok=False, sentence=wrong)
        whole = taken_sentence(state, state.accounts[wish.account], wish.result)
        for batch in batches:
            ok, sentence = await self._living.hand_in(actor, batch.account, batch.result)
            if not ok:
                return StatementAnswer(ok=False, sentence=sentence)
        return StatementAnswer(ok=True, sentence=whole)


def _batches(wish: HandInRounds) -> list[HandInRounds]:
    """Return the rounds in their order, as many together as fit one record; one that fits none stands alone."""
    found: list[HandInRounds] = []
    for one in wish.result.rounds:
        if found:
            more = replace(wish, result=SandboxResult(rounds=(*found[-1].result.rounds, one)))
            if not too_large(more):
                found[-1] = more
                continue
        found.append(replace(wish, result=SandboxResult(rounds=(one,))))
    return found


def _why_unfit(batch: HandInRounds) -> str:
    if too_large(batch):
        one = batch.result.rounds[0]
        what = f"策略 {shown(one.strategy)} 的 {one.drill} 号一轮"
        return f"沙盘结果没有登记：{what}存不进一条记录；请减少这个策略设置里的项数，重新走。"
    unfit = unfit_body(batch)
    return f"沙盘结果不能登记：{unfit}。" if unfit else ""


def _write(path: Path, what: StatementRequest | StatementAnswer) -> None:
    partial = path.with_name(f"{path.name}{PARTIAL}")
    partial.write_bytes(msgspec.json.encode(what))
    partial.replace(path)
