"""Hidden checks of a5: residual and dense blocks with weights that the probe sets, and counts of any block list.

A block's weights come from pools of random numbers among the inputs: the n-th weight of a name and shape is made of row
n. The decider makes the same weights and computes the block in NumPy, so nothing that a model says of itself counts.
Which of two weights of the same shape is the first depends on how an answer is written: any order is right.
"""

import contextlib
import json
import math
import re
from functools import partial
from itertools import permutations, product

import numpy as np

from autograder.answers import Answer, attempt
from autograder.deciding import beside, close, compare, in_order, in_pair, passed, shared
from autograder.looking import drawn_weights, is_linear, living, outputs, reaches, varies
from autograder.questions import Question, distinct
from autograder.rebuild import rebuild
from course_utils.reference import average_pool, conv2d, max_pool, relu

NOTEBOOK = "../a5_residual_and_dense_blocks.ipynb"
FORBIDDEN = ("course_utils.blocks", "course_utils.cost", "course_utils.models", "course_utils.reference")
TOLERANCE = 5e-3  # of the largest value: any small epsilon of a batch normalisation will do
EXACT = 1e-12


# Question 1: add, then clip


def inputs_q1(rng):
    n, height, width, channels, more = distinct(rng, 2, 11, 5)
    return {
        "x": rng.normal(size=(n, height, width, channels)),
        "mix": rng.normal(size=(channels, channels)),
        "widen": rng.normal(size=(channels, more)),
        "project": rng.normal(size=(channels, more)),
    }


def probe_q1(residual, inputs):
    mix, widen, project = inputs["mix"], inputs["widen"], inputs["project"]
    return {
        "change and input": attempt(residual, inputs["x"], lambda x: x @ mix),
        "nothing to change": attempt(residual, inputs["x"], lambda x: 0 * x),
        "another shortcut": attempt(residual, inputs["x"], lambda x: x @ widen, lambda x: x @ project),
    }


def decide_q1(inputs, answers):
    x = inputs["x"]
    change, wide, projected = x @ inputs["mix"], x @ inputs["widen"], x @ inputs["project"]

    def hints(change, shortcut):
        return [
            (shortcut + relu(change), "The ReLU comes before the addition: first add, then clip."),
            (relu(shortcut + relu(change)), "There is a second ReLU, before the addition: the change may be negative."),
            (shortcut + change, "The ReLU after the addition is missing."),
            (relu(change), "The shortcut is missing: only the change comes out."),
            (relu(shortcut) + relu(change), "Each part is clipped by itself: first add, then clip once."),
        ]

    changed = any(answer.changed for answer in answers.values())
    nothing = "Where nothing is to be changed, x must come out, with its negative values clipped."
    written = "Your function writes into the array it was given, so the caller's maps are lost: make a new array."
    values = [
        compare("change and input", 4, answers["change and input"], relu(change + x), hints(change, x)),
        compare("another shortcut", 2, answers["another shortcut"], relu(wide + projected), hints(wide, projected)),
    ]
    ends = [  # a ReLU of the input alone has both
        compare("nothing to change", 2, answers["nothing to change"], relu(x), [(x, nothing), (0 * x, nothing)]),
        passed("inputs untouched", 2, not changed, written),
    ]
    return beside(values, ends, {message for _, message in hints(change, x)})


# Questions 2, 3 and 5: a block in Keras, with weights from the pools


def pools(rng):
    """Random numbers for weights, by the name that Keras gives a weight: row n is for the n-th of a shape."""
    signs = rng.choice([-1, 1], size=(8, 60))
    drawn = {
        "kernel": rng.normal(size=(8, 4000)),
        "bias": rng.normal(size=(8, 60)),
        "gamma": signs * rng.uniform(0.5, 2, size=(8, 60)),
        "beta": rng.normal(size=(8, 60)),
        "moving_mean": 3 * rng.normal(size=(8, 60)),
        "moving_variance": rng.uniform(1, 9, size=(8, 60)),
    }
    return {name: values.astype("float32") for name, values in drawn.items()}


def maps(rng, *shape):
    return rng.normal(size=shape).astype("float32")


def probe_blocks(block, inputs):
    """Call block(maps, *numbers) for each of the cases, give the model its weights, and run it on the case's maps."""
    import keras

    def built(case):
        x = inputs[f"{case} x"]
        arguments = [int(n) if n == int(n) else float(n) for n in inputs[f"{case} numbers"]]
        given = keras.Input(x.shape[1:])
        y = block(given, *arguments)
        if y is None:
            raise TypeError("it returned None: does every path end in `return`?")
        return keras.Model(given, y)

    def run(case):
        model, seen = built(case), {}
        numbers[case] = len(model.weights)
        for weight in model.weights:
            kind = weight.name, tuple(weight.shape)
            n = seen[kind] = seen.get(kind, -1) + 1
            pool = inputs.get(weight.name, inputs["kernel"])
            weight.assign(np.resize(pool[n % len(pool)], weight.shape))
        return keras.ops.convert_to_numpy(model(inputs[f"{case} x"]))

    found, numbers = {}, {}
    for case in map(str, inputs["cases"]):
        found[case] = attempt(run, case)
        found[f"{case} weights"] = attempt(numbers.get, case, 0)
    return found


def drawn(inputs, name, number, *shape):
    return np.resize(inputs[name][number], shape).astype("float64")


def normalised(inputs, x, number=0):
    """Batch normalisation outside of training, with statistics number `number` of x's channels."""
    channels = x.shape[-1]
    names = ("gamma", "beta", "moving_mean", "moving_variance")
    gamma, beta, mean, variance = (drawn(inputs, name, number, channels) for name in names)
    return gamma * (x - mean) / np.sqrt(variance + 1e-4) + beta


def numberings(shapes):
    """All ways to number equal shapes among themselves: for a, b, a the lists [0, 0, 1] and [1, 0, 0]."""
    places = {shape: [i for i, other in enumerate(shapes) if other == shape] for shape in shapes}
    for orders in product(*(permutations(range(len(group))) for group in places.values())):
        numbers = {
            i: n
            for group, order in zip(places.values(), orders, strict=True)
            for i, n in zip(group, order, strict=True)
        }
        yield [numbers[i] for i in range(len(shapes))]


def judged(check, points, answers, right, hints, weights, failed):
    """A Finding for a block's answer, which must be one of the arrays `right`.

    hints: pairs (function that returns the arrays a known mistake may give, what to tell who made it). weights: how
    many a right block has, told when nothing else explains the loss. failed: said of a block that cannot be built.
    """
    answer, number = answers[check], answers[f"{check} weights"].value
    if answer.value is None:
        # Shapes that do not fit are a ValueError; a slip of the pen (NameError, …) explains itself.
        why = f"{failed} ({answer.error})" if "ValueError" in answer.error else answer.error
        return compare(check, points, Answer(error=why), right[0])
    if any(close(answer.value, value, TOLERANCE) for value in right):
        return passed(check, points, True, "")
    known = []
    for values, message in hints:
        with contextlib.suppress(ValueError):  # with this mistake nothing can be computed here
            known += [(value, message) for value in values()]
    if number != weights and answer.value.shape == right[0].shape:
        miscounted = f"Your block has {number} weights, kernels and those of batch normalisation, instead of {weights}"
        known.append((answer.value, f"{miscounted}: each convolution has its own batch normalisation and no bias."))
    return compare(check, points, answer, right[0], known, TOLERANCE)


def residual_values(inputs, x, path, projection=None, end=lambda y, s: relu(y + s), inside=relu, dead=0, bare=False):
    """What a residual block may give, in any order of its weights of equal shape; nothing when it cannot be built.

    path: (size, filters, stride) of each convolution of F; projection: the stride of the 1×1 on the shortcut, or None;
    end: makes the output of F(x) and the shortcut's maps; inside: what stands between two convolutions; dead: how many
    more convolutions like the first there are whose results nobody reads; bare: the projection has no normalisation.
    """
    widths = [x.shape[-1], *(filters for _, filters, _ in path)]
    shapes = [(size, size, cin, cout) for (size, cout, _), cin in zip(path, widths, strict=False)]
    strides = [stride for _, _, stride in path]
    if projection:
        shapes.append((1, 1, widths[0], widths[-1]))
        strides.append(projection)
    made = shapes + dead * shapes[:1]
    orders = product(numberings(made), numberings([shape[-1] for shape in (shapes[: len(path)] if bare else made)]))
    values = []
    for kernels, norms in orders:

        def conv_bn(x, i, kernels=kernels, norms=norms):
            y = conv2d(x, drawn(inputs, "kernel", kernels[i], *shapes[i]), stride=strides[i], padding="same")
            return y if bare and i == len(path) else normalised(inputs, y, norms[i])

        y = conv_bn(x, 0)
        for i in range(1, len(path)):
            y = conv_bn(inside(y), i)
        with contextlib.suppress(ValueError):  # the shapes do not fit
            values.append(end(y, conv_bn(x, len(path)) if projection else x))
    return values


BARE = "The projection has no batch normalisation: it is a 1×1 convolution with the stride, and BN."


def residual_findings(points, inputs, answers, path_of):
    """Findings for the cases of a residual block, whose F is path_of(filters, stride)."""
    findings = []
    for check, worth in points.items():
        x = inputs[f"{check} x"].astype("float64")
        filters, stride = (int(n) for n in inputs[f"{check} numbers"])
        path = path_of(filters, stride)
        needed = stride if check != "identity" else None

        def values(path=path, projection=needed, x=x, **mistake):
            return partial(residual_values, inputs, x, path, projection, **mistake)

        thrown = "A convolution's output is thrown away: does each layer read the one before it?"
        hints = [
            (values(end=lambda y, s: relu(y) + s), "The ReLU comes before the addition: first add, then the ReLU."),
            (values(end=lambda y, s: y + s), "The last ReLU, the one after the addition, is missing."),
            (values(end=lambda y, s: relu(relu(y) + s)), "A ReLU too many stands before the addition."),
            (values(projection=None, end=lambda y, s: relu(y)), "The shortcut is missing: only F(x) comes out."),
            (values(inside=lambda y: y), "The ReLU between the convolutions is missing."),
            *((values(live, dead=dead), thrown) for live, dead in ((path[1:], 0), (path[:1], 0), (path[:1], 1))),
        ]
        if needed:
            hints.append((values(bare=True), BARE))
        if check == "identity":
            always = "The shortcut is projected although the shapes agree: then it is the identity."
            hints.append((values(projection=1), always))
            failed = "It did not run where the stride is 1 and the channels stay."
        elif check == "channels change":
            failed = "The channels change here and the stride is 1: the shortcut needs a projection for that alone."
        else:
            failed = "The stride is 2 here and the channels stay: the shortcut needs a projection for that alone."
            if len(path) == 3:
                later = [(1, filters, 1), (3, filters, stride), path[2]]
                hints.append((values(later), "The stride sits in the 3×3 (v1.5): here it belongs into the first 1×1."))
        weights = 5 * (len(path) + bool(needed))
        findings.append(judged(check, worth, answers, values()(), hints, weights, failed))
    return shared(findings, [BARE])


# Question 2: the basic block


def basic_path(filters, stride):
    return [(3, filters, stride), (3, filters, 1)]


def inputs_q2(rng):
    # Odd maps: on these, "same" and zeros on all four sides agree, whatever the stride.
    height, width = distinct(rng, 5, 12, 2, step=2)
    few, many, more = (int(n) for n in np.sort(distinct(rng, 3, 10, 3)))
    return pools(rng) | {
        "cases": np.array(["identity", "channels change", "stride"]),
        "identity x": maps(rng, 2, height, width, many),
        "identity numbers": np.array([many, 1]),
        "channels change x": maps(rng, 2, width, height, few),
        "channels change numbers": np.array([more, 1]),
        "stride x": maps(rng, 2, height, width, few),
        "stride numbers": np.array([few, 2]),
    }


def decide_q2(inputs, answers):
    points = {"identity": 8, "channels change": 6, "stride": 6}
    return residual_findings(points, inputs, answers, basic_path)


# Question 3: the bottleneck


def bottleneck_path(filters, stride):
    return [(1, filters, stride), (3, filters, 1), (1, 4 * filters, 1)]


def inputs_q3(rng):
    height, width = distinct(rng, 5, 12, 2, step=2)
    few, many = (int(n) for n in np.sort(distinct(rng, 2, 6, 2)))
    return pools(rng) | {
        "cases": np.array(["identity", "channels change", "stride"]),
        "identity x": maps(rng, 2, height, width, 4 * few),
        "identity numbers": np.array([few, 1]),
        "channels change x": maps(rng, 2, width, height, 4 * few + 1),
        "channels change numbers": np.array([many, 1]),
        "stride x": maps(rng, 2, height, width, 4 * many),
        "stride numbers": np.array([many, 2]),
    }


def decide_q3(inputs, answers):
    points = {"identity": 4, "channels change": 4, "stride": 4}
    return residual_findings(points, inputs, answers, bottleneck_path)


# Question 4: what a block costs


def inputs_q4(rng):
    # No multiples of 2 or 3, so that the division by the stride has to be rounded up.
    height, width = (int(n) for n in rng.permutation([7, 11, 13, 17, 19, 23, 25, 29, 31, 35, 37])[:2])
    few, filters, many = (int(n) for n in np.sort(distinct(rng, 9, 60, 3)))
    return {"height": height, "width": width, "few": few, "filters": filters, "many": many}


def probe_q4(block_cost, inputs):
    height, width, few, filters, many = (inputs[name] for name in ("height", "width", "few", "filters", "many"))
    return {
        "basic": attempt(block_cost, height, width, filters, filters),
        "wider": attempt(block_cost, height, width, few, filters),
        "strided": attempt(block_cost, height, width, filters, filters, stride=3),
        "bottleneck": attempt(block_cost, height, width, 4 * filters, filters, bottleneck=True),
        "bottleneck wider": attempt(block_cost, height, width, many, few, bottleneck=True),
        "bottleneck strided": attempt(block_cost, height, width, 4 * few, few, stride=2, bottleneck=True),
    }


def block_costs(height, width, cin, path, projected, stride, norm=2, bias=0, floor=False):
    """(parameters, MACs) of a residual block; norm, bias: parameters for each channel that a convolution makes."""
    parameters = macs = 0
    rows, columns, channels = height, width, cin
    for size, filters, step in path:
        rows, columns = ((n // step if floor else -(-n // step)) for n in (rows, columns))
        parameters += size * size * channels * filters + (norm + bias) * filters
        macs += size * size * channels * filters * rows * columns
        channels = filters
    if projected:
        parameters += cin * channels + (norm + bias) * channels
        macs += cin * channels * rows * columns
    return parameters, macs


def decide_q4(inputs, answers):
    height, width, few, filters, many = (inputs[name] for name in ("height", "width", "few", "filters", "many"))
    cases = {  # channels that come in, the convolutions of F, stride
        "basic": (filters, basic_path(filters, 1), 1),
        "wider": (few, basic_path(filters, 1), 1),
        "strided": (filters, basic_path(filters, 3), 3),
        "bottleneck": (4 * filters, bottleneck_path(filters, 1), 1),
        "bottleneck wider": (many, bottleneck_path(few, 1), 1),
        "bottleneck strided": (4 * few, bottleneck_path(few, 2), 2),
    }

    def check(title, points, name, index):
        cin, path, stride = cases[name]
        projected = stride > 1 or cin != path[-1][1]

        def count(path=path, projected=projected, **mistake):
            return block_costs(height, width, cin, path, projected, stride, **mistake)[index]

        parameter_hints = [
            (count(norm=4), "A batch normalisation has 2 trainable numbers a channel; its 2 averages are not trained."),
            (count(norm=0), "The parameters of batch normalisation are missing: 2 for each channel that it gets."),
            (count(bias=1), "Biases were counted: a convolution with batch normalisation behind it has none."),
            (count(norm=0, bias=1), "Biases were counted in place of batch normalisation's 2 numbers a channel."),
        ]
        mac_hints = [
            (count() * 2, "One multiply-accumulate is one MAC; those are the FLOPs, twice as many."),
            (count(floor=True), "An output size is rounded up, not down."),
            (
                count([(kernel, channels, 1) for kernel, channels, _ in path]),
                "Positions of the input were counted: the stride leaves fewer.",
            ),
        ]
        if projected:
            why = "the stride is not 1" if stride > 1 else "the channels change"
            missing = (count(projected=False), f"The shortcut's projection is missing: {why}.")
            bare = (count() - 2 * path[-1][1], "The projection has a batch normalisation too.")
            parameter_hints += [missing, bare]
            mac_hints.append(missing)
        else:
            extra = (count(projected=True), "A projection was counted, where the shortcut is the identity.")
            parameter_hints.append(extra)
            mac_hints.append(extra)
        if len(path) == 3 and stride > 1:
            later = [(1, path[0][1], 1), (3, path[1][1], stride), path[2]]
            mac_hints.append(
                (count(later), "The stride sits in the first 1×1 (v1), so the 3×3 works on the small map.")
            )
        hints = mac_hints if index else parameter_hints
        return compare(title, points, in_pair(answers[name], index), count(), hints, EXACT)

    return [
        check("basic parameters", 2, "basic", 0),
        check("basic MACs", 2, "basic", 1),
        check("wider parameters", 2, "wider", 0),
        check("wider MACs", 1, "wider", 1),
        check("strided parameters", 1, "strided", 0),
        check("strided MACs", 2, "strided", 1),
        check("bottleneck parameters", 2, "bottleneck", 0),
        check("bottleneck MACs", 1, "bottleneck", 1),
        check("wider bottleneck parameters", 1, "bottleneck wider", 0),
        check("strided bottleneck MACs", 2, "bottleneck strided", 1),
    ]


# Question 5: the dense block


def inputs_q5(rng):
    height, width = distinct(rng, 4, 12, 2)
    growth = int(rng.integers(4, 6))  # the example's is 3
    before = growth * 2 + int(rng.integers(1, growth))  # more than are new, so that the two differ
    # A compression whose product with the channels ends in .75: rounded down it is another number than rounded.
    compression, rest = [(0.25, 3), (0.75, 1)][int(rng.integers(2))]
    thin = before + (rest - before - 2 * growth) % 4
    return pools(rng) | {
        "cases": np.array(["one layer", "three layers", "transition"]),
        "one layer x": maps(rng, 2, height, width, before),
        "one layer numbers": np.array([1, growth]),
        "three layers x": maps(rng, 2, width, height, before),
        "three layers numbers": np.array([3, growth]),
        "transition x": maps(rng, 2, 2 * height + 1, 2 * width, thin),
        "transition numbers": np.array([2, growth, compression]),
    }


def dense_value(
    inputs, x, count, growth, compression=None, *, layer=None, join=None, act=relu, pool=average_pool, up=0
):
    """What a dense block gives, with a transition where there is a compression; the rest are places for mistakes."""
    seen = {}

    def number(name, *shape):
        seen[name, shape] = seen.get((name, shape), -1) + 1
        return seen[name, shape]

    def conv(x, filters, size):
        shape = size, size, x.shape[-1], filters
        return conv2d(x, drawn(inputs, "kernel", number("kernel", *shape), *shape), padding="same")

    def norm(x):
        return normalised(inputs, x, number("gamma", x.shape[-1]))

    first = x
    for _ in range(count):
        new = layer(x, norm, lambda x: conv(x, growth, 3)) if layer else conv(relu(norm(x)), growth, 3)
        x = join(first, x, new) if join else np.concatenate([x, new], axis=-1)
    if compression is not None and pool:
        x = pool(conv(act(norm(x)), int(compression * x.shape[-1]) + up, 1), 2)
    return x


def decide_q5(inputs, answers):
    side_by_side = "Old and new maps belong side by side on the last axis, the channels, and height and width stay."
    layer_hints = [
        (
            {"layer": lambda x, norm, conv: conv(norm(x))},
            "The ReLU between batch normalisation and convolution is missing.",
        ),
        ({"layer": lambda x, norm, conv: conv(relu(x))}, "The batch normalisation before the ReLU is missing."),
        (
            {"layer": lambda x, norm, conv: relu(norm(conv(x)))},
            "The convolution comes first in yours: the order is batch normalisation, ReLU, convolution.",
        ),
        (
            {"layer": lambda x, norm, conv: conv(norm(relu(x)))},
            "The ReLU comes first in yours: the order is batch normalisation, ReLU, convolution.",
        ),
        (
            {"join": lambda first, x, new: new},
            "Only the new maps go on: a layer passes on what it has read, and its own maps.",
        ),
        (
            {"join": lambda first, x, new: np.concatenate([new, x], axis=-1)},
            "The new maps stand in front: they belong behind the old ones.",
        ),
        (
            {"join": lambda first, x, new: np.concatenate([first, new], axis=-1)},
            "A layer reads the maps of all layers before it, not only those of the last one.",
        ),
    ]
    pool_hints = [
        ({"act": lambda x: x}, "The transition's ReLU is missing: batch normalisation, ReLU, 1×1, pooling."),
        ({"pool": max_pool}, "The transition takes the largest of each 2×2 instead of their average."),
        ({"pool": lambda x, size: x}, "The transition's pooling is missing."),
        ({"pool": None}, "There is a compression, so a transition must follow the block."),
        ({"up": 1}, "The transition makes one channel too many: compression rounds down."),
    ]
    findings = []
    for check, points in {"one layer": 5, "three layers": 6, "transition": 5}.items():
        x = inputs[f"{check} x"].astype("float64")
        count, growth, *compression = inputs[f"{check} numbers"]
        value = partial(dense_value, inputs, x, int(count), int(growth))
        mistakes, failed = layer_hints, side_by_side
        if compression:
            value = partial(value, *compression)
            mistakes = [*layer_hints, *pool_hints]
            failed = (
                "Here a transition follows the block: its compression is rounded down to a whole number of channels."
            )
        hints = [(lambda value=value, mistake=mistake: [value(**mistake)], message) for mistake, message in mistakes]
        weights = 5 * (int(count) + bool(compression))
        findings.append(judged(check, points, answers, [value()], hints, weights, failed))
    return findings


# Question 6: channels and parameters of any block list


def densenet_count(
    counts, growth, channels, compression, norm=2, bias=0, carried=True, last=False, thin=False, keep=int
):
    """(channels at the end of each block, parameters); norm, bias: parameters for each channel normalised, or made."""
    widths, parameters = [], 0
    for block, count in enumerate(counts):
        for _ in range(count):
            steps = [(channels, 9, growth)] if thin else [(channels, 1, 4 * growth), (4 * growth, 9, growth)]
            parameters += sum(norm * reads + size * reads * makes + bias * makes for reads, size, makes in steps)
            channels += growth
        widths.append(channels)
        if last or block < len(counts) - 1:
            makes = keep(compression * channels)
            parameters += norm * channels + channels * makes + bias * makes
            channels = makes if carried else channels
    return np.array(widths), parameters


def inputs_q6(rng):
    growth, channels = distinct(rng, 9, 40, 2)
    counts = rng.integers(3, 9, size=3)
    compression, rest = [(0.25, 3), (0.75, 1)][int(rng.integers(2))]
    channels += int(rest - channels - growth * counts[0]) % 4  # so that rounding up or to the nearest is seen
    return {"counts": counts, "growth": growth, "channels": channels, "compression": compression}


def probe_q6(densenet_counts, inputs):
    counts = [int(n) for n in inputs["counts"]]
    rest = inputs["growth"], inputs["channels"], inputs["compression"]

    def part(index, *arguments):
        answer = densenet_counts(*arguments)
        if answer is None or answer is ...:
            return answer
        if not isinstance(answer, tuple | list) or len(answer) != 2:
            raise TypeError("it did not return a pair (widths, parameters)")
        return answer[index]

    return {
        "channels of one block": attempt(part, 0, counts[:1], *rest),
        "channels of three blocks": attempt(part, 0, counts, *rest),
        "parameters of one block": attempt(part, 1, counts[:1], *rest),
        "parameters of three blocks": attempt(part, 1, counts, *rest),
    }


def decide_q6(inputs, answers):
    counts, growth, channels, compression = (inputs[name] for name in ("counts", "growth", "channels", "compression"))
    counts = [int(n) for n in counts]

    def check(title, points):
        index, blocks = int(title.startswith("parameters")), counts if "three" in title else counts[:1]

        def count(**mistake):
            return densenet_count(blocks, growth, channels, compression, **mistake)[index]

        rounded = "A transition's channels are rounded down, neither up nor to the nearest."
        doubled = [channels * 2 ** sum(blocks[: n + 1]) for n in range(len(blocks))]
        hints = [
            (count(carried=False), "The next block starts with what the transition leaves, not with all channels."),
            (count(last=True), "No transition follows the last block."),
            (count(keep=round), rounded),
            (count(keep=math.ceil), rounded),
        ]
        if index == 0:
            hints.append((doubled, "Channels grow by the same number in each layer, not by a factor."))
            hints.append((np.array(count()) - growth, "That is what the last layer reads; its own maps come on top."))
        else:
            norms = "A batch normalisation has 2 trainable numbers a channel; its 2 averages are not trained."
            hints += [
                (count(norm=4), norms),
                (count(norm=0), "The parameters of batch normalisation are missing: 2 for each channel that it reads."),
                (count(bias=1), "Biases were counted: none of these convolutions has one."),
                (
                    count(thin=True),
                    "The bottleneck is missing: a 1×1 to 4 times the growth rate stands before each 3×3.",
                ),
            ]
        return compare(title, points, answers[title], count(), hints, EXACT)

    return [
        check("channels of one block", 3),
        check("channels of three blocks", 4),
        check("parameters of one block", 4),
        check("parameters of three blocks", 3),
    ]


# Question 7: design a deep network


DEEP, SHORT = 20, 8  # layers with weights: on the longest way at least, on the shortest at most
LOWEST, HIGHEST = 1e-3, 1e3  # norm of the first kernel's gradient at the start


def inputs_q7(rng):
    height, width = distinct(rng, 10, 15, 2)
    return {
        "shape": np.array([height, width, int(rng.integers(1, 4))]),
        "classes": int(rng.integers(4, 12)),
        "small": int(rng.integers(15_000, 20_000)),
        "large": int(rng.integers(60_000, 90_000)),
        "hidden images": maps(rng, 32, height, width, 1),
    }


def probe_q7(deep_network, inputs):
    import keras

    def configuration(budget):
        model = deep_network(tuple(int(n) for n in inputs["shape"]), inputs["classes"], budget)
        if not isinstance(model, keras.Model):
            raise TypeError(f"it returned a {type(model).__name__}, not a keras.Model")
        return model.to_json()

    return {size: attempt(configuration, inputs[size]) for size in ("small", "large")}


def ways(model, alive):
    """(names on the shortest way, number on the longest) of layers with weights between image and output of a model.

    alive: names of the layers that the output depends on; others are no part of any way.
    """
    config, found = json.loads(model.to_json())["config"], {}
    for layer in config["layers"]:
        before = re.findall(r'"keras_history": \["(.+?)"', json.dumps(layer.get("inbound_nodes", [])))
        ends = [found[name] for name in before] or [([], 0)]
        own = [layer["name"]] if layer["name"] in alive else []
        found[layer["name"]] = min((way for way, _ in ends), key=len) + own, max(most for _, most in ends) + len(own)
    end = config["output_layers"]  # [name, …], or a list with one of these
    return found[end[0][0] if isinstance(end[0], list) else end[0]]


def first_gradient(model, inputs):
    """Norm of the loss's gradient for the first kernel of a freshly initialised copy of the model, in training."""
    import keras

    from course_utils.checks import gradient_norms

    fresh = keras.models.clone_model(model)
    images = inputs["hidden images"] * np.linspace(0.5, 1, inputs["shape"][2], dtype="float32")
    labels = np.arange(len(images)) % inputs["classes"]
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    norms = list(gradient_norms(fresh, images, labels, loss).values())
    kernels = [norm for norm, weight in zip(norms, fresh.trainable_variables, strict=True) if len(weight.shape) > 1]
    return kernels[0] if kernels else 0.0


def decide_q7(inputs, answers):
    import keras

    points = {"image to logits": 2, "deep": 3, "a short way": 2, "budget": 3, "gradient at the start": 2}
    found = {}
    for size in ("small", "large"):
        answer = answers[size]
        if answer.value is None:
            failed = answer.error if answer.error == "not started" else f"It did not give a network. {answer.error}."
            return [passed(check, worth, False, failed) for check, worth in points.items()]
        try:
            model = rebuild(str(answer.value))
            if isinstance(model, keras.Sequential) or any(isinstance(layer, keras.Model) for layer in model.layers):
                raise ValueError("it is a Sequential model, or has a model inside")
            found[size] = model, (0, 0)
        except (ValueError, KeyError) as error:  # KeyError: a layer that reads itself
            failed = f"Use layers of keras.layers, each once, in one functional model, so that it can be read: {error}."
            return [passed(check, worth, False, failed) for check, worth in points.items()]
    shape, classes = tuple(int(n) for n in inputs["shape"]), inputs["classes"]
    sizes = {size: sum(int(np.prod(w.shape)) for w in model.trainable_variables) for size, (model, _) in found.items()}
    shapes = [(model.input_shape, model.output_shape) for model, _ in found.values()]
    fits = all(pair == ((None, *shape), (None, classes)) for pair in shapes)
    given = f"An image of {shape} should give {classes} logits: yours is {shapes[0]}."
    linear, around = False, True
    small = all(model.count_params() < 10 * inputs[size] for size, (model, _) in found.items())
    if small and all(seen == (None, *shape) and isinstance(made, tuple) for seen, made in shapes):
        rng = np.random.default_rng(0)
        images = rng.normal(size=(4, *shape))
        for size, (model, _) in found.items():
            if not varies(model, images, rng):
                told = "The outputs are the same for all images: does anything of an image reach the end?"
                return [passed(check, worth, False, told) for check, worth in points.items()]
            way, most = ways(model, living(model, images, rng))
            around &= reaches(model, images, rng, way)
            found[size] = model, (len(way), most)
            drawn_outputs = np.stack([outputs(model, drawn_weights(model, rng), images) for _ in range(3)])
            if fits and (drawn_outputs >= 0).all():
                fits = False
                given = "No output is ever negative: is there a softmax, or another activation, at the end?"
            linear |= is_linear(model, images, rng)
    least, most = (pick(way[i] for _, way in found.values()) for i, pick in ((0, max), (1, min)))
    spent = "; ".join(f"{sizes[size]:,} trainable parameters for a budget of {inputs[size]:,}" for size in sizes)
    measurable = small and shapes[0] == ((None, *shape), (None, classes))
    norm = first_gradient(found["small"][0], inputs) if measurable else float("nan")
    trouble = f"{'vanishes' if norm < LOWEST else 'explodes'}: its norm at the start is {norm:.1e}."
    if not measurable:
        trouble = "needs a network of the right shape and size."
    alike = "Without an activation all these layers do what a single one could do."
    if not around:
        short = "Nothing of the image gets through the shortest way alone: it is a way on paper."
    else:
        short = f"Even the shortest way has {least} layers with weights, more than {SHORT}: shortcuts must lead around."
    verdicts = {
        "image to logits": (fits, given),
        "deep": (
            most >= DEEP and not linear,
            alike if linear else f"The longest way has {most} layers with weights that count, fewer than {DEEP}.",
        ),
        "a short way": (
            least <= SHORT and around and not linear,
            alike if linear else short,
        ),
        "budget": (
            all(inputs[size] / 2 <= sizes[size] <= inputs[size] for size in sizes),
            f"Spend at most the budget, and at least half of it. Yours: {spent}.",
        ),
        "gradient at the start": (
            LOWEST <= norm <= HIGHEST,
            f"The gradient for the first kernel {trouble}",
        ),
    }
    findings = [passed(check, worth, *verdicts[check]) for check, worth in points.items()]
    free = [finding for finding in findings if finding.check in ("a short way", "budget")]  # a dead network has both
    return in_order(beside([finding for finding in findings if finding not in free], free), points)


QUESTIONS = (
    Question("a5-q1", 10, "residual", inputs_q1, probe_q1, decide_q1),
    Question("a5-q2", 20, "basic_block", inputs_q2, probe_blocks, decide_q2),
    Question("a5-q3", 12, "bottleneck_block", inputs_q3, probe_blocks, decide_q3, needs=("a5-q2",)),
    Question("a5-q4", 16, "block_cost", inputs_q4, probe_q4, decide_q4, needs=("a5-q2", "a5-q3")),
    Question("a5-q5", 16, "dense_block", inputs_q5, probe_blocks, decide_q5),
    Question("a5-q6", 14, "densenet_counts", inputs_q6, probe_q6, decide_q6),
    Question("a5-q7", 12, "deep_network", inputs_q7, probe_q7, decide_q7, needs=tuple(f"a5-q{n}" for n in range(2, 7))),
)
