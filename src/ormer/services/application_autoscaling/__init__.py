"""Application Auto Scaling: endpoints grow and shrink with their load."""
