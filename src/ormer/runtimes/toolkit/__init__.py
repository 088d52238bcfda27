"""The training side of the container contract: what stands under /opt/ml, the SM_* variables, hyperparameters, record
formats, and running user code."""
