"""The reductions have no activation."""

# question: a3-q5
# loses: 3×3 branch, 5×5 branch
# says: ReLU after the reduction

import keras


def inception_model(cin, row):
    def conv(x, filters, size):
        return keras.layers.Conv2D(filters, size, padding="same", activation="relu")(x)

    n1, r3, n3, r5, n5, pool = row
    inputs = keras.Input((None, None, cin))
    pooled = keras.layers.MaxPooling2D(3, strides=1, padding="same")(inputs)
    parts = [conv(inputs, n1, 1)]
    for reduction, filters, size in [(r3, n3, 3), (r5, n5, 5)]:
        parts.append(conv(keras.layers.Conv2D(reduction, 1)(inputs), filters, size))
    return keras.Model(inputs, keras.layers.Concatenate()([*parts, conv(pooled, pool, 1)]))
