"""Script mode for any framework: the user brings the training program and the inference functions."""
