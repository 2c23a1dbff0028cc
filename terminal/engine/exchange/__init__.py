"""What the exchange says: its answers, its days and ends, what they prove for good, what its silence leaves unknown."""
