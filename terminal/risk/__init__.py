"""Judge orders and moments: one rule, one file; a rule answers the same when asked twice and changes nothing."""
