"""The pooling branch hands on all channels of the input."""

# question: a3-q5
# loses: pooling branch
# says: projection is missing

import keras


def inception_model(cin, row):
    def conv(x, filters, size):
        return keras.layers.Conv2D(filters, size, padding="same", activation="relu")(x)

    n1, r3, n3, r5, n5, _ = row
    inputs = keras.Input((None, None, cin))
    pooled = keras.layers.MaxPooling2D(3, strides=1, padding="same")(inputs)
    parts = [conv(inputs, n1, 1), conv(conv(inputs, r3, 1), n3, 3), conv(conv(inputs, r5, 1), n5, 5)]
    return keras.Model(inputs, keras.layers.Concatenate()([*parts, pooled]))
