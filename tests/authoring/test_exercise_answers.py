"""Exercises judge answers: a wrong one fails, the folded solution and right ones that differ from it pass.

A folded solution stands in the place of the stub, an answer in that of its line `… # your turn`. The cells that they
need run once before, in a kernel that all notebooks share; as everywhere, nbval runs the notebook as it is.
"""

from pathlib import Path

import nbformat
import pytest
from nbclient.exceptions import CellExecutionError
from notebook_rules import exercises, output_text, tags

from authoring import notebooks, releasing
from authoring.needed_cells import needed_cells

NOTEBOOKS = sorted(path.stem for path in (releasing.ROOT / "notebooks").glob("*.ipynb"))
ANSWERS = {  # notebook: {exercise: (wrong answers, right answers)}
    "00_start_here": {
        "exercise-1": (
            [
                "def kernel_size(macs, side, channels_in, channels_out): return 5",
                "def kernel_size(macs, side, channels_in, channels_out):\n"
                "    return macs / (side * side * channels_in * channels_out)  # its square",
            ],
            [
                "def kernel_size(macs, side, channels_in, channels_out):\n"
                "    return next(k for k in range(1, 99) if side**2 * k**2 * channels_in * channels_out == macs)",
            ],
        ),
        "exercise-2": (
            [
                "def receptive_field(kernel_sizes, strides): return 1 + sum(k - 1 for k in kernel_sizes)",
                "def receptive_field(kernel_sizes, strides):\n"
                "    field, jump = 1, 1\n"
                "    for kernel, stride in zip(kernel_sizes, strides):\n"
                "        jump *= stride  # too early\n"
                "        field += (kernel - 1) * jump\n"
                "    return field",
            ],
            [
                "def receptive_field(kernel_sizes, strides):  # from the last layer back\n"
                "    field = 1\n"
                "    for kernel, stride in zip(kernel_sizes[::-1], strides[::-1]):\n"
                "        field = (field - 1) * stride + kernel\n"
                "    return field",
            ],
        ),
        "exercise-3": (
            [
                "my_kernel = np.zeros((3, 3))",
                "my_kernel = [[0, -1, 0], [-1, 4, -1], [0, -1, 0]]  # silent on even areas, not on stripes",
                "my_kernel = [[1, 0, -1], [2, 0, -2], [1, 0, -1]]",
                "my_kernel = -np.outer([1, -2, 1], [1, -2, 1])  # a dark dot",
                "my_kernel = [[1, -1], [-1, 1]]",
            ],
            [
                "my_kernel = [[0, 0, 0], [0, 1, -1], [0, -1, 1]]",
                "my_kernel = np.outer([1, -2, 1], [1, -2, 1]) / 4",
                "my_kernel = [[2, -1, -1], [-1, 2, -1], [-1, -1, 2]]",
            ],
        ),
    },
    "01_one_by_one_convolution": {
        "exercise-1": (["swap = np.eye(3)", "swap = np.eye(3)[[1, 2, 0]]"], ["swap = np.eye(3)[::-1]"]),
        "exercise-2": (
            [
                "def conv1x1(x, kernel, bias, stride): return x[::stride, ::stride] @ kernel",
                "def conv1x1(x, kernel, bias, stride): return x @ kernel + bias",
            ],
            ["def conv1x1(x, kernel, bias, stride): return (x @ kernel + bias)[::stride, ::stride]"],
        ),
        "exercise-3": (
            [
                "def fold(three, bias3, one, bias1): return three @ one[0, 0], bias3 + bias1",
                "def fold(three, bias3, one, bias1): return three, bias1",
            ],
            ["def fold(three, bias3, one, bias1): return three @ one[0, 0], bias1 + bias3 @ one[0, 0]"],
        ),
        "exercise-4": (
            [
                "differences = np.eye(3) - np.eye(3)[[1, 2, 0]]\n"
                "first, second = np.hstack([differences, -differences]), np.full((6, 1), 0.5)  # exact, but six units",
                "first, second = np.eye(3), np.ones((3, 1))",
                "first, second = np.zeros((3, 1)), np.zeros((1, 1))",
                "first, second = np.hstack([np.eye(3), -np.eye(3)])[:, :4], np.ones((4, 1))",
            ],
            [
                "first, second = [[-1, 0, 1], [1, -1, 0], [0, 1, -1]], np.ones((3, 1))  # the other way round",
                "first, second = 2 * np.array([[1, 0, -1], [-1, 1, 0], [0, -1, 1]]), [[0.5]] * 3",
                "first, second = [[1, 0, -1, 0], [-1, 1, 0, 0], [0, -1, 1, 0]], np.ones((4, 1))  # one unit is idle",
            ],
        ),
    },
    "02_network_in_network": {
        "exercise-1": (
            [
                "def mlpconv_parameters(channels_in, filters, kernel_size):  # no biases\n"
                "    total = 0\n"
                "    for width in filters:\n"
                "        total += kernel_size**2 * channels_in * width\n"
                "        channels_in, kernel_size = width, 1\n"
                "    return total",
                "def mlpconv_parameters(channels_in, filters, kernel_size):  # every kernel is wide\n"
                "    return sum((kernel_size**2 * a + 1) * b for a, b in zip((channels_in, *filters), filters))",
            ],
            [
                "def mlpconv_parameters(channels_in, filters, kernel_size):\n"
                "    ones = sum((a + 1) * b for a, b in zip(filters, filters[1:]))\n"
                "    return (kernel_size**2 * channels_in + 1) * filters[0] + ones",
            ],
        ),
        "exercise-2": (
            [
                "def dense_matrix(matrix, positions): return np.tile(matrix, (positions, 1))  # the sum, not the mean",
                "def dense_matrix(matrix, positions): return np.repeat(matrix, positions, axis=0) / positions",
            ],
            ["def dense_matrix(matrix, positions): return np.concatenate([matrix] * positions) / positions"],
        ),
        "exercise-3": (
            [
                "my_mask = np.zeros((14, 14))",
                "my_mask = np.ones((14, 14))",
                "my_mask = np.random.default_rng(1).permutation(196).reshape(14, 14) < 118  # scattered",
                'my_mask = explained["coffee"][2] >= np.quantile(explained["coffee"][2], 0.4)  # what matters most',
            ],
            [
                'my_mask = explained["coffee"][2] <= np.quantile(explained["coffee"][2], 0.7)',
                'row, column = np.unravel_index(explained["coffee"][2].argmax(), (14, 14))  # a disc around the peak\n'
                "my_mask = np.hypot(*(np.mgrid[:14, :14] - np.array([row, column])[:, None, None])) > 5",
                'my_mask = explained["coffee"][2] < 0.2 * explained["coffee"][2].max()  # a share of the peak',
            ],
        ),
    },
    "03_inception": {
        "exercise-1": (
            [
                "def break_even(kernel, channels_in, channels_out): return channels_in / 2",
                "def break_even(kernel, channels_in, channels_out):  # the 1×1 forgotten\n    return channels_in",
                "def break_even(kernel, channels_in, channels_out):  # no kernel behind\n"
                "    return kernel**2 * channels_in * channels_out / (channels_in + channels_out)",
            ],
            [
                "def break_even(kernel, channels_in, channels_out):\n"
                "    return 1 / (1 / channels_in + 1 / (kernel**2 * channels_out))",
                "def break_even(kernel, channels_in, channels_out):\n"
                "    direct = kernel**2 * channels_in * channels_out\n"
                "    return max(r for r in range(1, 999) if r * (channels_in + kernel**2 * channels_out) <= direct)",
            ],
        ),
        "exercise-2": (
            [
                "def factorised(x): return inception(x, 64, 96, 128, 16, 32, 32)  # still a 5×5",
                "def factorised(x):  # one 3×3 does not see as far\n"
                "    pooled = layers.MaxPooling2D(3, 1, 'same')(x)\n"
                "    second, third = conv(conv(x, 96, 1), 128, 3), conv(conv(conv(x, 16, 1), 32, 1), 32, 3)\n"
                "    return layers.Concatenate()([conv(x, 64, 1), second, third, conv(pooled, 32, 1)])",
                "def factorised(x):  # a branch is built and left out\n"
                "    conv(layers.MaxPooling2D(3, 1, 'same')(x), 32, 1)\n"
                "    third = conv(conv(conv(x, 16, 1), 32, 3), 32, 3)\n"
                "    return layers.Concatenate()([conv(x, 96, 1), conv(conv(x, 96, 1), 128, 3), third])",
            ],
            [
                "def factorised(x):  # the branches in another order, from Keras's layers\n"
                "    same = dict(padding='same', activation='relu')\n"
                "    a = layers.Conv2D(32, 3, **same)(layers.Conv2D(32, 3, **same)(layers.Conv2D(16, 1, **same)(x)))\n"
                "    b = layers.Conv2D(32, 1, **same)(layers.MaxPooling2D(3, 1, 'same')(x))\n"
                "    return layers.concatenate([a, b, conv(x, 64, 1), conv(conv(x, 96, 1), 128, 3)])",
            ],
        ),
        "exercise-3": (
            [
                "def squeezed(kernel, r):  # the first r channels\n"
                "    return np.eye(kernel.shape[2])[:, :r], kernel[:, :, :r]",
                "def squeezed(kernel, r):  # the smallest singular values\n"
                "    matrix = kernel.transpose(2, 0, 1, 3).reshape(kernel.shape[2], -1)\n"
                "    u, s, v = np.linalg.svd(matrix, full_matrices=False)\n"
                "    rest = v[-r:].reshape(r, 5, 5, -1).transpose(1, 2, 0, 3)\n"
                "    return u[:, -r:] * s[-r:], rest",
            ],
            [
                "def squeezed(kernel, r):  # directions of the channels from their covariance\n"
                "    matrix = kernel.transpose(2, 0, 1, 3).reshape(kernel.shape[2], -1)\n"
                "    directions = np.linalg.eigh(matrix @ matrix.T)[1][:, -r:]\n"
                "    return directions, np.einsum('hwcf,cr->hwrf', kernel, directions)",
            ],
        ),
        "exercise-4": (
            [
                'my_network = nets["reduced"]  # the full price',
                'my_network = nets["linear"]  # nearly free, and too far behind',
            ],
            [
                "my_network = two_modules(inception, 16, 4, 16, 2, 4, 8)",
                "def two_scales(x): return layers.Concatenate()([conv(x, 16, 1), conv(conv(x, 6, 1), 24, 3)])\n"
                "my_network = two_modules(two_scales)",
                "my_network = two_modules(inception, 12, 4, 16, 2, 8, 8)",
            ],
        ),
    },
    "04_ilsvrc_and_alexnet": {
        "exercise-1": (
            [
                "def parameters(kernel, channels_in, filters, groups):  # no groups\n"
                "    return kernel * kernel * channels_in * filters + filters",
                "def parameters(kernel, channels_in, filters, groups):  # no biases\n"
                "    return kernel * kernel * channels_in // groups * filters",
                "def parameters(kernel, channels_in, filters, groups):  # the filters split, too\n"
                "    return kernel * kernel * (channels_in // groups) * (filters // groups) + filters",
            ],
            [
                "def parameters(kernel, channels_in, filters, groups):  # group by group\n"
                "    one = (kernel**2 * (channels_in // groups) + 1) * (filters // groups)\n"
                "    return groups * one",
            ],
        ),
        "exercise-2": (
            [
                "def dropped(values, kept, rate): return np.where(kept, values, 0)  # nothing grows",
                "def dropped(values, kept, rate): return np.where(kept, values / rate, 0)",
                "def dropped(values, kept, rate): return values * (1 - rate)",
            ],
            [
                "def dropped(values, kept, rate): return values * kept / (1 - rate)",
                "def dropped(values, kept, rate):\n"
                "    result = np.zeros_like(values)\n"
                "    result[kept] = values[kept] / (1 - rate)\n"
                "    return result",
            ],
        ),
        "exercise-3": (
            ["my_network = small_alexnet"],
            [
                "def my_network(): return small_alexnet(shifts=True)",
                "def my_network(): return small_alexnet(shifts=True, dropout=True)",
                "def my_network():  # fewer parameters, by averages\n"
                "    x = inputs = keras.Input((28, 28, 1))\n"
                "    for filters in (16, 32):\n"
                "        x = keras.layers.Conv2D(filters, 3, padding='same', activation='relu')(x)\n"
                "        x = keras.layers.AveragePooling2D(2)(x)\n"
                "    x = keras.layers.Dropout(0.3)(keras.layers.Flatten()(x))\n"
                "    return keras.Model(inputs, keras.layers.Dense(10)(x))",
            ],
        ),
    },
    "05_vgg": {
        "exercise-1": (
            [
                "def layers_needed(kernel): return kernel // 3",
                "def layers_needed(kernel): return kernel - 2",
                "def layers_needed(kernel): return 3  # right for one of them",
            ],
            [
                "def layers_needed(kernel): return 1 if kernel == 3 else 1 + layers_needed(kernel - 2)",
                "def layers_needed(kernel):\n"
                "    return next(n for n in range(99) if receptive_field([(3, 1)] * n) == kernel)",
            ],
        ),
        "exercise-4": (  # in the notebook the second
            [
                "def fold(first, second): return np.zeros((5, 5, first.shape[2], second.shape[3]))",
                "def fold(first, second):  # the corners only\n"
                "    large = np.zeros((5, 5, first.shape[2], second.shape[3]))\n"
                "    large[1:4, 1:4] = np.einsum('hwcm,hwmf->hwcf', first, second)\n"
                "    return large",
                "def fold(first, second):  # turned round, as in a true convolution\n"
                "    large = np.zeros((5, 5, first.shape[2], second.shape[3]))\n"
                "    for i, j in np.ndindex(3, 3):\n"
                "        large[2 - i : 5 - i, 2 - j : 5 - j] += first @ second[i, j]\n"
                "    return large",
            ],
            [
                "def fold(first, second):  # what the pair answers to each single pixel\n"
                "    large = np.zeros((5, 5, first.shape[2], second.shape[3]))\n"
                "    for i, j, c in np.ndindex(5, 5, first.shape[2]):\n"
                "        dot = np.zeros((5, 5, first.shape[2]))\n"
                "        dot[i, j, c] = 1\n"
                "        large[i, j, c] = reference.conv2d(reference.conv2d(dot, first), second)[0, 0]\n"
                "    return large",
            ],
        ),
        "exercise-2": (  # in the notebook the third
            [
                'my_column = COLUMNS["A"]  # cheap, and does not see as far',
                'my_column = COLUMNS["D"]  # sees as far, at twice the price',
                'my_column = "3 3 3 3 1111111"  # a 1×1 sees nothing new',
                'my_column = "3 3 3 1 5555"  # a stage without a 3',
                'my_column = "3 3 3 33333333"  # four stages',
            ],
            [
                'my_column = "3 3 3 3 3333333"',
                'my_column = "3 3 3 33 33333"',
                'my_column = "3 3 33 3 33333"',
                'my_column = "3 3 3 3 3355"',
            ],
        ),
    },
    "06_googlenet": {
        "exercise-1": (
            [
                "def parameters(channels, n1, r3, n3, r5, n5, pool):  # no biases\n"
                "    return channels * (n1 + r3 + r5 + pool) + 9 * r3 * n3 + 25 * r5 * n5",
                "def parameters(channels, n1, r3, n3, r5, n5, pool):  # all read the input\n"
                "    return channels * (n1 + r3 + 9 * n3 + r5 + 25 * n5 + pool) + n1 + r3 + n3 + r5 + n5 + pool",
            ],
            [
                "def parameters(channels, n1, r3, n3, r5, n5, pool):\n"
                "    ones = (channels + 1) * (n1 + r3 + r5 + pool)\n"
                "    return ones + (9 * r3 + 1) * n3 + (25 * r5 + 1) * n5",
                "def parameters(channels, n1, r3, n3, r5, n5, pool):\n"
                "    x = keras.Input((28, 28, channels))\n"
                "    return keras.Model(x, blocks.inception(x, n1, r3, n3, r5, n5, pool)).count_params()",
            ],
        ),
        "exercise-3": (
            [
                "def for_use(model): return model",
                "def for_use(model): return keras.Model(model.input, model.outputs[1])  # an auxiliary one",
                "def for_use(model): return keras.Model(model.input, small_googlenet(True)(model.input)[0])  # new",
            ],
            [
                "def for_use(model):\n"
                "    main = model.get_layer('main').output\n"
                "    return keras.Model(inputs=model.inputs, outputs=main, name='in_use')",
                "def for_use(model): return keras.Model(model.input, [model.outputs[0]])",
            ],
        ),
        "exercise-4": (
            [
                "initializer = keras.initializers.HeNormal",
                "initializer = keras.initializers.GlorotUniform",
                "def initializer(): return keras.initializers.RandomNormal(stddev=0.01)  # all is lost",
            ],
            [
                "def initializer(): return keras.initializers.RandomNormal(stddev=0.06)",
                "def initializer(): return keras.initializers.TruncatedNormal(stddev=0.06)",
                "def initializer(): return keras.initializers.RandomUniform(-0.09, 0.09)",
            ],
        ),
    },
    "07_resnet": {
        "exercise-1": (
            [
                "weights = 2 * 9 * 512 * 512",
                "weights = 2048 * 512 + 512 * 512 + 512 * 2048  # the 3×3 counted as a 1×1",
            ],
            ["weights = 512 * (2048 + 9 * 512 + 2048)"],
        ),
        "exercise-2": (
            [
                "def fold(kernel, gamma, beta, mean, variance, epsilon=1e-5):  # the mean is forgotten\n"
                "    return kernel * gamma / np.sqrt(variance + epsilon), beta",
                "def fold(kernel, gamma, beta, mean, variance, epsilon=1e-5):  # no root\n"
                "    return kernel * gamma / (variance + epsilon), beta - mean * gamma / (variance + epsilon)",
                "def fold(kernel, gamma, beta, mean, variance, epsilon=1e-5): return kernel, beta",
            ],
            [
                "def fold(kernel, gamma, beta, mean, variance, epsilon=1e-5):\n"
                "    scale = np.diag(gamma / np.sqrt(variance + epsilon))  # a 1×1 behind the convolution\n"
                "    return kernel @ scale, beta - mean @ scale",
            ],
        ),
        "exercise-3": (
            [
                "block = plain  # explodes",
                "block = bare  # vanishes",
                "block = residual  # adds",
                "def block(x, filters, stride=1):  # one layer\n"
                "    return layers.Conv2D(filters, 3, stride, 'same', activation='selu')(x)",
            ],
            [
                "def block(x, filters, stride=1):  # an activation that keeps the size, and its initialisation\n"
                "    kind = {'activation': 'selu', 'kernel_initializer': 'lecun_normal', 'padding': 'same'}\n"
                "    return layers.Conv2D(filters, 3, 1, **kind)(layers.Conv2D(filters, 3, stride, **kind)(x))",
                "def block(x, filters, stride=1):  # other kernels\n"
                "    for step in (stride, 1):\n"
                "        x = layers.Conv2D(filters, 3, step, 'same', kernel_initializer='orthogonal')(x)\n"
                "        x = keras.ops.tanh(x)\n"
                "    return x",
                "def block(x, filters, stride=1):  # another normalisation\n"
                "    for step in (stride, 1):\n"
                "        x = layers.Conv2D(filters, 3, step, 'same', kernel_initializer='he_normal')(x)\n"
                "        x = layers.ReLU()(layers.LayerNormalization(axis=[1, 2, 3])(x))\n"
                "    return x",
                "def block(x, filters, stride=1):  # BN, and a ReLU that lets half of the negative values through\n"
                "    for step in (stride, 1):\n"
                "        x = layers.Conv2D(filters, 3, step, 'same')(x)\n"
                "        x = layers.LeakyReLU(0.5)(layers.BatchNormalization()(x))\n"
                "    return x",
            ],
        ),
    },
    "08_densenet": {
        "exercise-1": (["reads = 128 + 32 * 10", "reads = 32 * 9"], ["reads = sum([128] + [32] * 9)"]),
        "exercise-3": (
            [
                "def numpy_block(x, kernels):  # the new maps in front\n"
                "    for kernel in kernels:\n"
                "        new = reference.conv2d(reference.relu(x), kernel, padding='same')\n"
                "        x = np.concatenate([new, x], axis=-1)\n"
                "    return x",
                "def numpy_block(x, kernels):  # no ReLU\n"
                "    for kernel in kernels:\n"
                "        x = np.concatenate([x, reference.conv2d(x, kernel, padding='same')], axis=-1)\n"
                "    return x",
                "def numpy_block(x, kernels):  # passes on what the ReLU has cut\n"
                "    for kernel in kernels:\n"
                "        x = reference.relu(x)\n"
                "        x = np.concatenate([x, reference.conv2d(x, kernel, padding='same')], axis=-1)\n"
                "    return x",
            ],
            [
                "def numpy_block(x, kernels):  # from the last layer's sight\n"
                "    if not len(kernels):\n"
                "        return x\n"
                "    x = numpy_block(x, kernels[:-1])\n"
                "    new = reference.conv2d(np.maximum(x, 0), kernels[-1], padding='same')\n"
                "    return np.append(x, new, axis=-1)",
            ],
        ),
        "exercise-4": (
            [
                "design = {'counts': (3, 3, 3), 'k': 8}  # ours: the parameters, and all the MACs",
                "design = {'counts': (1, 1, 1), 'k': 8}  # few MACs, few parameters",
                "design = {'counts': (4, 3, 2), 'k': 8}  # early layers",
            ],
            [
                "design = {'counts': (1, 1, 7), 'k': 8}",
                "design = {'counts': (1, 3, 5), 'k': 8}",
                "design = {'counts': (1, 2, 8), 'k': 7}",
            ],
        ),
    },
    "09_the_scoreboard": {
        "exercise-1": (
            [
                "parameters = 128 * 32 + 32 * 128 + 9 * 32 * 128  # no biases",
                "parameters = (128 * 32 + 32) + (128 * 128 + 128) + (9 * 128 * 128 + 128)  # both expand the input",
            ],
            ["parameters = 129 * 32 + 33 * 128 + (9 * 32 + 1) * 128"],
        ),
        "exercise-3": (
            [
                "def fire_net(): return net(nin_like)",
                "def fire_net():  # far below the budget\n"
                "    image = keras.Input((14, 14, 1))\n"
                "    x = fire(fire(image, 2, 4, 4), 2, 5, 5)\n"
                "    return keras.Model(image, layers.GlobalAveragePooling2D()(x))",
                "def fire_net():  # ends in a fully connected layer\n"
                "    image = keras.Input((14, 14, 1))\n"
                "    x = fire(layers.Conv2D(16, 3, padding='same', activation='relu')(image), 8, 16, 16)\n"
                "    x = fire(fire(halve(x), 12, 32, 32), 16, 48, 48)\n"
                "    return keras.Model(image, layers.Dense(10)(layers.GlobalAveragePooling2D()(x)))",
            ],
            [
                "def fire_net():  # two wide modules on small maps\n"
                "    image = keras.Input((14, 14, 1))\n"
                "    x = halve(layers.Conv2D(16, 3, padding='same', activation='relu')(image))\n"
                "    x = fire(fire(x, 24, 64, 64), 24, 8, 8)\n"
                "    return keras.Model(image, layers.GlobalAveragePooling2D()(layers.Conv2D(10, 1)(x)))",
                "def fire_net():  # a 5×5 first\n"
                "    image = keras.Input((14, 14, 1))\n"
                "    x = fire(layers.Conv2D(12, 5, padding='same', activation='relu')(image), 16, 16, 16)\n"
                "    x = fire(halve(x), 16, 40, 40)\n"
                "    return keras.Model(image, layers.GlobalAveragePooling2D()(layers.Conv2D(10, 1)(x)))",
                "def fire_net():  # four narrow modules\n"
                "    image = keras.Input((14, 14, 1))\n"
                "    x = fire(layers.Conv2D(8, 3, padding='same', activation='relu')(image), 8, 14, 14)\n"
                "    x = fire(fire(halve(fire(x, 8, 16, 16)), 12, 32, 32), 12, 32, 32)\n"
                "    return keras.Model(image, layers.GlobalAveragePooling2D()(layers.Conv2D(10, 1)(x)))",
            ],
        ),
        "exercise-4": (
            [
                "def entry_net(): return net(nin_like)",
                "def entry_net(): return net(vgg_like)  # accurate, and large",
                "def entry_net():  # linear\n"
                "    image = keras.Input((14, 14, 1))\n"
                "    return keras.Model(image, layers.Dense(10)(layers.Flatten()(image)))",
            ],
            [
                "def entry_net():  # AlexNet-like, without its hidden layer\n"
                "    image = keras.Input((14, 14, 1))\n"
                "    x = conv(halve(conv(halve(conv(image, 12, 5), 3), 32), 3), 32)\n"
                "    return keras.Model(image, layers.Dense(10)(layers.Flatten()(x)))",
                "def entry_net():  # VGG-like, narrow\n"
                "    image = x = keras.Input((14, 14, 1))\n"
                "    for width in (10, 16, 32):\n"
                "        x = halve(conv(conv(x, width), width))\n"
                "    return keras.Model(image, layers.Dense(10)(layers.Flatten()(x)))",
                "def entry_net():  # depthwise separable\n"
                "    image = keras.Input((14, 14, 1))\n"
                "    x = halve(conv(image, 24))\n"
                "    for width in (48, 64):\n"
                "        x = layers.SeparableConv2D(width, 3, padding='same')(x)\n"
                "        x = layers.ReLU()(layers.BatchNormalization(momentum=0.9)(x))\n"
                "    return keras.Model(image, layers.Dense(10)(layers.Flatten()(halve(x))))",
            ],
        ),
    },
    "10_after_densenet": {
        "exercise-1": (
            [
                "def left(kernel, channels): return 1 / kernel**2  # without the 1×1",
                "def left(kernel, channels): return 1 / channels + 1 / kernel",
            ],
            [
                "def left(kernel, channels):\n"
                "    return (kernel**2 * channels + channels**2) / (kernel * channels) ** 2",
            ],
        ),
        "exercise-2": (
            [
                "def depthwise(x, kernel):  # the kernel flipped, as in mathematics\n"
                "    padded, (h, w, _) = np.pad(x, ((1, 1), (1, 1), (0, 0))), x.shape\n"
                "    shifted = lambda i, j: padded[2 - i :][:h, 2 - j :][:, :w]\n"
                "    return sum(shifted(i, j) * kernel[i, j] for i in range(3) for j in range(3))",
                "def depthwise(x, kernel):  # mixes the channels\n"
                "    padded, (h, w, _) = np.pad(x, ((1, 1), (1, 1), (0, 0))), x.shape\n"
                "    found = sum(padded[i : i + h, j : j + w] * kernel[i, j] for i in range(3) for j in range(3))\n"
                "    return found.sum(axis=-1, keepdims=True) + 0 * x",
                "def depthwise(x, kernel):  # no zeros around\n"
                "    h, w, _ = x.shape\n"
                "    return sum(x[i : i + h - 2, j : j + w - 2] * kernel[i, j] for i in range(3) for j in range(3))",
            ],
            [
                "def depthwise(x, kernel):\n"
                "    padded = np.pad(x, ((1, 1), (1, 1), (0, 0)))\n"
                "    windows = np.lib.stride_tricks.sliding_window_view(padded, (3, 3), axis=(0, 1))\n"
                "    return np.einsum('hwcij,ijc->hwc', windows, kernel)",
            ],
        ),
        "exercise-3": (
            [
                "widths = 12, 32  # those of the training",
                "widths = 96, 96",
                "widths = 24, 24",
            ],
            [
                "low, high = (\n"
                "    next(w for w in range(96, 0, -4) if cost.cost(small_net(b, w)).parameters <= 50_000\n"
                "         and cost.cost(small_net(b, w)).macs <= 5_000_000)\n"
                "    for b in (full, separable)\n"
                ")\n"
                "widths = [low, high]",
            ],
        ),
    },
    "11_transfer": {
        "exercise-1": (
            ["one_mean, all_places = 2048 * 10, 49 * 2048 * 10  # no biases", "one_mean, all_places = 20_490, 20_490"],
            ["one_mean, all_places = (2048 + 1) * 10, (7 * 7 * 2048 + 1) * 10"],
        ),
        "exercise-2": (
            [
                "def class_maps(maps, matrix): return maps.mean((0, 1)) @ matrix  # the logits alone",
                "def class_maps(maps, matrix): return np.maximum(maps @ matrix, 0)  # as Grad-CAM shows them",
            ],
            ["def class_maps(maps, matrix): return (maps[..., None] * matrix).sum(axis=-2)"],
        ),
        "exercise-3": (
            ["untrained = body", "untrained = keras.Model(whole.input, whole.get_layer('fire7_concat').output)"],
            [
                "untrained = keras.models.clone_model(body)  # new random weights",
            ],
        ),
    },
}


@pytest.fixture(scope="module")
def run():
    """Run a cell's source, and return what it shows; the kernel starts and imports Keras once."""
    client = notebooks.new_client(nbformat.v4.new_notebook(), releasing.ROOT / "notebooks", timeout=300)

    def run(source):
        cell = nbformat.v4.new_code_cell(source)
        client.nb.cells.append(cell)
        client.execute_cell(cell, len(client.nb.cells) - 1)
        return output_text(cell)

    with client.setup_kernel():
        run("import course_utils\ncourse_utils.start()")
        run(f"import sys\nsys.path.append({str(Path(__file__).parent)!r})\nimport trained_once")
        yield run


@pytest.fixture(scope="module", params=NOTEBOOKS)
def notebook(request, run):
    """(name, the exercises' stubs, what each showed with its folded solution), what all answers need having run."""
    nb = notebooks.read(releasing.ROOT / "notebooks" / f"{request.param}.ipynb")
    stubs = {stub.id.removesuffix("-stub"): stub for _, stub, _ in exercises(nb)}
    listed = ANSWERS.get(request.param, {}).items()
    answers = [(name, answer) for name, kinds in listed for kind in kinds for answer in kind]
    filled = [nbformat.v4.new_code_cell(answered(stubs[name], answer)) for name, answer in answers]
    solved = {stub.id: solution for _, stub, solution in exercises(nb)}
    cells = [cell for cell in nb.cells if cell.cell_type == "code" and "slow" not in tags(cell)]
    cells = [nbformat.from_dict({**cell, "source": solved.get(cell.id, cell.source)}) for cell in cells]
    wanted = [*(cell for cell in cells if cell.id in solved), *filled]
    run("%reset -f")
    shown = {cell.id: run(cell.source) for cell in needed_cells([*cells, *filled], wanted) if cell not in filled}
    return request.param, stubs, {name: shown[stub.id] for name, stub in stubs.items()}


def answered(stub, answer):
    """The stub with an answer instead of its line to fill in."""
    lines = stub.source.splitlines()
    (place,) = [i for i, line in enumerate(lines) if "# your turn" in line]
    return "\n".join([*lines[:place], answer, *lines[place + 1 :]])


def test_folded_solutions_pass_the_checks(notebook):
    _, _, shown = notebook
    assert shown, "a lesson has an exercise"
    for exercise, text in shown.items():
        assert "ok" in text and "not yet" not in text, (exercise, text)


@pytest.mark.parametrize("notebook", ANSWERS, indirect=True)
def test_every_exercise_tells_right_from_wrong(notebook, run):
    name, stubs, _ = notebook
    assert set(stubs) == set(ANSWERS[name])
    for exercise, (wrong, right) in ANSWERS[name].items():
        for answer in wrong:
            with pytest.raises(CellExecutionError, match="AssertionError"):
                run(answered(stubs[exercise], answer))
        for answer in right:
            shown = run(answered(stubs[exercise], answer))
            assert "ok" in shown and "not yet" not in shown, (exercise, answer)
