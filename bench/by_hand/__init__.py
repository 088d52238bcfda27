"""Plain programs without ormer, run as a person would by hand: what is compared with runs inside these environments."""
