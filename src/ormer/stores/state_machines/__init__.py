"""State machines: revisions, executions, where each flow of an execution stands, and what happened in it."""
