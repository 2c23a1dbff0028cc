"""Dress the strategy panel: fields, buttons, cards and pills, in the colours of the look."""

from __future__ import annotations

from string import Template
from typing import Final

from terminal.widgets.dress.tokens import Tokens

SHEET: Final = Template("""
QScrollArea, QScrollArea > QWidget > QWidget, #strategyCardsInner { background: transparent; border: 0; }
#strategyCards { border-bottom: 1px solid $line; }
#strategyEmpty { color: $text_2; font-size: 12px; }
#strategyCard { background: $raised; border: 1px solid $line; border-radius: 4px; }
#strategyCard:hover { border-color: $strong_line; }
#strategyCard[chosen="true"] { background: $selected; border-color: $accent; }
#strategyCard:focus { border-color: $accent; }
#strategyName { color: $text; font-weight: bold; }
#strategyFact { color: $text_2; font-size: 12px; }
#strategyWarning { color: $orange; font-size: 12px; }
#strategyProfit { color: $text; font-weight: bold; }
#strategyProfit[tone="up"] { color: $up; }
#strategyProfit[tone="down"] { color: $down; }
#strategyProfit[tone="dim"], #strategySentence[tone="dim"], #strategyFigure[tone="dim"] { color: $text_3; }
#strategyPill { color: $text_2; background: $hover; border-radius: 4px; padding: 1px 6px; font-size: 12px; }
#strategyPill[state="running"], #strategyPill[state="good"] { color: $down; background: $down_wash; }
#strategyPill[state="winding"], #strategyPill[state="check"] { color: $orange; background: $orange_wash; }
#strategyPill[state="paused"], #strategyPill[state="warn"] { color: $yellow; background: $yellow_wash; }
#strategyPill[state="bad"] { color: $red; background: $red_wash; }
#strategyPill[state="old"] { color: $text_3; background: transparent; border: 1px solid $line; padding: 0 5px; }
QProgressBar { background: $hover; border: 0; border-radius: 2px; }
QProgressBar::chunk { background: $accent; border-radius: 2px; }
QProgressBar[old="true"]::chunk { background: $strong_line; }

QTabBar { background: transparent; border: 0; }
QTabBar::tab { background: transparent; color: $text_2; padding: 8px 8px 7px 8px; border: 0;
               border-bottom: 2px solid transparent; }
QTabBar::tab:hover { color: $text; }
QTabBar::tab:selected { color: $text; font-weight: bold; border-bottom-color: $accent; }
QTabBar:focus::tab:selected { color: $accent; }
#strategyTabs { border-bottom: 1px solid $line; }

#fieldCaption { color: $text_2; font-size: 12px; }
#fieldUnit { color: $text_2; background: transparent; font-size: 12px; }
#fieldFault { color: $red; font-size: 12px; }
QAbstractSpinBox, QLineEdit { background: $input; color: $text; border: 1px solid $strong_line; border-radius: 4px;
                              padding: 2px 0; min-height: 20px; max-height: 20px; selection-background-color: $selected;
                              selection-color: $text; }
QLineEdit { padding: 2px 8px; }
QComboBox { min-height: 20px; max-height: 20px; }
QAbstractSpinBox QLineEdit { border: 0; padding: 0; background: transparent; min-height: 0; max-height: 100px; }
QAbstractSpinBox:hover, QLineEdit:hover { border-color: $text_3; }
QAbstractSpinBox:focus, QLineEdit:focus { border-color: $accent; }
QAbstractSpinBox:disabled { background: $raised; color: $text_3; border-color: $line; }
QAbstractSpinBox QLineEdit:focus { border: 0; }
QLineEdit:read-only { background: $raised; color: $text_2; }
QAbstractSpinBox QLineEdit:read-only { background: transparent; }
*[wrong="true"], QAbstractSpinBox[wrong="true"]:hover:!focus,
QLineEdit[wrong="true"]:hover:!focus { border-color: $red; }
QRadioButton { color: $text; spacing: 0; }
QRadioButton::indicator { width: 12px; height: 12px; border: 1px solid $strong_line; border-radius: 7px;
                          background: $input; }
QRadioButton::indicator:checked { border: 4px solid $accent; width: 6px; height: 6px; background: $input; }
QRadioButton:focus { background: $hover; border-radius: 4px; }

QPushButton { background: $raised; color: $text; border: 1px solid $strong_line; border-radius: 4px;
              padding: 4px 12px; min-height: 20px; }
QPushButton:hover { background: $hover; }
QPushButton:focus { border-color: $accent; }
QPushButton:disabled { color: $text_3; border-color: $line; background: $raised; }
QPushButton[look="primary"] { background: $button; color: $on_button; border-color: $button; }
QPushButton[look="primary"]:focus { border-color: $text; }
QPushButton[look="primary"]:disabled { background: $hover; color: $text_3; border-color: $hover; }
QPushButton[look="small"] { padding: 1px 8px; min-height: 16px; font-size: 12px; }
QPushButton[look="danger"] { padding: 1px 8px; min-height: 16px; font-size: 12px; color: $red; border-color: $red;
                             background: $red_wash; }
QPushButton[look="quiet"] { background: transparent; border-color: transparent; color: $accent; padding: 1px 6px;
                            min-height: 18px; font-size: 12px; }
QPushButton[look="quiet"]:hover { background: $hover; }
QPushButton[look="quiet"]:focus { border-color: $accent; }
QPushButton[look="quiet"]:disabled { color: $text_3; }

#strategyReadout, #strategyPreview { background: $raised; border: 1px solid $line; border-radius: 4px; }
#strategyFigure { color: $text; font-weight: bold; }
#strategyConflict { background: $orange_wash; border: 1px solid $orange; border-radius: 4px; }
#strategyConflict QLabel { color: $text; font-size: 12px; }
#strategyFoot { border-top: 1px solid $line; }
#strategyStatus { color: $text_2; font-size: 12px; }
#strategyStatus[state="bad"] { color: $orange; }
""")


def strategy_sheet(tokens: Tokens) -> str:
    """Return the panel's style sheet in a scheme."""
    return SHEET.substitute(tokens._asdict())
