"""Einstein sums, float results, Dense in place of the 1×1 convolution, explicit zero padding."""

import keras
import numpy as np


# question: a1-q1
def pixel_response(channels, weights, bias):
    return np.einsum("i,i->", channels, weights) + np.float64(bias)


# question: a1-q2
def conv1x1(x, kernel, bias=None):
    return np.einsum("...i,io->...o", x, kernel) + (0 if bias is None else bias)


# question: a1-q3
def strided_conv1x1(x, kernel, bias=None, stride=1):
    rows, columns = (np.arange(0, size, stride) for size in x.shape[-3:-1])
    return conv1x1(x.take(rows, axis=-3).take(columns, axis=-2), kernel, bias)


# question: a1-q4
def count(height, width, cin, cout, kernel=1, bias=True, stride=1):
    import math

    parameters = cout * (kernel * kernel * cin + int(bias))
    positions = math.ceil(height / stride) * math.ceil(width / stride)
    return parameters, positions * (parameters - int(bias) * cout)


# question: a1-q5
def keras_conv1x1(kernel, bias, activation=None):
    dense = keras.layers.Dense(len(bias), activation=activation)
    dense.build((None, len(kernel)))
    dense.set_weights([kernel, bias])
    return keras.Sequential([dense])


# question: a1-q6
def widest_bottleneck(height, width, cin, cout, kernel, budget):
    r = cin
    while r and height * width * r * (cin + kernel**2 * cout) > budget:
        r -= 1
    return r


# question: a1-q7
def bottleneck_block(height, width, cin, cout, kernel, budget):
    x = inputs = keras.Input((height, width, cin))
    x = keras.layers.Dense(widest_bottleneck(height, width, cin, cout, kernel, budget), activation="relu")(x)
    x = keras.layers.ZeroPadding2D(kernel // 2)(x)
    x = keras.layers.Conv2D(cout, kernel)(x)
    return keras.Model(inputs, keras.ops.relu(x))


# question: a1-q8
def conv1x1_backward(x, kernel, gradient):
    images = x if x.ndim == 4 else x[None]
    errors = gradient.reshape(*images.shape[:-1], -1)
    to_the_kernel = np.einsum("nhwi,nhwo->io", images, errors)
    return np.einsum("...o,io->...i", gradient, kernel), to_the_kernel, np.einsum("nhwo->o", errors)
