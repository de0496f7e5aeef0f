"""The 1×1's result is computed and never used."""

# question: a1-q7
# loses: budget, widest, layers and activations

import keras


def bottleneck_block(height, width, cin, cout, kernel, budget):
    r = min(cin, budget // (height * width * (cin + kernel * kernel * cout)))
    inputs = keras.Input((height, width, cin))
    squeezed = keras.layers.Conv2D(r, 1, activation="relu")(inputs)
    squeezed = keras.layers.Conv2D(cout, kernel, padding="same", activation="relu")(inputs)
    outputs = squeezed
    return keras.Model(inputs, outputs)
