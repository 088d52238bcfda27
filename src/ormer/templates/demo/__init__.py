"""The abalone story in one pipeline: what `make demo` runs."""
