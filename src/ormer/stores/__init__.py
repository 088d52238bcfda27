"""Floor 1: where bytes rest. SQL rows, object contents, and nothing that moves by itself."""
