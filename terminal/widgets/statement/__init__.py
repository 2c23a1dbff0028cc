"""Statements against our books (结算单核对)."""
