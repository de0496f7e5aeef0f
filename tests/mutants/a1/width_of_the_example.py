"""Always the example's 16 channels, whatever the budget."""

# question: a1-q7
# loses: budget, widest

import keras


def bottleneck_block(height, width, cin, cout, kernel, budget):
    inputs = keras.Input((height, width, cin))
    squeezed = keras.layers.Conv2D(16, 1, activation="relu")(inputs)
    outputs = keras.layers.Conv2D(cout, kernel, padding="same", activation="relu")(squeezed)
    return keras.Model(inputs, outputs)
