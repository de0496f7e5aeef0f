"""The two layers collapse into one: no activation between them."""

# question: a1-q7
# loses: layers and activations
# says: ReLU after the 1×1 convolution is missing

import keras


def bottleneck_block(height, width, cin, cout, kernel, budget):
    r = min(cin, budget // (height * width * (cin + kernel * kernel * cout)))
    inputs = keras.Input((height, width, cin))
    squeezed = keras.layers.Conv2D(r, 1)(inputs)
    outputs = keras.layers.Conv2D(cout, kernel, padding="same", activation="relu")(squeezed)
    return keras.Model(inputs, outputs)
