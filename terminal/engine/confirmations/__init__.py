"""What waits for a second person: parked, decided, voided; who may decide, and how much may wait."""
