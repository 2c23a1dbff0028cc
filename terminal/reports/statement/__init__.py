"""Read a broker's settlement statement (交易结算单), as trading clients export it, into typed tables."""
