"""Say to which business unit (经营单位) an account belongs; performance is told by it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def unit(
    account: Annotated[str, typer.Argument(metavar="账户", help="账户编号")],
    name: Annotated[str, typer.Argument(metavar="单位", help="经营单位的名称；不写是不再属于任何单位")] = "",
    *,
    data: Annotated[Path, typer.Option(metavar="目录", help="运行器的数据目录")],
) -> None:
    """Tell a runner that runs to which unit an account belongs; every desk of the account gets it."""
    from terminal.commands.handing_in import hand_in
    from terminal.domain.errors import UserError
    from terminal.domain.fact.unit import wrong_unit
    from terminal.domain.ids import AccountId
    from terminal.runner.statement_box import AssignUnit
    from terminal.store.beside import find_journal

    name = name.strip()
    wrong = wrong_unit(name)
    if wrong:
        raise UserError(wrong)
    print(hand_in(find_journal(data).parent, AssignUnit(account=AccountId(account), unit=name), "经营单位"))
