"""A layer of one's own hides its weights from whoever counts them."""

# question: a6-q4
# loses: question
# says: is not one of the layers

import keras
from keras import layers


class Cheap(layers.Dense):
    def count_params(self):
        return 10

    @property
    def trainable_variables(self):
        return []


def build():
    return keras.Sequential([keras.Input((28, 28, 1)), layers.Flatten(), Cheap(500, "relu"), Cheap(10)])
