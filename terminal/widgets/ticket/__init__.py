"""The order ticket (下单)."""
