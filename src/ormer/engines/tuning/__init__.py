"""Hyperparameter tuning: training jobs with values that a search proposes, until enough were tried."""
