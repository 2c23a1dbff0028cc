"""What the exchange says: its answers, what they prove for good, and what its silence leaves unknown."""
