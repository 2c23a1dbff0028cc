"""Trading days, sessions, and rows that hold from a day."""
