"""Loops over positions, as a beginner writes it; Sequential models, and a search that builds and counts."""

import keras
import numpy as np


# question: a2-q1
def global_average(x):
    if x.ndim == 4:
        return np.array([global_average(image) for image in x])
    height, width, channels = x.shape
    sums = np.zeros(channels)
    for row in range(height):
        for column in range(width):
            sums += x[row, column]
    return sums / (height * width)


# question: a2-q2
def mlpconv_numpy(x, kernel, bias, ones):
    if x.ndim == 4:
        return np.stack([mlpconv_numpy(image, kernel, bias, ones) for image in x])
    height, width, channels = x.shape
    k = kernel.shape[0]
    bigger = np.zeros((height + k - 1, width + k - 1, channels))
    bigger[k // 2 : k // 2 + height, k // 2 : k // 2 + width] = x
    rows = []
    for row in range(height):
        for column in range(width):
            units = bigger[row : row + k, column : column + k].ravel() @ kernel.reshape(-1, kernel.shape[-1]) + bias
            units[units < 0] = 0
            for matrix, shift in ones:
                units = units @ matrix + shift
                units[units < 0] = 0
            rows.append(units)
    return np.array(rows).reshape(height, width, -1)


# question: a2-q3
def mlpconv(x, widths, kernel_size, strides=1):
    for number, width in enumerate(widths):
        if number == 0:
            x = keras.layers.Conv2D(width, kernel_size, strides=strides, padding="same")(x)
        else:
            x = keras.layers.Conv2D(width, (1, 1))(x)
        x = keras.layers.ReLU()(x)
    return x


# question: a2-q4
def count_head(height, width, channels, classes, kind):
    parameters = macs = 0
    for _ in range(classes):
        seen = height * width * channels if kind == "flatten" else channels
        parameters += seen + 1
        macs += seen * height * width if kind == "class maps" else seen
    return [parameters, macs]


# question: a2-q5
def fitting_sizes(size, halvings):
    def last(height):
        for _ in range(halvings):
            height = (height + 1) // 2
        return height

    fitting = [height for height in range(1, size + 2 ** (halvings + 1)) if last(height) == last(size)]
    return min(fitting), max(fitting)


# question: a2-q6
def with_class_maps(model):
    kernel, bias = model.layers[-1].get_weights()
    before = keras.Model(model.input, model.layers[-2].input)
    maps = keras.layers.Conv2D(kernel.shape[1], 1)
    explained = keras.Sequential([before, maps])
    explained.build((None, None, None, model.input.shape[-1]))
    maps.set_weights([kernel.reshape(1, 1, *kernel.shape), bias])
    return explained


# question: a2-q7
def nin_classifier(channels, classes, budget):
    def build(width):
        model = keras.Sequential([keras.Input((None, None, channels))])
        for _ in range(2):
            model.add(keras.layers.Conv2D(width, 3, padding="same", activation="relu"))
            model.add(keras.layers.Conv2D(width, 1, activation="relu"))
            model.add(keras.layers.MaxPooling2D(2))
        model.add(keras.layers.Conv2D(width, 3, padding="same", activation="relu"))
        model.add(keras.layers.Conv2D(classes, 1, activation="relu"))
        model.add(keras.layers.GlobalAveragePooling2D())
        return model

    low, high = 1, 200
    while high - low > 1:
        middle = (low + high) // 2
        if build(middle).count_params() <= budget:
            low = middle
        else:
            high = middle
    return build(low)


# question: a2-q8
def mean_backward(x, gradient):
    if x.ndim == 4:
        return np.array([mean_backward(image, own) for image, own in zip(x, gradient, strict=True)])
    found = np.zeros(x.shape)
    height, width, channels = x.shape
    for row in range(height):
        for column in range(width):
            for channel in range(channels):
                if x[row, column, channel] > 0:
                    found[row, column, channel] = gradient[channel] / (height * width)
    return found
