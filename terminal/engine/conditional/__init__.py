"""Orders that wait for a condition (条件单): placed, watched, let go once, ended."""
