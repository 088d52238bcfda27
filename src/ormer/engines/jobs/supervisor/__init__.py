"""One small process per job that starts it, watches it, keeps its log and writes down how it ended.

A supervisor lives in a session of its own, so it survives the server's death; whoever comes next re-attaches by the
`pid` file in the job's run directory. It imports nothing but a few modules of the standard library, so that it is small
(about 10 MB, most of it shared) and cannot be broken by what is installed.

What is durable: `pid` (who supervises, claimed exclusively: a run directory is supervised at most once, ever),
`starts` (one line per attempt), `log` (JSON lines as they arrive) and `status.json` (written once, renamed into place,
fsync'd while the server already reads it; its room on the disk is reserved before the job starts). What may run twice:
nothing. A second supervisor on the same run directory ends before it has started anything.
"""
