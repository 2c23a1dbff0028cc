"""The window: its bars, its panels, its opening and closing."""
