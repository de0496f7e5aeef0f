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
def find_fault(model, cin, row):
    def weighted(layer, name):
        layer.build((None, None, None, model.get_layer(name).get_weights()[0].shape[2]))
        layer.set_weights(model.get_layer(name).get_weights())
        return layer

    def chain(*names, before=()):
        sizes = {name: (int(name[0]) if name in ("1x1", "3x3", "5x5") else 1) for name in names}
        layers = [
            weighted(keras.layers.Conv2D(model.get_layer(name).filters, sizes[name], padding="same"), name)
            for name in names
        ]
        x = maps
        for layer in before:
            x = layer(x)
        for layer in layers:
            x = keras.ops.relu(layer(x))
        return keras.ops.convert_to_numpy(x)

    maps = np.random.default_rng(0).normal(size=(1, 9, 9, cin)).astype("float32")
    right = {
        "1x1": chain("1x1"),
        "3x3": chain("3x3_reduce", "3x3"),
        "5x5": chain("5x5_reduce", "5x5"),
        "pool": chain("pool_proj", before=[keras.layers.MaxPooling2D(3, 1, "same")]),
    }
    made = keras.ops.convert_to_numpy(model(maps))
    if np.allclose(np.concatenate([*right.values()], axis=-1), made, atol=1e-3):
        return "none"
    for name, values in right.items():
        others = np.concatenate([v for other, v in right.items() if other != name], axis=-1)
        before = sum(v.shape[-1] for other, v in right.items() if list(right).index(other) < list(right).index(name))
        rest = np.delete(made, np.s_[before : before + values.shape[-1]], axis=-1)
        if np.allclose(rest, others, atol=1e-3):
            return name
    return "order"


# question: a3-q6
def mend(model, cin, row):
    def chain(*stages):
        return keras.Sequential([keras.Input((None, None, cin)), *stages])

    def conv_relu(name, size):
        kernel, bias = model.get_layer(name).get_weights()
        layer = keras.layers.Conv2D(
            len(bias),
            size,
            padding="same",
            activation=keras.ops.relu,
            kernel_initializer=lambda shape, dtype=None: keras.ops.convert_to_tensor(kernel, dtype),
            bias_initializer=lambda shape, dtype=None: keras.ops.convert_to_tensor(bias, dtype),
        )
        return layer

    branches = [
        chain(conv_relu("1x1", 1)),
        chain(conv_relu("3x3_reduce", 1), conv_relu("3x3", 3)),
        chain(conv_relu("5x5_reduce", 1), conv_relu("5x5", 5)),
        chain(keras.layers.MaxPooling2D(3, 1, "same"), conv_relu("pool_proj", 1)),
    ]
    maps = keras.Input((None, None, cin), name="maps")
    return keras.Model(maps, keras.ops.concatenate([branch(maps) for branch in branches], axis=-1))


# question: a3-q7
def widest_saving(cin, cout, kernel):
    saves = [r for r in range(1, cin) if r * (cin + kernel**2 * cout) < kernel**2 * cin * cout]
    return max(saves, default=0)


# question: a3-q8
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
