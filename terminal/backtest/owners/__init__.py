"""Tell whose orders, fills and lots they are: a strategy's, or those of people by hand."""
