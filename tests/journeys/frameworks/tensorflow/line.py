"""A TensorFlow program as users write them: Keras learns a line, and saves it as version 1."""

import argparse
import os

import numpy as np
import tensorflow as tf

if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--epochs", type=int, default=10)
    parser.add_argument("--model_dir", type=str)
    arguments, _ = parser.parse_known_args()

    rows = np.loadtxt(os.path.join(os.environ["SM_CHANNEL_TRAIN"], "line.csv"), delimiter=",", dtype="float32")
    model = tf.keras.Sequential([tf.keras.layers.InputLayer((1,)), tf.keras.layers.Dense(1)])
    model.compile(optimizer=tf.keras.optimizers.SGD(0.1), loss="mse")
    model.fit(rows[:, 1:], rows[:, 0], epochs=arguments.epochs, batch_size=len(rows), verbose=2)
    print("the bucket's folder is", arguments.model_dir)
    version = os.path.join(os.environ["SM_MODEL_DIR"], "000000001")
    # Keras 2 saves a SavedModel, Keras 3 exports one.
    model.export(version) if hasattr(model, "export") else model.save(version)
