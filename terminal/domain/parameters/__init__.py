"""What people set: limits of accounts, parameters of strategies."""
