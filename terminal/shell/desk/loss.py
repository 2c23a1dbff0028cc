"""Hold how a desk's last connection ended, and say what is known of the strategies while there is none."""

from __future__ import annotations

from typing import Final

from terminal.sync.client import FINAL, NOT_RUNNING, SUPERSEDED
from terminal.sync.desk_session import BAD_FRAME

RUNS_ON: Final = "策略由运行器执行，不因本机断线而停"
STOPPED: Final = "运行器已停止：策略停着，已报出的挂单不会自动撤回；请在那台电脑上用 hengduo runner 再启动它"
NOBODY: Final = (
    "那里没有程序应答：是运行器停了，还是中间的通道断了，这里看不出；若是停了，策略也停着，挂单不会自动撤回，"
    "请在那台电脑上用 hengduo runner 再启动它"
)
OWN_SILENT: Final = "本机运行器没有回应"
OWN_DOWN: Final = "运行器没有在运行：策略与其中的模拟交易所都停着，挂单不会成交；重新启动后它从日志接着运行"
STARTING: Final = "正在重新启动本机运行器；它起来以前策略停着，挂单不会成交"
NOT_STARTED: Final = "重新启动没有成功："
AGAIN: Final = "会自动重连，恢复前不能下单；反复出现时请升级本程序，并告诉运行器的管理员。"
APART: Final = "不再自动重连。同一个数据目录不能在两处同时使用：请关闭另一处，再重新打开这里。"
CHECK: Final = "请核对地址与网络，并确认运行器已在那里启动"
STOPPING: Final = frozenset({"RUNNER_STOPS", "STOP"})  # it said that it ends
# What the words for being offline say already.
PLAIN: Final = frozenset({BAD_FRAME, *STOPPING, "CUT", "GONE", "DEAD", NOT_RUNNING, "UNREACHABLE"})


class Loss:
    """Hear of every connection that ended or could not be made; `embedded` is a runner of this desk's own."""

    def __init__(self, *, embedded: bool) -> None:
        self.embedded = embedded
        self.refusal = ""  # why this desk is not let in, or cannot go on
        self.why = ""  # the last connection ended, or none was made
        self._shut_out = ""  # why the last attempt failed, until a runner has let this desk in
        self._was_in = False
        self._found = ""  # what one side found wrong with the other
        self._is_down = False  # nobody listens where the runner was
        self._has_stopped = False  # it said so itself, and was not heard since
        self.is_starting = False  # a person has asked for that
        self.not_started = ""  # why not, when it was last asked for
        self._awaited = ""  # a runner that lives and does not answer, while one is looked for

    def lost(self, code: str, sentence: str) -> None:
        """Hear why there is no connection."""
        next_to_do = {BAD_FRAME: f"；{AGAIN}", SUPERSEDED: f"，{APART}"}.get(code, "")
        self.refusal = f"{sentence}{next_to_do}" if code in FINAL or code == BAD_FRAME else ""
        self.why, self._is_down = sentence, code == NOT_RUNNING
        self._shut_out = "" if self._was_in else sentence
        self._found = "" if code in PLAIN else sentence
        self._has_stopped |= code in STOPPING

    def answered(self) -> None:
        """Hear that somebody listens there."""
        self._is_down = False

    def welcomed(self, *, fits: bool = True) -> None:
        """Hear that the runner has let the desk in, and whether it is of this version."""
        self.refusal, self._found, self._has_stopped = "", "", False
        self._shut_out, self._was_in = "", True
        self.not_started = "" if fits else self.not_started

    def waits(self, sentence: str) -> None:
        """Hear what a desk that looks for its runner waits for."""
        self.why = self._awaited = sentence

    def connecting(self, runner: str, *, also: str) -> str:
        """Return what to say before a runner is reached; `also` is what is wrong here whoever may answer."""
        sentence = f"正在连接 {runner}（{self.why}）" if self.why else f"正在连接 {runner}"
        return f"{sentence}；{also}" if also else sentence

    def never_in(self, runner: str) -> str:
        """Return why no runner has ever let this desk in, where that was tried; waiting for one is no failure."""
        if not self._shut_out:
            return ""
        todo = "" if "请" in self._shut_out else f"；{CHECK}"  # some say themselves what to do
        return f"没有连上 {runner}：{self._shut_out}{todo}。"

    def starting(self) -> None:
        """Hear that this machine's runner is being started again."""
        self.is_starting, self.not_started, self._awaited = True, "", ""

    def started(self, why_not: str) -> None:
        """Hear that the start is over, and why it led to nothing where it did not."""
        self.is_starting, self.not_started = False, why_not

    def may_start(self, *, connected: bool) -> bool:
        """Return whether there is a runner to be started again from here."""
        return self._is_own_down(connected=connected) and not self.is_starting and not self.refusal

    def _is_own_down(self, *, connected: bool) -> bool:
        return self.embedded and not connected and (self._has_stopped or self._is_down)

    def of_strategies(self, *, connected: bool) -> str:
        """Return what is known of them; behind a cut way it is only that nothing here stops them."""
        if self._is_own_down(connected=connected):
            more = f"；{NOT_STARTED}{self.not_started}" if self.not_started else ""
            return (self._awaited or STARTING) if self.is_starting else f"{OWN_DOWN}{more}"
        if not connected and self._has_stopped:
            return STOPPED
        if not connected and self._is_down:
            return NOBODY  # nothing stands between a desk and its own runner, but here there may be a tunnel
        known = OWN_SILENT if self.embedded else RUNS_ON
        return f"{known}（{self._found}）" if self._found else known
