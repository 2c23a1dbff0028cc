"""Take in rounds of the sandbox on the word of the machine's owner, as the result of a statement is taken.

They are not proven here: tape and plan are named by their digests, and whoever doubts them plays them again. What is
told from the figures alone is refused.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from terminal.domain.fact.facts import SandboxRecorded
from terminal.domain.fact.statement import is_digest
from terminal.domain.words.typed_text import shown
from terminal.engine.refused import Refused

if TYPE_CHECKING:
    from terminal.domain.fact.sandbox import SandboxResult, SandboxRound
    from terminal.engine.state import AccountState, State
    from terminal.engine.turn import Turn


def take_rounds(turn: Turn, account: AccountState, result: SandboxResult) -> str:
    """Put rounds on record as the turn's actor; return a sentence. What cannot be a round is `Refused`."""
    wrong = why_no_rounds(result)
    if wrong:
        raise Refused("BAD_RESULT", wrong)
    sentence, actor = taken_sentence(turn.state, account, result), turn.actor
    turn.say(SandboxRecorded(account=account.account, result=result, person=actor.person, device=actor.device))
    return sentence


def why_no_rounds(result: SandboxResult) -> str:
    """Return in a sentence that a result cannot be put on record, "" where it can."""
    if not result.rounds or any(_absurd(one) for one in result.rounds):
        return "沙盘结果自相矛盾或是空的，没有登记；请重新运行 hengduo sandbox。"
    return ""


def taken_sentence(state: State, account: AccountState, result: SandboxResult) -> str:
    """Return what is answered to rounds that are put on record next; only those of the present program count."""
    known, version = [row.round for row in account.sandbox], state.tenant.version
    full = [one for one in result.rounds if one.full]
    fresh = sum(one.program == version and one not in known for one in full)
    head = f"沙盘 {len(result.rounds)} 轮已登记到账户 {account.account}，其中新的全流程 {fresh} 轮"
    others = [one.program for one in full if one.program != version]
    if not others:
        return f"{head}。"
    programs = "、".join(dict.fromkeys(map(shown, others)))
    return (
        f"{head}；另有 {len(others)} 轮由其他版本的程序（{programs}）走，不算数，请用运行器的版本（{version}）重新走。"
    )


def _absurd(one: SandboxRound) -> bool:
    digests = is_digest(one.tape_sha256) and is_digest(one.plan_sha256)
    counts = one.drill >= 0 and one.orders >= 0 and one.lots >= 0
    done = not one.full or bool(one.reached_at >= one.began_at and one.orders and one.lots)
    return not (digests and counts and done)
