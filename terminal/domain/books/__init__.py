"""The books of an account: lots, money, margin."""
