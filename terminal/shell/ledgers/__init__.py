"""Read ledgers (账本): what happened to one account, a line each, folded into the same books the runner keeps."""
