"""Show the desk: Qt only, fed by the mailbox alone."""
