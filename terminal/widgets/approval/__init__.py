"""What waits for a second person (复核)."""
