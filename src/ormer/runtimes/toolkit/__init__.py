"""The training side of the container contract: what stands under /opt/ml, the SM_* variables, and running user code."""
