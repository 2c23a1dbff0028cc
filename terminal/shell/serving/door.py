"""Let people in: check who a desk is, by the loopback secret or by a token, and know its device.

The loopback secret lies in a file only this user can read (SAFETY 8); whoever has it may sit down as any person of the
runner, which is why live trading is refused there. A token belongs to one person; only its SHA-256 is kept: a look-up
of that leaks nothing of the token. Neither is ever written to a log or the journal (SAFETY I28).

Whoever has the secret owns the machine and hears whom there is; the bearer of a token hears of nobody else (I25).
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from typing import TYPE_CHECKING

from terminal.domain.fact.facts import DeviceEnrolled
from terminal.domain.words.typed_text import shown
from terminal.engine.confirmations.device_key import is_key
from terminal.sync.house import Guest

if TYPE_CHECKING:
    from terminal.domain.ids import PersonId
    from terminal.engine.state import State
    from terminal.sync.messages import Hello


def token_hash(token: str) -> str:
    """Return what of a token is kept."""
    return hashlib.sha256(token.encode()).hexdigest()


class Door:
    """Hold the proofs a runner takes: its loopback secret (empty: none) and the hashes of tokens by person."""

    def __init__(self, secret: str, tokens: Mapping[str, PersonId]) -> None:
        self._secret = secret
        self._tokens = dict(tokens)

    def admit(self, hello: Hello, state: State) -> Guest | str:
        """Return who a desk is, or the sentence that refuses it; what is wrong with the proof is not told apart."""
        is_local = self._has_secret(hello)
        if not is_local and not self._has_token(hello):
            return "口令或令牌不对，运行器没有放行；请重新登录，或向管理员索取新的令牌"
        enrolled = state.enrolled()
        if hello.person not in enrolled:
            if not is_local:
                return f"运行器里没有人员 {shown(hello.person)}；请向管理员确认您的人员编号"
            known = "、".join(sorted(enrolled)) or "（没有）"
            return f"运行器里没有人员 {shown(hello.person)}；已登记的有 {known}，请换一个 --profile"
        if hello.public_key and not is_key(hello.public_key):
            return "设备公钥不是可用的 Ed25519 公钥，请升级工作台"
        owner = next((person for person in enrolled if hello.device in state.persons[person].devices), hello.person)
        if owner != hello.person:
            whose = owner if is_local else "别人"
            return (
                f"设备 {shown(hello.device)} 登记在{whose}名下，不能以 {shown(hello.person)} 登录；请换一个 --profile"
            )
        return Guest(person=hello.person, device=hello.device, roles=state.roles_of(hello.person))

    def _has_secret(self, hello: Hello) -> bool:
        return bool(self._secret) and hmac.compare_digest(self._secret.encode(), hello.proof.encode())

    def _has_token(self, hello: Hello) -> bool:
        owner = self._tokens.get(token_hash(hello.proof))
        return owner is not None and owner == hello.person


def enrolment(hello: Hello, state: State) -> DeviceEnrolled | None:
    """Return the fact that makes a device known with its present key; `None` when it is known already."""
    known = state.persons[hello.person].devices.get(hello.device)
    if known is not None and known.public_key == hello.public_key:
        return None
    return DeviceEnrolled(device=hello.device, person=hello.person, public_key=hello.public_key)
