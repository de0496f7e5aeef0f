"""The ReLU stands after the 1×1 only, twice."""

# question: a1-q7
# loses: layers and activations

import keras


def bottleneck_block(height, width, cin, cout, kernel, budget):
    r = min(cin, budget // (height * width * (cin + kernel * kernel * cout)))
    inputs = keras.Input((height, width, cin))
    squeezed = keras.layers.ReLU()(keras.layers.Conv2D(r, 1, activation="relu")(inputs))
    outputs = keras.layers.Conv2D(cout, kernel, padding="same")(squeezed)
    return keras.Model(inputs, outputs)
