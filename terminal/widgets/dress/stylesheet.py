"""Turn tokens into the one style sheet of the program."""

from __future__ import annotations

from string import Template
from typing import Final

from terminal.widgets.dress.control_sheet import CONTROL
from terminal.widgets.dress.tokens import Tokens

SHEET: Final = Template("""
* { font-family: "$family"; font-size: 13px; }
QMainWindow, QDialog { background: $window; }
QMainWindow::separator { background: $window; width: 6px; height: 6px; }
QMainWindow::separator:hover { background: $strong_line; }
QToolTip { background: $raised; color: $text; border: 1px solid $strong_line; padding: 4px 6px; font-size: 12px; }

#topBar { background: $panel; border-bottom: 1px solid $line; }
#productName { color: $text; font-size: 15px; font-weight: bold; }
#marketName { color: $accent; background: $raised; border: 1px solid $line; border-radius: 4px;
              padding: 2px 8px; font-size: 12px; }
QMenuBar { background: transparent; color: $text_2; spacing: 2px; }
QMenuBar::item { padding: 5px 9px; border-radius: 4px; background: transparent; }
QMenuBar::item:selected, QMenuBar::item:pressed { background: $hover; color: $text; }
QMenu { background: $raised; color: $text; border: 1px solid $strong_line; padding: 4px 0; }
QMenu::item { padding: 6px 28px 6px 26px; }
QMenu::item:selected { background: $selected; }
QMenu::separator { height: 1px; background: $line; margin: 4px 0; }
QMenu::indicator { width: 12px; height: 12px; left: 8px; }

#accountFigure { border: 1px solid transparent; border-radius: 4px; }
#accountFigure:focus { border-color: $accent; }
#figureCaption { color: $text_2; font-size: 11px; }
#figureValue { color: $text; font-size: 15px; font-weight: bold; }
#figureValue[tone="up"] { color: $up; }
#figureValue[tone="down"] { color: $down; }
#figureValue[tone="dim"] { color: $text_3; }

#ribbon { background: $orange_wash; border-bottom: 1px solid $orange; }
#ribbonWord { color: $orange; font-weight: bold; }
#ribbonText { color: $text; }

#panelTitle { background: $panel; border-bottom: 1px solid $line;
              border-top-left-radius: 6px; border-top-right-radius: 6px; }
#panelName { color: $text; font-weight: bold; }
#panelNote { color: $text_2; font-size: 12px; }
#panelBody { background: $panel; border-bottom-left-radius: 6px; border-bottom-right-radius: 6px; }
#panelScroll, #bounded { background: transparent; }
#panelTitle[floats="yes"] { background: $raised; border: 2px solid $accent; border-bottom: 1px solid $line;
                            border-radius: 0; }
#panelScroll[floats="yes"] { border: 2px solid $accent; border-top: none; }
#panelFoot { background: $panel; border-top: 1px solid $line; }
#footCaption { color: $text_2; font-size: 12px; }
#footValue { color: $text; font-size: 12px; font-weight: bold; }
#footValue[tone="up"] { color: $up; }
#footValue[tone="down"] { color: $down; }
#footValue[tone="dim"] { color: $text_3; }

QToolButton { background: transparent; border: 1px solid transparent; border-radius: 4px; color: $text_2;
              padding: 3px; }
QToolButton:hover { background: $hover; color: $text; }
QToolButton:focus { border-color: $accent; }
QToolButton[segment="true"] { padding: 2px 9px; font-size: 12px; }
QToolButton[segment="true"]:checked { background: $hover; color: $text; font-weight: bold; }

QComboBox { background: $input; color: $text; border: 1px solid $strong_line; border-radius: 4px;
            padding: 2px 4px 2px 8px; min-height: 20px; }
QComboBox:hover { border-color: $text_3; }
QComboBox:focus { border-color: $accent; }
QComboBox:disabled { color: $text_3; border-color: $line; }
QComboBox::drop-down { border: 0; width: 22px; }
QComboBox::down-arrow { image: url("$chevron"); width: 12px; height: 12px; }
QComboBox QAbstractItemView { background: $raised; color: $text; border: 1px solid $strong_line; outline: 0;
                              selection-background-color: $selected; selection-color: $text; }

#fieldCaption { color: $text_2; font-size: 12px; }
#ticketScroll, #ticketInner { background: $panel; }
#ticketField { background: $input; color: $text; border: 1px solid $strong_line; border-radius: 4px;
               padding: 2px 8px; min-height: 20px; selection-background-color: $selected; selection-color: $text; }
#ticketField[old="true"] { color: $text_3; }
#ticketField:hover { border-color: $text_3; }
#ticketField:focus { border-color: $accent; }
#finderPopup { background: $raised; color: $text; border: 1px solid $strong_line; outline: 0; padding: 3px 0; }
#finderPopup::item { padding: 5px 10px; }
#finderPopup::item:selected { background: $selected; color: $text; }
#quoteStrip { background: $raised; border-radius: 4px; }
#stripName { color: $text; font-size: 12px; font-weight: bold; }
#stripCaption { color: $text_3; font-size: 11px; }
#stripValue { color: $text; font-size: 12px; }
#stripValue[tone="up"] { color: $up; }
#stripValue[tone="down"] { color: $down; }
#stripValue[tone="dim"] { color: $text_3; }
QToolButton[segment="true"][wide="true"] { padding: 2px 18px; font-size: 13px; }
#ticketInner QToolButton[segment="true"] { padding: 2px 4px; }
#ticketInner QToolButton[segment="true"][tight="true"] { padding: 2px 1px; }
#ticketInner QToolButton[segment="true"][wide="true"] { padding: 2px 14px; }
#basisSpans QToolButton[segment="true"] { padding: 2px 5px; }
QToolButton[segment="true"]:disabled { color: $strong_line; }
QToolButton[segment="true"][tone="up"]:checked { background: $up_wash; color: $up; }
QToolButton[segment="true"][tone="down"]:checked { background: $down_wash; color: $down; }

#ticketEdit { background: $selected; color: $text; border-radius: 4px; }
#answerBox { background: $raised; border: 1px solid $line; border-left: 3px solid $strong_line; border-radius: 4px; }
#answerBox[verdict="allow"] { border-left-color: $down; }
#answerBox[verdict="warn"] { border-left-color: $yellow; }
#answerBox[verdict="confirm"] { border-left-color: $orange; }
#answerBox[verdict="deny"] { border-left-color: $red; }
#answerWord { color: $text_2; font-weight: bold; }
#answerText { color: $text; }
#answerValue { color: $text; font-weight: bold; }
#answerFinding, #ticketResult { color: $text_2; font-size: 12px; }
#answerWord[verdict="allow"], #ticketResult[verdict="allow"] { color: $down; }
#answerWord[verdict="warn"], #answerFinding[verdict="warn"], #ticketResult[verdict="warn"] { color: $yellow; }
#answerWord[verdict="confirm"], #answerFinding[verdict="confirm"],
#ticketResult[verdict="confirm"] { color: $orange; }
#answerWord[verdict="deny"], #answerFinding[verdict="deny"], #ticketResult[verdict="deny"] { color: $red; }

#quietButton, #sendButton { background: $raised; color: $text; border: 1px solid $strong_line; border-radius: 4px;
                            padding: 5px 14px; }
#quietButton:hover { background: $hover; }
#quietButton:disabled { color: $text_3; border-color: $line; }
#quietButton:focus, #sendButton:focus { border-color: $accent; }
#sendButton { min-width: 96px; padding: 6px 16px; font-weight: bold; color: $text_2; }
#sendButton[side="BUY"] { background: $up; border-color: $up; color: $on_tag; }
#sendButton[side="SELL"] { background: $down; border-color: $down; color: $on_tag; }
#sendButton[side="BUY"]:focus, #sendButton[side="SELL"]:focus { border: 2px solid $text; padding: 5px 15px; }
QToolButton#linkButton { color: $accent; padding: 2px 4px; border: 1px solid transparent; }
QToolButton#linkButton:hover { background: $hover; color: $accent; }
QToolButton#linkButton:focus { border-color: $accent; }
QToolButton#linkButton:disabled { color: $text_3; }
#footButton { color: $text_2; font-size: 12px; padding: 2px 8px; border: 1px solid $line; }
#footButton:hover { background: $hover; color: $text; }
#footButton:focus { border-color: $accent; }
#footButton:disabled { color: $text_3; }
#footNote { color: $text_2; font-size: 12px; }
#footNote[verdict="warn"] { color: $orange; }
#footNote[verdict="deny"] { color: $red; }

QTableView { background: $panel; color: $text; border: 0; outline: 0; selection-background-color: $selected;
             border-bottom-left-radius: 6px; border-bottom-right-radius: 6px; }
QTableView:focus { border: 0; }
QHeaderView { background: $panel; border: 0; }
QHeaderView::section { background: $panel; color: $text_2; border: 0; border-bottom: 1px solid $line;
                       padding: 0 10px; font-size: 12px; font-weight: normal; }
QHeaderView::section:hover { color: $text; }
QHeaderView::up-arrow { image: url("$arrow_up"); }
QHeaderView::down-arrow { image: url("$arrow_down"); }
QHeaderView::up-arrow, QHeaderView::down-arrow { width: 8px; height: 8px; subcontrol-position: center right;
                                                 right: 1px; }
QTableCornerButton::section { background: $panel; border: 0; }
QAbstractScrollArea::corner { background: transparent; border: 0; }

QScrollBar:vertical { background: transparent; width: 10px; margin: 0; }
QScrollBar:horizontal { background: transparent; height: 10px; margin: 0; }
QScrollBar::handle { background: $strong_line; border-radius: 3px; margin: 2px; }
QScrollBar::handle:vertical { min-height: 28px; }
QScrollBar::handle:horizontal { min-width: 28px; }
QScrollBar::handle:hover { background: $text_3; }
QScrollBar::add-line, QScrollBar::sub-line { width: 0; height: 0; }
QScrollBar::add-page, QScrollBar::sub-page { background: transparent; }

#readoutCaption { color: $text_2; font-size: 12px; }
#readoutValue { color: $text; font-weight: bold; }
#readoutMain { color: $text; font-size: 18px; font-weight: bold; }
#readoutValue[tone="up"], #readoutMain[tone="up"] { color: $up; }
#readoutValue[tone="down"], #readoutMain[tone="down"] { color: $down; }
#readoutValue[tone="dim"], #readoutMain[tone="dim"] { color: $text_3; }
#readoutLegend { color: $text_3; font-size: 11px; }
#ageBadge { color: $down; background: $down_wash; border-radius: 4px; padding: 1px 6px; font-size: 11px; }
#ageBadge[stale="old"] { color: $text_2; background: $hover; }
#ageBadge[stale="true"] { color: $text_3; background: $hover; }
#hoverTag { background: $raised; color: $text; border: 1px solid $strong_line; border-radius: 4px;
            padding: 3px 8px; font-size: 11px; }

#emptyTitle { color: $text; font-size: 15px; font-weight: bold; }
#emptyTitle[tone="warn"] { color: $orange; }
#emptyText { color: $text_2; }
#emptyNext { color: $accent; }

QMainWindow > QTabBar { qproperty-drawBase: 0; background: transparent; }
QMainWindow > QTabBar::tab { background: transparent; color: $text_2; border: 0; border-top: 2px solid transparent;
                             padding: 5px 14px 6px 14px; }
QMainWindow > QTabBar::tab:hover { color: $text; background: $hover; }
QMainWindow > QTabBar::tab:selected { color: $text; background: $panel; border-top-color: $accent; }

QStatusBar { background: $window; border-top: 1px solid $line; }
QStatusBar::item { border: 0; }
#statusLine { background: transparent; }
#statusText { color: $text_2; font-size: 12px; }
#statusText[tone="dim"] { color: $text_3; }
""")


def style_sheet(tokens: Tokens, *, family: str, images: dict[str, str]) -> str:
    """Return the style sheet of a scheme; `images` are file names of arrows drawn in its colours."""
    return Template(SHEET.template + CONTROL).substitute(tokens._asdict(), family=family, **images)
