"""Play a plan over a tape as a rehearsal: so many rounds, with a fault drill in all but the first (沙盘)."""
