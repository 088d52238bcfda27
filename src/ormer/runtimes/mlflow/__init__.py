"""A tracking server: MLflow's own, for one user: this machine. Its runtime holds the release that was asked for."""
