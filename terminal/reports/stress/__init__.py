"""Stress the books of a journal: prices run to their limits, margin rises, nobody can get out (压力测试)."""
