"""The end of a trading day: exercise, expiry, delivery, and the prices they happen at."""
