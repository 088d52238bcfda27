"""AutoML: looks at a table, trains candidates of it, and explains and deploys the best."""
