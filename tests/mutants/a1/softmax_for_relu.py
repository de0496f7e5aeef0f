"""A softmax over the channels, as in a classifier."""

# question: a1-q5
# loses: no activation, relu, other activations, any height and width
# says: softmax

import keras


def keras_conv1x1(kernel, bias, activation=None):
    cin, cout = kernel.shape
    model = keras.Sequential([keras.Input((None, None, cin)), keras.layers.Conv2D(cout, 1, activation="softmax")])
    model.set_weights([kernel[None, None], bias])
    return model
