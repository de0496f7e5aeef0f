"""Weights that were trained elsewhere ride along in the configuration, as a constant."""

# question: a6-q4
# loses: question
# says: brings no weights along

import keras
import numpy as np
from keras import layers


def build():
    trained = np.random.default_rng(1).normal(size=(784, 10)).round(3).tolist()
    head = layers.Dense(10, kernel_initializer=keras.initializers.Constant(trained))
    return keras.Sequential([keras.Input((28, 28, 1)), layers.Flatten(), head])
