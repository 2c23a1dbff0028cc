"""List every key and gesture of the window (按键一览), for whoever asks for help."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QFrame, QGridLayout, QLabel, QScrollArea, QVBoxLayout, QWidget

from terminal.domain.words.otc_terms import OtcTerm
from terminal.domain.words.scan_terms import ScanTerm
from terminal.domain.words.target_terms import TargetTerm
from terminal.domain.words.terms import Term

if TYPE_CHECKING:
    from PySide6.QtWidgets import QMainWindow

SIZE: Final = (620, 640)


class Gesture(NamedTuple):
    """Hold keys that do the same, as they are written on the screen, and what they do."""

    keys: tuple[str, ...]
    what: str


GESTURES: Final[dict[str, tuple[Gesture, ...]]] = {
    "窗口与面板": (
        Gesture(("F1",), f"{Term.MAIN_SCREEN}：「{Term.WATCHING}」布局，键盘到{Term.POSITIONS}"),
        Gesture(("F2",), Term.BASIS_CHART),
        Gesture(("Shift+F2",), Term.BASIS_TABLE),
        Gesture(("F3",), Term.STRATEGIES),
        Gesture(("Shift+F3",), f"{Term.OPTION}{Term.FUTURE}{Term.CONVERT}：先{Term.PREVIEW}每一步，再{Term.START}"),
        Gesture(("F4",), Term.ORDER_TICKET),
        Gesture(("Ctrl+Shift+G",), f"{Term.GROUP_ORDER}：下单面板里的委托，为一组账户各下一笔；先预览，再发送"),
        Gesture(
            ("Shift+F4",), f"{Term.TICKET_SETTINGS}：{Term.AFTER_SENDING}、{Term.DEFAULT_PRICE}、{Term.DEFAULT_LOTS}"
        ),
        Gesture(("F5",), Term.POSITIONS),
        Gesture(("Shift+F5",), f"{OtcTerm.OTC_CONTRACTS}：{OtcTerm.BOOK}、{OtcTerm.MARK}、{Term.ENDINGS}"),
        Gesture(("F6",), f"{Term.FUNDS}：窗口上方的账户与金额；Tab 逐项看每个数字怎样算出"),
        Gesture(("Shift+F6",), f"{Term.STATEMENT_CHECK}：与经纪公司结算单的差异"),
        Gesture(("F7",), f"{Term.ORDERS}：挂单与全部委托"),
        Gesture(("Shift+F7",), f"{TargetTerm.STATE_STOCK}：自动配平的库存因子按它打分；同一天再登记一次就是更正"),
        Gesture(("F8",), f"{Term.TRADES}"),
        Gesture(("F9",), f"{Term.EVENTS}（日志）"),
        Gesture(("F10",), f"风控：{Term.ALL_ALERTS}"),
        Gesture(("F11",), Term.APPROVALS),
        Gesture(("F12",), Term.QUOTES),
        Gesture(("Shift+F12",), f"{ScanTerm.SCANNER}：回车或双击一行，把它填成价差策略的草案；不发送，不启动"),
        Gesture(("Shift+F1",), "打开这张表"),
        Gesture(("Ctrl+T",), f"{Term.POSITIONS}：{Term.BY_DAY}与{Term.BY_TRADE}互换"),
        Gesture(("Ctrl+Q",), Term.QUIT),
    ),
    "找合约": (
        Gesture(("字母或数字",), "在输入框之外直接输入：按代码、拼音、名称或交易所找合约"),
        Gesture(("Enter",), f"选定合约；在{Term.QUOTES}里把当前一行填入{Term.ORDER_TICKET}，不发送"),
        Gesture(("双击买价", "双击卖价"), f"填入{Term.ORDER_TICKET}：双击买价为卖，双击卖价为买，不发送"),
        Gesture(("双击持仓",), "填入平仓：今仓列填今仓手数，昨仓列填昨仓手数，其余列全部；不发送"),
    ),
    "下单": (
        Gesture(("Enter",), "依次走到 合约 → 买卖 → 开平 → 手数 → 价格 → 发送，在发送按钮上再按一次才发送"),
        Gesture(("1", "3"), "在买卖上：买、卖"),
        Gesture(("1", "2", "3", "4"), "在开平上：开、平今、平、平昨"),
        Gesture(("D", "P", "L", "Z", "X"), "在合约框之外：对手价、排队价、最新价、涨停价、跌停价"),
        Gesture(("↑", "↓"), "手数或价格加减一档"),
        Gesture(("PgUp", "PgDn"), "手数或价格加减五档"),
        Gesture(("Esc",), "清空，从不发送；修改待复核的委托或条件单时放弃修改"),
    ),
    "选中的持仓": (
        Gesture(("Ctrl+E",), f"{Term.CLOSE_POSITION}：打开持仓下方的一栏，先给出每一笔、手续费和剩下的；不发送"),
        Gesture(("Ctrl+K",), f"{Term.LOCKED}：同上；开出相反的一边，原有的持仓留着"),
        Gesture(("Ctrl+U",), f"{Term.UNLOCK}：同上；平掉锁着的一边，多或空自选"),
        Gesture(("Ctrl+R",), f"{Term.REVERSE}：同上；先平仓，成交多少再反向开多少"),
        Gesture(("Ctrl+G",), f"{Term.GUARD}：附在这一边持仓上，二择一，随持仓减少，平完即止"),
        Gesture(("Enter",), "在那一栏里：手数 → 价格 → 发送，在发送按钮上再按一次才发送；Esc 收起，从不发送"),
    ),
    "撤单（委托与事件）": (
        Gesture(("Del",), "撤选中的委托或条件单"),
        Gesture(("Ctrl+Del",), "撤这个合约的全部挂单"),
        Gesture(("Ctrl+Shift+Del",), "撤这个账户的全部挂单"),
        Gesture(("双击委托",), "撤这一笔"),
        Gesture(("Enter", "双击条件单"), "在下单面板里修改这一张"),
        Gesture(("Ctrl+C",), "复制选中的行"),
    ),
    "复核与停止": (
        Gesture(("Alt+A",), "批准眼前这一项；卡片看满一秒之后才有效"),
        Gesture(("Alt+R",), "驳回：先给出原因（Tab 到原因，← → 移动，空格选定），再按一次送出"),
        Gesture(("Esc",), "从驳回的原因返回"),
        Gesture(("Ctrl+Shift+K",), f"按住一秒：{Term.KILL}；放开就不停止"),
    ),
}


class KeySheet(QDialog):
    """Show the gestures beside the window, which goes on being used."""

    def __init__(self, window: QMainWindow) -> None:
        super().__init__(window)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(Term.KEY_LIST)
        self.setAccessibleName(Term.KEY_LIST)
        inner = QWidget()
        grid = QGridLayout(inner)
        grid.setContentsMargins(16, 8, 16, 16)
        grid.setHorizontalSpacing(18)
        grid.setVerticalSpacing(6)
        grid.setColumnStretch(1, 1)
        for title, gestures in GESTURES.items():
            caption = QLabel(title)
            caption.setObjectName("emptyTitle")
            grid.addWidget(caption, grid.rowCount(), 0, 1, 2)
            for gesture in gestures:
                row = grid.rowCount()
                keys, what = QLabel(" · ".join(gesture.keys)), QLabel(gesture.what)
                what.setWordWrap(True)
                grid.addWidget(keys, row, 0, Qt.AlignmentFlag.AlignTop)
                grid.addWidget(what, row, 1)
        grid.setRowStretch(grid.rowCount(), 1)
        scroll = QScrollArea()
        scroll.setObjectName("cardScroll")
        scroll.setFrameShape(QFrame.Shape.NoFrame)
        scroll.setWidgetResizable(True)
        scroll.setAccessibleName(Term.KEY_LIST)
        scroll.setWidget(inner)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(scroll)
        self.resize(*SIZE)
