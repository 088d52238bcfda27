"""Tables over objects: Feature Store's offline store, and Athena's queries, by DuckDB in the jobs' sandbox."""
