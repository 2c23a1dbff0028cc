"""Show contracts that no exchange lists (场外), and let people book, value and end them."""
