"""The budget is spent on the large kernel alone."""

# question: a1-q7
# loses: budget, widest

import keras


def bottleneck_block(height, width, cin, cout, kernel, budget):
    r = budget // (height * width * kernel * kernel * cout)
    inputs = keras.Input((height, width, cin))
    squeezed = keras.layers.Conv2D(r, 1, activation="relu")(inputs)
    outputs = keras.layers.Conv2D(cout, kernel, padding="same", activation="relu")(squeezed)
    return keras.Model(inputs, outputs)
