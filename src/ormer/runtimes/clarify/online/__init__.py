"""Online explainability: the container beside a model that answers predictions and Shapley values together."""
