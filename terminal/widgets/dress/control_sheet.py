"""Hold the part of the style sheet that dresses alerts, approvals, the kill switch and the ribbon."""

from __future__ import annotations

from typing import Final

CONTROL: Final = """
QPushButton[press] { background: $raised; color: $text; border: 1px solid $strong_line; border-radius: 4px;
                     padding: 3px 12px; min-height: 20px; }
QPushButton[press]:hover { border-color: $text_3; }
QPushButton[press]:pressed { background: $hover; }
QPushButton[press]:focus { border-color: $accent; }
QPushButton[press]:disabled { background: transparent; color: $text_3; border-color: $line; }
QPushButton[press="main"]:enabled { background: $button; color: $on_button; border-color: $button; }
QPushButton[press="main"]:enabled:hover { border-color: $accent; }
QPushButton[press="danger"]:enabled { background: transparent; color: $red; border-color: $red; }
QPushButton[press="danger"]:enabled:hover { background: $red_wash; }
QPushButton[small="true"] { padding: 0 8px; min-height: 16px; font-size: 12px; }
QToolButton[choice="true"] { padding: 2px 8px; font-size: 12px; border: 1px solid $strong_line; }
#decisionBar QToolButton[choice="true"] { padding: 2px 4px; }
QToolButton[choice="true"]:checked { background: $selected; color: $text; border-color: $accent; }
QToolButton[choice="true"]:focus { border-color: $accent; }
#reasonEdit { background: $input; color: $text; border: 1px solid $strong_line; border-radius: 4px; padding: 2px 8px;
              min-height: 20px; }
#reasonEdit:focus { border-color: $accent; }

#ticketFault { color: $red; font-size: 12px; }
#ticketField[wrong="true"] { border-color: $red; }

#leavingBox { background: $panel; }
#leavingName { color: $text; font-weight: bold; padding-left: 2px; }
#leavingChoice { color: $text; font-weight: bold; }
#leavingText { color: $text_2; }
#leavingBox QPushButton[press]:enabled:focus { border: 2px solid $text; padding: 2px 11px; }

#riskBar { background: $panel; border-bottom: 1px solid $line; }
#riskBar[level="red"] { background: $red_wash; border-bottom-color: $red; }
#riskBar[level="orange"] { background: $orange_wash; border-bottom-color: $orange; }
#riskBar[level="yellow"] { background: $yellow_wash; border-bottom-color: $yellow; }
#riskBar[folded="true"] { background: $panel; border-bottom-color: $line; }
#alertChip { background: transparent; border: 1px solid $line; border-radius: 4px; }
#alertChip[level="red"] { background: $red_wash; border-color: $red; }
#alertChip[level="orange"] { background: $orange_wash; border-color: $orange; }
#alertChip[level="yellow"] { background: $yellow_wash; border-color: $yellow; }
#alertWord { color: $text_2; font-size: 12px; }
#alertCount { color: $text_2; font-weight: bold; }
#alertWord[level="red"], #alertCount[level="red"] { color: $red; font-weight: bold; }
#alertWord[level="orange"], #alertCount[level="orange"] { color: $orange; font-weight: bold; }
#alertWord[level="yellow"], #alertCount[level="yellow"] { color: $yellow; font-weight: bold; }
#alertText { color: $text; }
#alertAdvice, #alertAge { color: $text_2; font-size: 12px; }
#alertAge[escalated="true"] { color: $text; font-weight: bold; }
#alertList { background: $raised; border: 1px solid $strong_line; }
#alertListTitle { color: $text; font-weight: bold; }
#alertListBody, #alertListScroll { background: $raised; border: 0; }
#alertRow { background: transparent; border-bottom: 1px solid $line; }

#ribbon[level="red"] { background: $red_wash; border-bottom-color: $red; }
#ribbon[level="calm"] { background: $raised; border-bottom-color: $accent; }
#ribbonWord[level="red"] { color: $red; }
#ribbonWord[level="calm"] { color: $accent; }

#seatName { color: $text; font-size: 12px; }
#seatHolder { color: $text_2; font-size: 11px; }
#seatHolder[tone="warn"] { color: $orange; }

#cardTitle { color: $text; font-size: 15px; font-weight: bold; }
#cardCountdown { color: $text; font-size: 15px; font-weight: bold; }
#cardCountdown[tone="warn"] { color: $orange; }
#cardCountdown[tone="dim"] { color: $text_3; }
#cardMaker, #cardCaption { color: $text_2; font-size: 12px; }
#cardText { color: $text; font-size: 12px; }
#cardWhy { background: $orange_wash; border-radius: 4px; }
#cardWhyCaption { color: $orange; font-size: 12px; font-weight: bold; }
#cardWhyText { color: $text; font-size: 12px; }
#cardOutcome { background: $raised; border: 1px solid $line; border-radius: 4px; }
#cardOutcomeWord { color: $text; font-weight: bold; }
#cardOutcomeText { color: $text_2; }
#cardFacts { background: $raised; border-radius: 4px; }
#factCaption { color: $text_2; font-size: 11px; }
#factValue { color: $text; font-weight: bold; }
#factValue[tone="warn"] { color: $orange; }
#factValue[tone="dim"] { color: $text_3; }
#cardBefore { color: $text_2; font-size: 12px; }
#cardAfter { color: $text; font-size: 12px; font-weight: bold; }
#cardAfter[tone="warn"] { color: $orange; }
#cardScroll, #cardBody { background: $panel; border: 0; }
#decisionBar { background: $panel; border-top: 1px solid $line; }
#decisionText { color: $text_2; font-size: 12px; }
#decisionText[tone="warn"] { color: $orange; }
"""
