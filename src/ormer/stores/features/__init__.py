"""Feature Store's rows: groups as records need them, the online store, and what waits for the offline store."""
