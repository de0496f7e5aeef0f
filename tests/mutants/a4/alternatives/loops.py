"""Everything by walking and searching, as a beginner writes it; a Sequential model; TensorFlow's own gradient."""

import keras
import numpy as np


# question: a4-q1
def output_size(size, kernel, stride=1, padding="valid"):
    if padding == "same":
        return len(range(0, size, stride))
    if padding != "valid":
        size = padding + size + padding
    count = 0
    start = 0
    while start + kernel <= size:
        count += 1
        start += stride
    return count


# question: a4-q2
def conv_cost(height, width, cin, cout, kernel, stride=1, padding="valid", groups=1):
    parameters = 0
    macs = 0
    for _group in range(groups):
        for _filter in range(cout // groups):
            weights = kernel**2 * (cin // groups)
            parameters += weights + 1
            macs += weights * output_size(height, kernel, stride, padding) * output_size(width, kernel, stride, padding)
    return [parameters, macs]


# question: a4-q3
def layer_row(shape, layer):
    parameters = 0
    macs = 0
    if layer[0] == "conv":
        _, filters, kernel, stride, padding, groups = layer
        height, width, channels = shape
        parameters, macs = conv_cost(height, width, channels, filters, kernel, stride, padding, groups)
        out = [output_size(height, kernel, stride, padding), output_size(width, kernel, stride, padding), filters]
    elif layer[0] == "pool":
        out = [output_size(shape[0], layer[1], layer[2]), output_size(shape[1], layer[1], layer[2]), shape[2]]
    elif layer[0] == "flatten":
        out = [shape[0] * shape[1] * shape[2]]
    elif layer[0] == "dense":
        macs = shape[0] * layer[1]
        parameters = macs + layer[1]
        out = [layer[1]]
    return [tuple(out), parameters, macs]


# question: a4-q4
def verdict(runs):
    names = []
    for variant, _, _ in runs:
        if variant not in names:
            names.append(variant)
    wins = [0, 0]
    for variant, seed, value in runs:
        for other, partner, against in runs:
            if variant == names[0] and other == names[1] and seed == partner:
                if value > against:
                    wins[0] += 1
                elif value < against:
                    wins[1] += 1
    n = sum(wins)
    tail, ways = 0.0, 1.0  # C(n, n), C(n, n - 1), …
    for k in range(n, max(wins) - 1, -1):
        tail += ways / 2**n
        ways = ways * k / (n - k + 1)
    p = 1.0 if 2 * tail > 1 else 2 * tail
    conclusion = names[wins.index(max(wins))] if p < 0.05 else "not told apart"
    return [conclusion, p]


# question: a4-q5
def fields(layers):
    pairs = []
    for number in range(len(layers)):
        if layers[number][0] == "flatten":
            break
        field = 1
        jump = 1
        for layer in layers[: number + 1]:
            kernel, stride = (layer[2], layer[3]) if layer[0] == "conv" else (layer[1], layer[2])
            field = field + (kernel - 1) * jump
            jump = jump * stride
        pairs.append([field, jump])
    return pairs


# question: a4-q6
def seen_pixels(model, images, position):
    import tensorflow as tf

    x = tf.Variable(images)
    with tf.GradientTape() as tape:
        y = tf.reduce_sum(model(x)[:, position[0], position[1], :])
    gradient = tape.gradient(y, x)
    n, height, width, channels = gradient.shape
    gradient = keras.ops.convert_to_numpy(gradient)
    seen = np.zeros((height, width), dtype=bool)
    for image in range(n):
        for channel in range(channels):
            seen |= gradient[image, :, :, channel] != 0
    return seen


# question: a4-q7
def vgg_like(side, field, budget):
    width = 0
    parameters = 0
    while parameters <= budget:
        width += 1
        kinds, rows, seen, jump, channels, parameters = [], side, 1, 1, 3, 0
        while seen < field:
            kinds.append("conv")
            parameters += 9 * channels * width + width
            channels = width
            seen += 2 * jump
            if rows // 2 >= 4:
                kinds.append("pool")
                seen += jump
                jump *= 2
                rows //= 2
    model = keras.Sequential()
    model.add(keras.Input((side, side, 3)))
    for kind in kinds:
        if kind == "conv":
            model.add(keras.layers.Conv2D(width - 1, (3, 3), strides=(1, 1), padding="same"))
            model.add(keras.layers.ReLU())
        else:
            model.add(keras.layers.MaxPool2D((2, 2)))
    return model
