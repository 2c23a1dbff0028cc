"""Combinations (组合合约): their orders, where these trade, and lots held as one."""
