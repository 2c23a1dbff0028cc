"""Keep the rounds in the sandbox (沙盘) that are on record for an account, and ask for them where they are wanted."""
