"""Floor 0: AWS's vocabulary, pure. Knows shapes, names, errors and time; knows no store and no HTTP."""
