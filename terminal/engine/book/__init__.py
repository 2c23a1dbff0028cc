"""An account's books between trades: money, days, ends, combinations, locks."""
