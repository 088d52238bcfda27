"""Delivery pipelines (CodePipeline): stages in their order, actions in theirs, over rows of runs."""
