"""Layers of one's own, keras.ops, layers made in another order than they are called in, other names inside."""

import keras
import numpy as np

# question: a2-q1
global_average = lambda x: keras.ops.convert_to_numpy(keras.ops.mean(x, axis=(-3, -2)))  # noqa: E731


# question: a2-q2
def mlpconv_numpy(x, kernel, bias, ones):
    def one(x, layer):
        return np.clip(np.tensordot(x, layer[0], axes=1) + layer[1], 0, None)

    *_, height, width, channels = x.shape
    k = len(kernel)
    shifted = []
    for i in range(k):
        for j in range(k):
            moved = np.zeros_like(x)
            up, left = i - k // 2, j - k // 2
            rows, columns = slice(max(0, up), height + min(0, up)), slice(max(0, left), width + min(0, left))
            into = slice(max(0, -up), height + min(0, -up)), slice(max(0, -left), width + min(0, -left))
            moved[..., into[0], into[1], :] = x[..., rows, columns, :]
            shifted.append(moved)
    y = one(np.concatenate(shifted, axis=-1), (kernel.reshape(k * k * channels, -1), bias))
    for layer in ones:
        y = one(y, layer)
    return y


# question: a2-q3
class OneByOne(keras.layers.Layer):
    def __init__(self, width):
        super().__init__()
        self.width = width

    def build(self, shape):
        self.shift = self.add_weight(shape=(self.width,), initializer="zeros")
        self.matrix = self.add_weight(shape=(shape[-1], self.width), initializer="glorot_uniform")

    def call(self, x):
        return keras.ops.maximum(keras.ops.matmul(x, self.matrix) + self.shift, 0)


def mlpconv(x, widths, kernel_size, strides=1):
    ones = [OneByOne(width) for width in widths[1:]]
    y = keras.layers.Conv2D(widths[0], kernel_size, strides, "same", activation="relu")(x)
    return keras.Sequential([*ones, keras.layers.Identity()])(y)


# question: a2-q4
def count_head(height, width, channels, classes, kind):
    pooled = kind != "flatten"
    seen = channels * (1 if pooled else height * width)
    return np.int64(classes * (seen + 1)), np.int64(
        classes * channels * (1 if kind == "mean first" else height * width)
    )


# question: a2-q5
def fitting_sizes(size, halvings):
    smallest = size
    while smallest > 1 and rows(smallest - 1, halvings) == rows(size, halvings):
        smallest -= 1
    return smallest, smallest + 2**halvings - 1


def rows(size, halvings):
    return size if halvings == 0 else rows(size // 2 + size % 2, halvings - 1)


# question: a2-q6
class Explained(keras.Model):
    def __init__(self, model):
        super().__init__()
        self.trunk = keras.Model(model.input, model.layers[-3].output)
        self.head = model.layers[-1]

    def call(self, images):
        return self.head(self.trunk(images))


def with_class_maps(model):
    return Explained(model)


# question: a2-q7
def nin_classifier(channels, classes, budget):
    shape = (None, None, channels)
    for n in reversed(range(1, 120)):
        weights = 9 * channels * n + 9 * n * n + 2 * n * n + n * n + n * classes
        biases = 5 * n + classes
        if weights + biases <= budget:
            break
    last, spread = keras.layers.Conv2D(classes, 1), keras.layers.GlobalAveragePooling2D(keepdims=True)
    x = images = keras.Input(shape)
    x = keras.layers.LeakyReLU()(keras.layers.Conv2D(n, 3, padding="same")(x))
    x = keras.layers.Conv2D(n, 1, activation="relu")(x)
    x = keras.layers.AveragePooling2D(3, strides=2, padding="same")(x)
    x = mlpconv_layers(x, n)
    return keras.Model(images, keras.layers.Flatten()(spread(last(x))))


def mlpconv_layers(x, n):
    for size in (3, 1, 1):
        x = keras.layers.Conv2D(n, size, padding="same", activation="relu")(x)
    return x


# question: a2-q8
def mean_backward(x, gradient):
    shape = (*gradient.shape[:-1], 1, 1, gradient.shape[-1])
    shared_out = np.repeat(np.repeat(gradient.reshape(shape), x.shape[-3], axis=-3), x.shape[-2], axis=-2)
    shared_out /= x.shape[-3] * x.shape[-2]
    shared_out[x <= 0] = 0
    return shared_out
