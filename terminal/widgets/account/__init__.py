"""The account: its figures, its name, who holds it."""
