"""Keep accounts apart in the guard tables: a row and the row it refers to are of the same stream (串账).

A fill is of its order's account; an order, a use and an approval are of the account whose confirmation they cite. The
text is frozen: the verifier compares it with what a database says about itself.
"""

from __future__ import annotations

from typing import Final

STATEMENTS: Final = (
    """CREATE TRIGGER fills_of_own_account BEFORE INSERT ON fills
        WHEN (SELECT stream FROM records WHERE position = NEW.position) <> (
            SELECT records.stream FROM orders JOIN records ON records.position = orders.position
            WHERE orders.order_id = NEW.order_id)
        BEGIN SELECT RAISE(ABORT, 'fills: of another account'); END""",
    """CREATE TRIGGER orders_of_own_account BEFORE INSERT ON orders WHEN NEW.confirmation IS NOT NULL
        AND (SELECT stream FROM records WHERE position = NEW.position) <> (
            SELECT records.stream FROM consumptions JOIN records ON records.position = consumptions.position
            WHERE consumptions.confirmation = NEW.confirmation)
        BEGIN SELECT RAISE(ABORT, 'orders: of another account'); END""",
    """CREATE TRIGGER consumptions_of_own_account BEFORE INSERT ON consumptions
        WHEN (SELECT stream FROM records WHERE position = NEW.position) <> (
            SELECT records.stream FROM approvals JOIN records ON records.position = approvals.position
            WHERE approvals.confirmation = NEW.confirmation)
        BEGIN SELECT RAISE(ABORT, 'consumptions: of another account'); END""",
    """CREATE TRIGGER approvals_of_own_account BEFORE INSERT ON approvals
        WHEN (SELECT stream FROM records WHERE position = NEW.position) <> (
            SELECT records.stream FROM confirmations JOIN records ON records.position = confirmations.position
            WHERE confirmations.confirmation = NEW.confirmation)
        BEGIN SELECT RAISE(ABORT, 'approvals: of another account'); END""",
)
