"""What people ask for: every command, what waits for a second person, latches and limits."""
