"""Fire modules; costs added up row by row; the channels mixed before the average; a search by doubling and halving."""

import keras
from keras import layers

from course_utils import cost


# question: a6-q1
def report(model, parameters=50_000, macs=5_000_000):
    rows = cost.cost(model).rows
    used = [sum(row.parameters for row in rows), sum(row.macs for row in rows)]
    return [*used, all(have <= most for have, most in zip(used, (parameters, macs), strict=True))]


# question: a6-q2
def shortcut(x, filters, stride=1):
    if x.shape[-1] != filters:
        x = layers.Dense(filters, use_bias=False)(x)
    return keras.ops.average_pool(x, stride, stride) if stride > 1 else x


# question: a6-q3
def widest(network, parameters=50_000, macs=5_000_000):
    low, high = 0, 1
    while report(network(high), parameters, macs)[2]:
        low, high = high, 2 * high
    while high - low > 1:
        middle = (low + high) // 2
        if report(network(middle), parameters, macs)[2]:
            low = middle
        else:
            high = middle
    return low


# question: a6-q4
def norm_relu(x):
    return layers.Activation("relu")(layers.BatchNormalization(momentum=0.9)(x))


def fire(x, squeeze, expand, large=True):
    x = norm_relu(layers.Conv2D(squeeze, 1)(x))
    branches = [layers.Conv2D(expand, 1)(x)]
    if large:
        branches.append(layers.Conv2D(expand, 3, padding="same")(x))
    return norm_relu(layers.Concatenate()(branches) if large else branches[0])


def squeezed(large=True):
    image = keras.Input((28, 28, 1))
    x = norm_relu(layers.Conv2D(20, 3, 2, padding="same")(layers.Rescaling(2.0, -1.0)(image)))
    x = layers.MaxPooling2D(2)(fire(x, 16, 32, large))
    x = fire(fire(x, 32, 56, large), 32, 56, large)
    return keras.Model(image, layers.Dense(10)(layers.GlobalAveragePooling2D()(x)))


def build():
    return squeezed()


# question: a6-q5
def ablation():
    return {"design": squeezed, "without 3×3 branches": lambda: squeezed(large=False)}
