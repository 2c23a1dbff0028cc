"""The words of the screen, each beside its English twin."""
