"""The Hugging Face images for PyTorch: script mode, and pipelines of transformers, by the processor."""
