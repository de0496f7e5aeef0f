"""Right shapes, right number of weights, another function."""

# question: a3-q5
# loses: pooling branch
# says: stands before the pooling

import keras


def inception_model(cin, row):
    def conv(x, filters, size):
        return keras.layers.Conv2D(filters, size, padding="same", activation="relu")(x)

    n1, r3, n3, r5, n5, pool = row
    inputs = keras.Input((None, None, cin))
    parts = [conv(inputs, n1, 1), conv(conv(inputs, r3, 1), n3, 3), conv(conv(inputs, r5, 1), n5, 5)]
    projected = conv(inputs, pool, 1)
    parts.append(keras.layers.MaxPooling2D(3, strides=1, padding="same")(projected))
    return keras.Model(inputs, keras.layers.Concatenate()(parts))
