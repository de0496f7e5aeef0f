"""Counts by building the module in Keras, pooling and convolution by keras.ops, prices per channel for the choice."""

import keras
import numpy as np


# question: a3-q1
def output_shape(height, width, cin, row):
    ends = np.array(row)[[0, 2, 4, 5]]
    ends[3] += cin * (ends[3] == 0)
    return height, width, int(ends.sum())


# question: a3-q2
def module_cost(height, width, cin, row):
    layers = keras.layers
    x = keras.Input((height, width, cin))
    found = []

    def convolution(x, filters, size):
        if filters:
            found.append(layers.Conv2D(filters, size, padding="same"))
            x = found[-1](x)
        return x

    convolution(x, row[0], 1)
    convolution(convolution(x, row[1], 1), row[2], 3)
    convolution(convolution(x, row[3], 1), row[4], 5)
    convolution(x, row[5], 1)
    macs = sum(int(np.prod(layer.kernel.shape)) * height * width for layer in found)
    return sum(layer.count_params() for layer in found), macs


# question: a3-q3
def max_pool_same(x):
    pooled = keras.ops.max_pool(x[None], 3, strides=1, padding="same")
    return keras.ops.convert_to_numpy(pooled)[0]


# question: a3-q4
def inception(x, weights):
    def conv_relu(x, name):
        kernel, bias = (keras.ops.convert_to_tensor(array, dtype="float32") for array in weights[name])
        return keras.ops.relu(keras.ops.conv(x, kernel, padding="same") + bias)

    x = keras.ops.convert_to_tensor(x, dtype="float32")[None]
    pooled = keras.ops.max_pool(x, 3, strides=1, padding="same")
    three, five = conv_relu(x, "3x3_reduce"), conv_relu(x, "5x5_reduce")
    ends = [conv_relu(x, "1x1"), conv_relu(three, "3x3"), conv_relu(five, "5x5"), conv_relu(pooled, "pool_proj")]
    return keras.ops.convert_to_numpy(keras.ops.concatenate(ends, axis=3))[0]


# question: a3-q5
def inception_model(cin, row):
    def chain(*stages):
        return keras.Sequential([keras.Input((None, None, cin)), *stages])

    def conv_relu(filters, size):
        return keras.layers.Conv2D(filters, size, padding="same", activation=keras.ops.relu)

    n1, r3, n3, r5, n5, pool = row
    branches = [
        chain(conv_relu(n1, 1)),
        chain(conv_relu(r3, 1), conv_relu(n3, 3)),
        chain(conv_relu(r5, 1), keras.layers.ZeroPadding2D(2), keras.layers.Conv2D(n5, 5), keras.layers.ReLU()),
        chain(keras.layers.MaxPooling2D(3, 1, "same"), conv_relu(pool, 1)),
    ]
    maps = keras.Input((None, None, cin), name="maps")
    return keras.Model(maps, keras.ops.concatenate([branch(maps) for branch in branches], axis=-1))


# question: a3-q6
def widest_saving(cin, cout, kernel):
    saves = [r for r in range(1, cin) if r * (cin + kernel**2 * cout) < kernel**2 * cin * cout]
    return max(saves, default=0)


# question: a3-q7
def choose_reductions(height, width, cin, n1, n3, n5, pool, budget):
    per_position = budget // (height * width) - cin * (n1 + pool)
    price = {3: cin + 9 * n3, 5: cin + 25 * n5}
    candidates = []
    for r3 in range(1, widest_saving(cin, n3, 3) + 1):
        r5 = min(widest_saving(cin, n5, 5), (per_position - r3 * price[3]) // price[5])
        while r5 > 1 and (r5 - 1) * n3 >= r3 * n5:  # r5 is wider than it must be
            r5 -= 1
        if r5 >= 1:
            candidates.append((min(r3 * n5, r5 * n3), -r3 * price[3] - r5 * price[5], r3, r5))
    return max(candidates)[2:] if candidates else (0, 0)
