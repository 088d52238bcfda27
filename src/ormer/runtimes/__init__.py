"""The programs that run inside a job's sandbox: they know the container contract under /opt/ml and nothing of ormer."""
