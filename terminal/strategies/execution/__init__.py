"""Work one order over time (算法执行)."""
