"""AutoML jobs: what their rows ask for, and the candidates that their training jobs are."""
