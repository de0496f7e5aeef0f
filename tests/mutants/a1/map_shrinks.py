"""padding="same" is missing."""

# question: a1-q7
# loses: output's shape, layers and activations

import keras


def bottleneck_block(height, width, cin, cout, kernel, budget):
    r = min(cin, budget // (height * width * (cin + kernel * kernel * cout)))
    inputs = keras.Input((height, width, cin))
    squeezed = keras.layers.Conv2D(r, 1, activation="relu")(inputs)
    outputs = keras.layers.Conv2D(cout, kernel, activation="relu")(squeezed)
    return keras.Model(inputs, outputs)
