"""Keep the contracts that no exchange lists (场外): booked by hand, valued, counted in the exposure, ended."""
