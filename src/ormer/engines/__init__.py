"""Floor 2: things that move by themselves. Engines claim tasks and do not import each other."""
