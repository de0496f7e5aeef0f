"""Connects every position with every other."""

# question: a1-q5
# loses: no activation, relu, other activations, any height and width

import keras


def keras_conv1x1(kernel, bias, activation=None):
    cin, cout = kernel.shape
    outputs = 28 * 28 * cout
    model = keras.Sequential([keras.Input((28, 28, cin)), keras.layers.Flatten(), keras.layers.Dense(outputs)])
    return model
