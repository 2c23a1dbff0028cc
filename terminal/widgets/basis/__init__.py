"""The basis of a product: its course, its band, its alarms."""
