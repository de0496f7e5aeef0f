"""The large kernels read the whole input, and the 1×1 comes after them."""

# question: a3-q5
# loses: 3×3 branch, 5×5 branch
# says: comes before it

import keras


def inception_model(cin, row):
    def conv(x, filters, size):
        return keras.layers.Conv2D(filters, size, padding="same", activation="relu")(x)

    n1, r3, n3, r5, n5, pool = row
    inputs = keras.Input((None, None, cin))
    pooled = keras.layers.MaxPooling2D(3, strides=1, padding="same")(inputs)
    parts = [conv(inputs, n1, 1), conv(conv(inputs, r3, 3), n3, 1), conv(conv(inputs, r5, 5), n5, 1)]
    return keras.Model(inputs, keras.layers.Concatenate()([*parts, conv(pooled, pool, 1)]))
