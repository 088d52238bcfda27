"""The program that reads and writes tables: `query` runs people's SQL, `write` makes Parquet of a group's records."""

from __future__ import annotations

from ormer.engines.jobs.programs import Kind
from ormer.engines.jobs.supervision import Result

GIB = 1 << 30
# What DuckDB may use of its memory before it goes to the disk, and how many threads it has.
DUCKDB_MEMORY_MIB, CPUS = 1536, 2
KIND = Kind(
    folder="tables",
    runtime="queries",
    what="of queries",
    package="queries",
    hostname="athena",
    cpus=CPUS,
    memory_bytes=4 * GIB,
    # The answer lists columns and files; a table has thousands of them at most.
    answer_bytes_max=32 << 20,
)
SETTINGS = {"memory_mib": DUCKDB_MEMORY_MIB, "threads": CPUS}


def why(result: Result) -> str:
    """What the end of a program without an answer means, for people."""
    if result.reason == "OutOfMemory":
        return f"Query exhausted resources: it needed more than {KIND.memory_bytes // GIB} GB of memory."
    if result.reason == "MaxRuntimeExceeded":
        return "Query timeout: it ran longer than a query may."
    told = result.tail[-1] if result.tail else result.message or f"exit status {result.exit_code}"
    return f"INTERNAL_ERROR: the query's program ended without an answer: {told}"
