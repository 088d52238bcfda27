"""Model servers that people use, each serving the bench's own XGBoost model, each in an environment of its own."""
