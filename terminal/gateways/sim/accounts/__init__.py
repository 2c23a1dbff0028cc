"""What accounts have at the exchange: orders, trades, positions, money."""
