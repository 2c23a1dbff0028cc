"""Let strategies go from month to month in a backtest, and list what each change moved and cost."""
