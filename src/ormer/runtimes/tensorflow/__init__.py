"""The TensorFlow images: script mode, and SavedModels behind TensorFlow Serving's REST interface, by the processor."""
