"""Everything by loops and searches, as a beginner writes it; models as Sequential."""

import keras
import numpy as np


# question: a1-q1
def pixel_response(channels, weights, bias):
    total = bias
    for channel, weight in zip(channels, weights, strict=True):
        total += channel * weight
    return total


# question: a1-q2
def conv1x1(x, kernel, bias=None):
    if x.ndim == 4:
        return np.array([conv1x1(image, kernel, bias) for image in x])
    height, width, _ = x.shape
    cout = kernel.shape[1]
    if bias is None:
        bias = np.zeros(cout)
    y = np.zeros((height, width, cout))
    for row in range(height):
        for column in range(width):
            for f in range(cout):
                y[row, column, f] = pixel_response(x[row, column], kernel[:, f], bias[f])
    return y


# question: a1-q3
def strided_conv1x1(x, kernel, bias=None, stride=1):
    full = conv1x1(x, kernel, bias)
    return full[:, ::stride, ::stride] if x.ndim == 4 else full[::stride, ::stride]


# question: a1-q4
def count(height, width, cin, cout, kernel=1, bias=True, stride=1):
    macs = 0
    for _row in range(0, height, stride):
        for _column in range(0, width, stride):
            macs += kernel**2 * cin * cout
    parameters = kernel**2 * cin * cout
    if bias:
        parameters += cout
    return [parameters, macs]


# question: a1-q5
def keras_conv1x1(kernel, bias, activation=None):
    model = keras.Sequential()
    model.add(keras.Input(shape=(None, None, kernel.shape[0])))
    model.add(keras.layers.Conv2D(kernel.shape[1], (1, 1), padding="same"))
    if activation:
        model.add(keras.layers.Activation(activation))
    model.layers[0].set_weights([kernel.reshape(1, 1, *kernel.shape), bias])
    return model


# question: a1-q6
def widest_bottleneck(height, width, cin, cout, kernel, budget):
    best = 0
    for r in range(1, cin + 1):
        cost = count(height, width, cin, r)[1] + count(height, width, r, cout, kernel)[1]
        if cost <= budget:
            best = r
    return best


# question: a1-q7
def bottleneck_block(height, width, cin, cout, kernel, budget):
    model = keras.Sequential()
    model.add(keras.Input((height, width, cin)))
    model.add(keras.layers.Conv2D(widest_bottleneck(height, width, cin, cout, kernel, budget), 1))
    model.add(keras.layers.ReLU())
    model.add(keras.layers.Conv2D(cout, kernel, padding="same"))
    model.add(keras.layers.ReLU())
    return model


# question: a1-q8
def conv1x1_backward(x, kernel, gradient):
    if x.ndim == 4:
        parts = [conv1x1_backward(image, kernel, of_image) for image, of_image in zip(x, gradient, strict=True)]
        to_x, to_kernel, to_bias = zip(*parts, strict=True)
        return [np.stack(to_x), sum(to_kernel), sum(to_bias)]
    to_x, to_kernel, to_bias = np.zeros(x.shape), np.zeros(kernel.shape), np.zeros(kernel.shape[1])
    for row in range(x.shape[0]):
        for column in range(x.shape[1]):
            for o in range(kernel.shape[1]):
                to_bias[o] += gradient[row, column, o]
                for i in range(kernel.shape[0]):
                    to_x[row, column, i] += gradient[row, column, o] * kernel[i, o]
                    to_kernel[i, o] += gradient[row, column, o] * x[row, column, i]
    return [to_x, to_kernel, to_bias]
