"""What a command would do if it came now; nothing is stated."""
