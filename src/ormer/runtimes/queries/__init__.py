"""Tables over files, by DuckDB: people's queries in Athena's SQL, and Parquet of a feature group's records."""
