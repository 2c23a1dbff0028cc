"""Compose the headless programs: which journal, which gateway, which market."""
