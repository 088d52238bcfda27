"""The Model Monitor analyzer: profiles a data set or a model's answers, and holds them against a baseline.

What the container is told by environment variables and writes to `output_path` follows
https://docs.aws.amazon.com/sagemaker/latest/dg/model-monitor-byoc-constraints.html; `process.main` is the entry.
"""
