"""The layer keeps its random weights."""

# question: a1-q5
# loses: no activation, relu, other activations, any height and width

import keras


def keras_conv1x1(kernel, bias, activation=None):
    cin, cout = kernel.shape
    model = keras.Sequential([keras.Input((None, None, cin)), keras.layers.Conv2D(cout, 1, activation=activation)])
    return model
