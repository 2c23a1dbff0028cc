"""The scanner (套利机会): spreads away from their mean, and a draft of a strategy that trades one."""
