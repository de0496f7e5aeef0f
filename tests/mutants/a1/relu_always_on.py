"""A ReLU even when no activation, or another one, is asked for."""

# question: a1-q5
# loses: no activation, other activations

import keras


def keras_conv1x1(kernel, bias, activation=None):
    cin, cout = kernel.shape
    model = keras.Sequential([keras.Input((None, None, cin)), keras.layers.Conv2D(cout, 1, activation="relu")])
    model.set_weights([kernel[None, None], bias])
    return model
