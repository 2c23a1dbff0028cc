"""Hold our books of a trading day against the broker's statement of it (对账)."""
