"""The scikit-learn images: script mode with the defaults of the scikit-learn container."""
