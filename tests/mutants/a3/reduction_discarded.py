"""The reduced map is computed and never used."""

# question: a3-q5
# loses: 3×3 branch
# says: reads all channels

import keras


def inception_model(cin, row):
    def conv(x, filters, size):
        return keras.layers.Conv2D(filters, size, padding="same", activation="relu")(x)

    n1, r3, n3, r5, n5, pool = row
    inputs = keras.Input((None, None, cin))
    pooled = keras.layers.MaxPooling2D(3, strides=1, padding="same")(inputs)
    reduced = conv(inputs, r3, 1)
    reduced = conv(inputs, n3, 3)
    parts = [conv(inputs, n1, 1), reduced, conv(conv(inputs, r5, 1), n5, 5)]
    return keras.Model(inputs, keras.layers.Concatenate()([*parts, conv(pooled, pool, 1)]))
