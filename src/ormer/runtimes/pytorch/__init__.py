"""The PyTorch images: script mode with the defaults of the PyTorch containers, by the processor."""
