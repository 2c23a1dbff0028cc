"""Trade a spread of two to eight legs (价差套利), its grid, and the conversions that are spreads with a goal."""
