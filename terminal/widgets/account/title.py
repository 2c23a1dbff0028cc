"""Call an account the same wherever it is named: its code, by which it is told apart, and its name."""

from __future__ import annotations

from terminal.domain.ids import AccountId


def account_title(account: AccountId, name: str = "") -> str:
    """Return code and name; the code alone where it is its own name, or the name is not known.

    >>> account_title(AccountId("SAMPLE-1"), "样例贸易 · 策略"), account_title(AccountId("A1"), "A1")
    ('SAMPLE-1 样例贸易 · 策略', 'A1')
    """
    return account if name in {"", account} else f"{account} {name}"
