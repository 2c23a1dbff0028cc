"""Read recorded markets: three formats, one validated `Recording`."""
