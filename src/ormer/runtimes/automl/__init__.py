"""AutoML: looks at a table, makes features of it, fits ensembles, and serves both."""
