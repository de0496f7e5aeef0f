"""Hidden checks of a5: blocks with weights that the probe sets, batch normalisation, and networks that it broke.

A block's weights come from pools of random numbers among the inputs: the n-th weight of a name and shape is made of row
n. The decider makes the same weights and computes the block in NumPy, so nothing that a model says of itself counts.
Which of two weights of the same shape is the first depends on how an answer is written: any order is right.
"""

import contextlib
import json
import re
from functools import partial
from itertools import permutations, product

import numpy as np

from autograder.answers import Answer, attempt
from autograder.deciding import beside, close, compare, in_order, passed, shared
from autograder.looking import drawn_weights, is_linear, living, outputs, reaches, varies
from autograder.questions import Question, distinct
from autograder.rebuild import rebuild
from autograder.sentences import say
from course_utils.reference import average_pool, conv2d, max_pool, relu

NOTEBOOK = "../a5_residual_and_dense_blocks.ipynb"
FORBIDDEN = ("course_utils.blocks", "course_utils.cost", "course_utils.models", "course_utils.reference")
TOLERANCE = 5e-3  # of the largest value: any small epsilon of a batch normalisation will do


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
            (shortcut + relu(change), say("The ReLU comes before the addition: first add, then clip.")),
            (
                relu(shortcut + relu(change)),
                say("There is a second ReLU, before the addition: the change may be negative."),
            ),
            (shortcut + change, say("The ReLU after the addition is missing.")),
            (relu(change), say("The shortcut is missing: only the change comes out.")),
            (relu(shortcut) + relu(change), say("Each part is clipped by itself: first add, then clip once.")),
        ]

    changed = any(answer.changed for answer in answers.values())
    nothing = say("Where nothing is to be changed, x must come out, with its negative values clipped.")
    written = say("Your function writes into the array it was given, so the caller's maps are lost: make a new array.")
    values = [
        compare("change and input", 4, answers["change and input"], relu(change + x), hints(change, x)),
        compare("another shortcut", 2, answers["another shortcut"], relu(wide + projected), hints(wide, projected)),
    ]
    ends = [  # a ReLU of the input alone has both
        compare("nothing to change", 2, answers["nothing to change"], relu(x), [(x, nothing), (0 * x, nothing)]),
        passed("inputs untouched", 2, not changed, written),
    ]
    return beside(values, ends, {message for _, message in hints(change, x)})


# Questions 2, 5 and 6: a block in Keras, with weights from the pools


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
    """Call block(maps, *numbers) for each of the cases, give the model its weights, and run it on the case's maps.

    Where a case has a builder, block(its name) gives the pair (name of a bug, the block to be called).
    """
    import keras

    def pair(name):
        answer = block(name)
        if answer is None or answer is ...:
            return answer, answer
        if not isinstance(answer, tuple | list) or len(answer) != 2 or not callable(answer[1]):
            raise TypeError(say("it did not return a pair (name of the bug, builder)"))
        return answer

    def built(case):
        x = inputs[f"{case} x"]
        make = block
        if f"{case} builder" in inputs:
            make = pair(str(inputs[f"{case} builder"]))[1]
            if make is ...:
                raise NotImplementedError
        arguments = [int(n) if n == int(n) else float(n) for n in inputs[f"{case} numbers"]]
        given = keras.Input(x.shape[1:])
        y = make(given, *arguments)
        if y is None:
            raise TypeError(say("it returned None: does every path end in `return`?"))
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
    for name in map(str, inputs.get("named", ())):
        found[f"{name} named"] = attempt(lambda name=name: pair(name)[0])
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
        why = failed + " (" + answer.error + ")" if "ValueError" in answer.error else answer.error
        return compare(check, points, Answer(error=why), right[0])
    if any(close(answer.value, value, TOLERANCE) for value in right):
        return passed(check, points, True, "")
    known = []
    for values, message in hints:
        with contextlib.suppress(ValueError):  # with this mistake nothing can be computed here
            known += [(value, message) for value in values()]
    if number != weights and answer.value.shape == right[0].shape:
        miscounted = say(
            "Your block has {number} weights, kernels and those of batch normalisation, instead of {weights}: "
            "each convolution has its own batch normalisation and no bias.",
            number=number,
            weights=weights,
        )
        known.append((answer.value, miscounted))
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


BARE = say("The projection has no batch normalisation: it is a 1×1 convolution with the stride, and BN.")


def residual_findings(points, inputs, answers, path_of):
    """Findings for the cases of a residual block, whose F is path_of(filters, stride)."""
    findings = []
    for check, worth in points.items():
        x = inputs[f"{check} x"].astype("float64")
        filters, stride = (int(n) for n in inputs[f"{check} numbers"])
        path = path_of(filters, stride)
        needed = None if check.endswith("identity") else stride

        def values(path=path, projection=needed, x=x, **mistake):
            return partial(residual_values, inputs, x, path, projection, **mistake)

        thrown = say("A convolution's output is thrown away: does each layer read the one before it?")
        hints = [
            (
                values(end=lambda y, s: relu(y) + s),
                say("The ReLU comes before the addition: first add, then the ReLU."),
            ),
            (values(end=lambda y, s: y + s), say("The last ReLU, the one after the addition, is missing.")),
            (values(end=lambda y, s: relu(relu(y) + s)), say("A ReLU too many stands before the addition.")),
            (values(projection=None, end=lambda y, s: relu(y)), say("The shortcut is missing: only F(x) comes out.")),
            (values(inside=lambda y: y), say("The ReLU between the convolutions is missing.")),
            *((values(live, dead=dead), thrown) for live, dead in ((path[1:], 0), (path[:1], 0), (path[:1], 1))),
            (values([*path[:1], *path[2:]]), thrown),
        ]
        if needed:
            hints.append((values(bare=True), BARE))
        if check.endswith("identity"):
            always = say("The shortcut is projected although the shapes agree: then it is the identity.")
            hints.append((values(projection=1), always))
            failed = say("It did not run where the stride is 1 and the channels stay.")
        elif check == "channels change":
            failed = say(
                "The channels change here and the stride is 1: the shortcut needs a projection for that alone."
            )
        else:
            failed = say("The stride is 2 here and the channels stay: the shortcut needs a projection for that alone.")
            if len(path) == 3:
                later = [(1, filters, 1), (3, filters, stride), path[2]]
                hints.append(
                    (values(later), say("The stride sits in the 3×3 (v1.5): here it belongs into the first 1×1."))
                )
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
    points = {say("identity"): 6, say("channels change"): 4, say("stride"): 4}
    return residual_findings(points, inputs, answers, basic_path)


# Question 3: batch normalisation, forward


def inputs_q3(rng):
    n, height, width, channels = distinct(rng, 2, 7, 4)
    return {
        "x": rng.uniform(2, 5, size=channels) * rng.normal(size=(n, height, width, channels))
        + rng.normal(size=channels),
        "gamma": rng.uniform(1.5, 3, size=channels),
        "beta": rng.uniform(1, 2, size=channels),
        "mean": rng.uniform(3, 6, size=channels),
        "variance": rng.uniform(2, 4, size=channels),
        "momentum": float(rng.choice([0.2, 0.3, 0.7, 0.8])),  # neither the default, nor the same from both ends
        "epsilon": float(rng.uniform(0.4, 0.8)),  # so large that its place is seen
    }


def probe_q3(batch_norm, inputs):
    def part(training, *indices):
        def called(*arrays):
            more = {"momentum": inputs["momentum"], "epsilon": inputs["epsilon"]}
            answer = batch_norm(*arrays, training, **more)
            if answer is None or answer is ...:
                return answer
            if not isinstance(answer, tuple | list) or len(answer) != 3:
                raise TypeError(say("it did not return three arrays (y, mean, variance)"))
            return answer[indices[0]] if len(indices) == 1 else [answer[index] for index in indices]

        return attempt(called, *(inputs[name] for name in ("x", "gamma", "beta", "mean", "variance")))

    return {
        "training": part(True, 0),
        "inference": part(False, 0),
        "averages move": part(True, 1, 2),
        "averages stay": part(False, 1, 2),
    }


SLIPS = {
    "axes": say(
        "Mean and variance are taken over the wrong axes: one number for each channel, over images and positions."
    ),
    "unbiased": say(
        "The variance is divided by one less than the number of values: here it is their plain mean square."
    ),
    "outside": say("The epsilon stands outside of the square root: it is added to the variance."),
    "fixed": say("The epsilon that was handed over had no effect."),
    "root": say("Divide by the square root of the variance, not by the variance."),
    "scale": say("gamma has no effect: it multiplies what has been normalised."),
    "shift": say("beta has no effect: it is added at the end."),
    "early": say("beta is added before gamma multiplies: gamma scales what has been normalised, then beta shifts it."),
}


def decide_q3(inputs, answers):
    x, gamma, beta, momentum, epsilon = (inputs[name] for name in ("x", "gamma", "beta", "momentum", "epsilon"))
    kept = np.stack([inputs["mean"], inputs["variance"]])

    def taken(axes, less=0):
        values = x.mean(axes), x.var(axes, ddof=less)
        return [np.expand_dims(value, axes) for value in values] if axes else values

    def normal(mean, variance, mistake=""):
        small = 1e-5 if mistake == "fixed" else epsilon
        root = np.sqrt(variance) + epsilon if mistake == "outside" else np.sqrt(variance + small)
        y = (x - mean) / (variance + epsilon if mistake == "root" else root)
        if mistake == "early":
            return gamma * (y + beta)
        return (1 if mistake == "scale" else gamma) * y + (0 if mistake == "shift" else beta)

    def moved(mean, variance, share=momentum):
        with np.errstate(all="ignore"):
            return np.stack([share * old + (1 - share) * new for old, new in zip(kept, (mean, variance), strict=True)])

    batch = x.mean((0, 1, 2)), x.var((0, 1, 2))
    unbiased = batch[0], x.var((0, 1, 2), ddof=1)
    others = [taken(axes) for axes in ((0,), (1, 2), (0, 1), (0, 2), (3,), (0, 1, 2, 3))]
    rows = [(x.mean(axes), x.var(axes)) for axes in ((0,), (1, 2), (0, 1), (0, 2))] + [(x.mean(), x.var())]
    same = [(mistake, SLIPS[mistake]) for mistake in ("outside", "fixed", "root", "scale", "shift", "early")]
    gap = say(
        "In training the moving averages were used: there each batch is normalised with its own mean and variance."
    )
    late = say("In training y was made with the averages after they had moved: use this batch's own mean and variance.")
    train = [
        (normal(*kept), gap),
        (normal(*moved(*batch)), late),
        (normal(*unbiased), SLIPS["unbiased"]),
        *((normal(*values), SLIPS["axes"]) for values in others),
        *((normal(*batch, mistake), told) for mistake, told in same),
    ]
    own = say(
        "In inference the batch's own mean and variance were used: there an image must not depend on its neighbours."
    )
    infer = [
        (normal(*batch), own),
        (normal(*moved(*batch)), say("In inference the averages were moved first: there they are used as they are.")),
        (normal(*unbiased), own),
        *((normal(*kept, mistake), told) for mistake, told in same),
    ]
    turned = say("Momentum is the share that the old average keeps; yours is the share of the new value.")
    move = [
        (moved(*batch, share=1 - momentum), turned),
        (moved(*batch, share=0.9), say("The momentum that was handed over had no effect.")),
        (moved(*batch, share=0.99), say("The momentum that was handed over had no effect.")),
        (kept, say("The averages did not move: in training each takes a step towards this batch's value.")),
        (
            np.stack(batch),
            say("The batch's values came back alone: an average keeps the share `momentum` of what it was."),
        ),
        (moved(*unbiased), SLIPS["unbiased"]),
        (moved(batch[0], np.sqrt(batch[1])), say("A moving standard deviation came back: the variance is asked for.")),
        *((moved(*values), SLIPS["axes"]) for values in rows if np.shape(values[0]) in ((), kept[0].shape)),
    ]
    moving = answers["averages move"]
    shape = moving.value.shape if moving.value is not None else kept.shape
    if shape != kept.shape:
        third = passed("averages move", 4, False, SLIPS["axes"])
    else:
        third = compare("averages move", 4, moving, moved(*batch), move)
    core = shared(
        [
            compare("training", 5, answers["training"], normal(*batch), train),
            compare("inference", 4, answers["inference"], normal(*kept), infer),
            third,
        ],
        SLIPS.values(),
    )
    stay = say("In inference the averages must come back as they were: they move in training only.")
    changed = any(answer.changed for answer in answers.values())
    ends = [
        compare("averages stay", 2, answers["averages stay"], kept, [(moved(*batch), stay)]),
        passed(
            "inputs untouched", 1, not changed, say("Your function writes into an array it was given: make a new one.")
        ),
    ]
    return beside(core, ends, {told for _, told in (*train, *infer, *move)})


# Question 4: networks broken by the gap between training and inference


PATIENTS = {  # name of the check: (its layers' widths, how it was broken, what is to be said of it)
    "few steps": ((5, 4), "few", "averages"),
    "no steps": ((4, 6, 5), "none", "averages"),
    "training=True": ((6, 5, 3), "left in", "training=True"),
    "healthy": ((3, 6), "no", "healthy"),
}
EPSILON = 1e-3


def inputs_q4(rng):
    found = {"cases": np.array(list(PATIENTS))}
    height, width = distinct(rng, 4, 8, 2)
    for case, (widths, broken, _) in PATIENTS.items():
        order = [int(n) for n in rng.permutation(widths)]
        found |= {f"{case} widths": np.array(order), f"{case} broken": broken}
        for part, number in (("images", 12), ("new images", 4)):
            offset = rng.uniform(2, 4, size=3) + rng.normal(size=(number, 1, 1, 1))
            found[f"{case} {part}"] = (2 * rng.normal(size=(number, height, width, 3)) + offset).astype("float32")
        for place, (reads, makes) in enumerate(zip([3, *order], order, strict=False)):
            kernel = rng.normal(size=(3, 3, reads, makes)) / np.sqrt(reads)
            found[f"{case} kernel {place}"] = kernel.astype("float32")
            found[f"{case} norm {place}"] = rng.uniform(0.5, 2, size=(2, makes)).astype("float32")
        found[f"{case} dense"] = rng.normal(size=(order[-1] + 1, 4)).astype("float32")
    return found


def probe_q4(mend, inputs):
    import keras
    from keras import layers

    def broken(case):
        how, widths = str(inputs[f"{case} broken"]), inputs[f"{case} widths"].tolist()
        images = inputs[f"{case} images"]
        momentum, training = (0.999 if how in ("few", "none") else 0.9), (True if how == "left in" else None)
        x = image = keras.Input((None, None, 3))
        for width in widths:
            x = layers.Conv2D(width, 3, padding="same", use_bias=False)(x)
            x = layers.ReLU()(layers.BatchNormalization(momentum=momentum, epsilon=1e-3)(x, training=training))
        network = keras.Model(image, layers.Dense(4)(layers.GlobalAveragePooling2D()(x)))
        norms = [layer for layer in network.layers if isinstance(layer, layers.BatchNormalization)]
        kernels = [layer for layer in network.layers if isinstance(layer, layers.Conv2D)]
        for place, (kernel, norm) in enumerate(zip(kernels, norms, strict=True)):
            kernel.kernel.assign(inputs[f"{case} kernel {place}"])
            norm.gamma.assign(inputs[f"{case} norm {place}"][0])
            norm.beta.assign(inputs[f"{case} norm {place}"][1] - 1)
            if how in ("no", "left in"):
                norm.momentum = 0.0  # one step then takes an average all the way
        network.layers[-1].set_weights([inputs[f"{case} dense"][:-1], inputs[f"{case} dense"][-1]])
        for _ in range({"few": 20, "none": 0}.get(how, 1)):
            network(images, training=True)
        for norm in norms:
            norm.momentum = momentum
        return network, images

    def mended(case):
        network, images = broken(case)
        answer = mend(network, np.array(images))
        if answer is None or answer is ...:
            return answer, answer
        if not isinstance(answer, tuple | list) or len(answer) != 2:
            raise TypeError(say("it did not return a pair (cause, network)"))
        return answer

    def outputs(case):
        cause, network = mended(case)
        if network is None or network is ...:
            return network
        causes[case] = cause
        alone = [network(image[None]) for image in inputs[f"{case} new images"]]
        return np.concatenate([keras.ops.convert_to_numpy(y) for y in alone])

    causes, found = {}, {}
    for case in map(str, inputs["cases"]):
        found[case] = attempt(outputs, case)
        found[f"{case} cause"] = attempt(lambda case=case: str(causes[case]))
    return found


def tower_values(inputs, case, *, averages="right"):
    """What the network of a case gives for its new images, one at a time.

    averages: those of the images it was trained on ("right"), those it has (the start and a share of the right ones,
    "kept"), those of each new image ("own"), or those taken layer by layer from a network that still has wrong ones
    ("chained").
    """
    seen, new = (inputs[f"{case} {part}"].astype("float64") for part in ("images", "new images"))
    share = {"few": 0.999**20, "none": 1.0}.get(inputs[f"{case} broken"], 0.0)  # of the start in what it has
    for place in range(len(inputs[f"{case} widths"])):
        kernel = inputs[f"{case} kernel {place}"].astype("float64")
        gamma, beta = inputs[f"{case} norm {place}"].astype("float64")
        seen, new = (conv2d(x, kernel, padding="same") for x in (seen, new))
        right = np.stack([seen.mean((0, 1, 2)), seen.var((0, 1, 2))])
        kept = share * np.stack([0 * right[0], 0 * right[0] + 1]) + (1 - share) * right

        def normal(x, values, gamma=gamma, beta=beta - 1):
            return relu(gamma * (x - values[0]) / np.sqrt(values[1] + EPSILON) + beta)

        if averages == "own":
            new = normal(new, np.stack([new.mean((1, 2), keepdims=True), new.var((1, 2), keepdims=True)]))
        else:
            new = normal(new, kept if averages == "kept" else right)
        seen = normal(seen, kept if averages == "chained" else right)
    weights = inputs[f"{case} dense"].astype("float64")
    return new.mean((1, 2)) @ weights[:-1] + weights[-1]


def decide_q4(inputs, answers):
    points = {say("few steps"): 4, say("no steps"): 3, say("training=True"): 4}

    def check(case, worth):
        right = tower_values(inputs, case)
        hints = [
            (
                tower_values(inputs, case, averages="kept"),
                say("Its averages are still those it came with: measure them anew on the images."),
            ),
            (
                tower_values(inputs, case, averages="own"),
                say("Shown one image, it still uses that image's own statistics: training=True is still there."),
            ),
            (
                tower_values(inputs, case, averages="chained"),
                say("The averages of a later layer were taken while the layers before it still had wrong ones."),
            ),
        ]
        return compare(case, worth, answers[case], right, hints, TOLERANCE)

    findings = [check(case, worth) for case, worth in points.items()]
    told = {case: answers[f"{case} cause"] for case in PATIENTS}
    wrong = [case for case, answer in told.items() if answer.value is None or str(answer.value) != PATIENTS[case][2]]
    told_of = {
        "few steps": say("A network whose averages had taken few steps is not named so."),
        "no steps": say("A network whose averages had never moved is not named so."),
        "training=True": say("A network with training=True left in is not named so."),
        "healthy": say("A healthy network is taken for a broken one."),
    }
    first = wrong[0] if wrong else "healthy"
    stopped = answers[first].value is None  # the cause is told with the network, or not at all
    message = compare(first, 4, answers[first], 0).message if stopped else told_of[first]
    named = passed("causes", 4, not wrong, message)
    return in_order(beside([*findings, named], [check(say("healthy"), 1)]), [*points, "healthy", "causes"])


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
    side_by_side = say(
        "Old and new maps belong side by side on the last axis, the channels, and height and width stay."
    )
    layer_hints = [
        (
            {"layer": lambda x, norm, conv: conv(norm(x))},
            say("The ReLU between batch normalisation and convolution is missing."),
        ),
        ({"layer": lambda x, norm, conv: conv(relu(x))}, say("The batch normalisation before the ReLU is missing.")),
        (
            {"layer": lambda x, norm, conv: relu(norm(conv(x)))},
            say("The convolution comes first in yours: the order is batch normalisation, ReLU, convolution."),
        ),
        (
            {"layer": lambda x, norm, conv: conv(norm(relu(x)))},
            say("The ReLU comes first in yours: the order is batch normalisation, ReLU, convolution."),
        ),
        (
            {"join": lambda first, x, new: new},
            say("Only the new maps go on: a layer passes on what it has read, and its own maps."),
        ),
        (
            {"join": lambda first, x, new: np.concatenate([new, x], axis=-1)},
            say("The new maps stand in front: they belong behind the old ones."),
        ),
        (
            {"join": lambda first, x, new: np.concatenate([first, new], axis=-1)},
            say("A layer reads the maps of all layers before it, not only those of the last one."),
        ),
    ]
    pool_hints = [
        ({"act": lambda x: x}, say("The transition's ReLU is missing: batch normalisation, ReLU, 1×1, pooling.")),
        ({"pool": max_pool}, say("The transition takes the largest of each 2×2 instead of their average.")),
        ({"pool": lambda x, size: x}, say("The transition's pooling is missing.")),
        ({"pool": None}, say("There is a compression, so a transition must follow the block.")),
        ({"up": 1}, say("The transition makes one channel too many: compression rounds down.")),
    ]
    findings = []
    for check, points in {say("one layer"): 4, say("three layers"): 4, say("transition"): 4}.items():
        x = inputs[f"{check} x"].astype("float64")
        count, growth, *compression = inputs[f"{check} numbers"]
        value = partial(dense_value, inputs, x, int(count), int(growth))
        mistakes, failed = layer_hints, side_by_side
        if compression:
            value = partial(value, *compression)
            mistakes = [*layer_hints, *pool_hints]
            failed = say(
                "Here a transition follows the block: its compression is rounded down to a whole number of channels."
            )
        hints = [(lambda value=value, mistake=mistake: [value(**mistake)], message) for mistake, message in mistakes]
        weights = 5 * (int(count) + bool(compression))
        findings.append(judged(check, points, answers, [value()], hints, weights, failed))
    return findings


# Question 6: builders with a bug


SUSPECTS = {"bottleneck": "discarded", "preactivated": "wrong shortcut", "dense_layers": "shared"}
NAMED = {  # what their checks are called
    "bottleneck": say("bottleneck named"),
    "preactivated": say("preactivated named"),
    "dense_layers": say("dense_layers named"),
}


def inputs_q6(rng):
    height, width = distinct(rng, 5, 10, 2, step=2)
    few, many = (int(n) for n in np.sort(distinct(rng, 2, 5, 2)))
    growth = int(rng.integers(3, 5))
    return pools(rng) | {
        "cases": np.array(["bottleneck identity", "bottleneck stride", "preactivated", "dense_layers"]),
        "named": np.array(list(SUSPECTS)),
        "bottleneck identity builder": "bottleneck",
        "bottleneck identity x": maps(rng, 2, height, width, 4 * few),
        "bottleneck identity numbers": np.array([few, 1]),
        "bottleneck stride builder": "bottleneck",
        "bottleneck stride x": maps(rng, 2, width, height, 4 * many),
        "bottleneck stride numbers": np.array([many, 2]),
        "preactivated builder": "preactivated",
        "preactivated x": maps(rng, 2, height, width, 5),
        "preactivated numbers": np.array([]),
        "dense_layers builder": "dense_layers",
        # No layer reads 4k channels, as the batch normalisation inside does; another number of layers than two.
        "dense_layers x": maps(rng, 2, width, height, 2 * growth + 1),
        "dense_layers numbers": np.array([3, growth]),
    }


def bottleneck_path(filters, stride):
    return [(1, filters, stride), (3, filters, 1), (1, 4 * filters, 1)]


def preactivated_values(inputs, x, start="input", act=relu, last=lambda y: y):
    """What a block with BN and ReLU in front may give, in any order of its weights.

    start: where the shortcut begins; act: what stands behind each BN; last: what comes after the addition.
    """
    shape = 3, 3, x.shape[-1], x.shape[-1]
    values = []
    for kernels, norms in product(((0, 1), (1, 0)), repeat=2):
        normal = normalised(inputs, x, norms[0])
        first = act(normal)
        y = conv2d(first, drawn(inputs, "kernel", kernels[0], *shape), padding="same")
        y = act(normalised(inputs, y, norms[1]))
        y = conv2d(y, drawn(inputs, "kernel", kernels[1], *shape), padding="same")
        values.append(last(y + {"input": x, "normal": normal, "first": first, "none": 0}[start]))
    return values


def dense_layers_values(inputs, x, count, growth, kernels=None, norms=None, join=None):
    """What dense layers with a 1×1 in front of each 3×3 may give, in any order of their weights of equal shape.

    kernels, norms: the numbers of the 3×3s and of the BNs before them, where these are shared; join: what goes on.
    """
    values = []
    orders = list(permutations(range(count)))
    for order, inner in product([kernels] if kernels else orders, [norms] if norms else orders):
        y, first = x, x
        for layer in range(count):
            reads = y.shape[-1]
            one = drawn(inputs, "kernel", 0, 1, 1, reads, 4 * growth)
            new = relu(normalised(inputs, conv2d(relu(normalised(inputs, y)), one), inner[layer]))
            new = conv2d(new, drawn(inputs, "kernel", order[layer], 3, 3, 4 * growth, growth), padding="same")
            y = join(first, y, new) if join else np.concatenate([y, new], axis=-1)
        values.append(y)
    return values


def decide_q6(inputs, answers):
    points = {say("bottleneck identity"): 2, say("bottleneck stride"): 2}
    findings = residual_findings(points, inputs, answers, bottleneck_path)

    x = inputs["preactivated x"].astype("float64")
    values = partial(partial, preactivated_values, inputs, x)
    rebound = say("The shortcut starts behind batch normalisation: it must carry the block's input itself.")
    hints = [
        (values("first"), rebound),
        (values("normal"), rebound),
        (values("none"), say("The shortcut is missing: only the change comes out.")),
        (
            values(last=relu),
            say("After the addition stands a ReLU: in this block there is none, so that the line is untouched."),
        ),
        (values(act=lambda y: y), say("A ReLU behind batch normalisation is missing.")),
    ]
    failed = say("Its shapes do not fit.")
    findings.append(judged(say("preactivated"), 4, answers, values()(), hints, 10, failed))

    x = inputs["dense_layers x"].astype("float64")
    count, growth = (int(n) for n in inputs["dense_layers numbers"])
    values = partial(partial, dense_layers_values, inputs, x, count, growth)
    share = say("All layers still use one 3×3: each layer needs one of its own, made in the loop.")
    hints = [
        (values(kernels=(0,) * count), share),
        (values(kernels=(0,) * count, norms=(0,) * count), share),
        (
            values(norms=(0,) * count),
            say("All layers use one batch normalisation before their 3×3: each needs its own."),
        ),
        (
            values(join=lambda first, y, new: np.concatenate([new, y], axis=-1)),
            say("The new maps stand in front of the old."),
        ),
    ]
    findings.append(judged(say("dense_layers"), 4, answers, values()(), hints, 5 * 2 * count, failed))

    for (name, bug), worth in zip(SUSPECTS.items(), (1, 1, 2), strict=True):
        answer = answers[f"{name} named"]
        told = say("That is not what is wrong with `{name}`: which of the bugs would give what you see?", name=name)
        right = answer.value is not None and str(answer.value) == bug
        findings.append(passed(NAMED[name], worth, right, told if answer.value is not None else answer.error))
    return findings


# Question 7: design a deep network


DEEP, SHORT = 20, 8  # layers with weights: on the longest way at least, on the shortest at most
LOWEST, HIGHEST = 1e-3, 1e3  # norm of the first kernel's gradient at the start


def inputs_q7(rng):
    height, width = distinct(rng, 10, 15, 2)
    return {
        "shape": np.array([height, width, int(rng.integers(1, 4))]),
        "classes": int(rng.integers(4, 8)),  # fewer than channels in any network that spends the budget
        "small": int(rng.integers(15_000, 20_000)),
        "large": int(rng.integers(60_000, 90_000)),
        "hidden images": maps(rng, 32, height, width, 1),
    }


def probe_q7(deep_network, inputs):
    import keras

    def configuration(budget):
        model = deep_network(tuple(int(n) for n in inputs["shape"]), inputs["classes"], budget)
        if not isinstance(model, keras.Model):
            raise TypeError(say("it returned a {kind}, not a keras.Model", kind=type(model).__name__))
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

    points = {
        say("image to logits"): 2,
        say("deep"): 4,
        say("a short way"): 3,
        say("budget"): 4,
        say("gradient at the start"): 3,
    }
    found = {}
    for size in ("small", "large"):
        answer = answers[size]
        if answer.value is None:
            failed = (
                answer.error
                if answer.error == "not started"
                else say("It did not give a network. {error}.", error=answer.error)
            )
            return [passed(check, worth, False, failed) for check, worth in points.items()]
        try:
            model = rebuild(str(answer.value))
            if isinstance(model, keras.Sequential) or any(isinstance(layer, keras.Model) for layer in model.layers):
                raise ValueError(say("it is a Sequential model, or has a model inside"))
            found[size] = model, (0, 0)
        except (ValueError, KeyError) as error:  # KeyError: a layer that reads itself
            failed = say(
                "Use layers of keras.layers, each once, in one functional model, so that it can be read: {error}.",
                error=error,
            )
            return [passed(check, worth, False, failed) for check, worth in points.items()]
    shape, classes = tuple(int(n) for n in inputs["shape"]), inputs["classes"]
    sizes = {size: sum(int(np.prod(w.shape)) for w in model.trainable_variables) for size, (model, _) in found.items()}
    shapes = [(model.input_shape, model.output_shape) for model, _ in found.values()]
    fits = all(pair == ((None, *shape), (None, classes)) for pair in shapes)
    given = say(
        "An image of {shape} should give {classes} logits: yours is {shapes}.",
        shape=shape,
        classes=classes,
        shapes=shapes[0],
    )
    linear, around = False, True
    small = all(model.count_params() < 10 * inputs[size] for size, (model, _) in found.items())
    if small and all(seen == (None, *shape) and isinstance(made, tuple) for seen, made in shapes):
        rng = np.random.default_rng(0)
        images = rng.normal(size=(4, *shape))
        for size, (model, _) in found.items():
            if not varies(model, images, rng):
                told = say("The outputs are the same for all images: does anything of an image reach the end?")
                return [passed(check, worth, False, told) for check, worth in points.items()]
            way, most = ways(model, living(model, images, rng))
            around &= reaches(model, images, rng, way)
            found[size] = model, (len(way), most)
            drawn_outputs = np.stack([outputs(model, drawn_weights(model, rng), images) for _ in range(3)])
            if fits and (drawn_outputs >= 0).all():
                fits = False
                given = say("No output is ever negative: is there a softmax, or another activation, at the end?")
            linear |= is_linear(model, images, rng)
    least, most = (pick(way[i] for _, way in found.values()) for i, pick in ((0, max), (1, min)))
    spent = {f"spent_{size}": sizes[size] for size in sizes} | {size: inputs[size] for size in sizes}
    measurable = small and shapes[0] == ((None, *shape), (None, classes))
    norm = first_gradient(found["small"][0], inputs) if measurable else float("nan")
    if not measurable:
        trouble = say("The gradient for the first kernel needs a network of the right shape and size.")
    elif norm < LOWEST:
        trouble = say("The gradient for the first kernel vanishes: its norm at the start is {norm:.1e}.", norm=norm)
    else:
        trouble = say("The gradient for the first kernel explodes: its norm at the start is {norm:.1e}.", norm=norm)
    alike = say("Without an activation all these layers do what a single one could do.")
    if not around:
        short = say("Nothing of the image gets through the shortest way alone: it is a way on paper.")
    else:
        short = say(
            "Even the shortest way has {least} layers with weights, more than {limit}: shortcuts must lead around.",
            least=least,
            limit=SHORT,
        )
    verdicts = {
        "image to logits": (fits, given),
        "deep": (
            most >= DEEP and not linear,
            alike
            if linear
            else say(
                "The longest way has {most} layers with weights that count, fewer than {limit}.", most=most, limit=DEEP
            ),
        ),
        "a short way": (
            least <= SHORT and around and not linear,
            alike if linear else short,
        ),
        "budget": (
            all(inputs[size] / 2 <= sizes[size] <= inputs[size] for size in sizes),
            say(
                "Spend at most the budget, and at least half of it. Yours: {spent_small:,} trainable parameters for a "
                "budget of {small:,}; {spent_large:,} trainable parameters for a budget of {large:,}.",
                **spent,
            ),
        ),
        "gradient at the start": (
            LOWEST <= norm <= HIGHEST,
            trouble,
        ),
    }
    findings = [passed(check, worth, *verdicts[check]) for check, worth in points.items()]
    free = [finding for finding in findings if finding.check in ("a short way", "budget")]  # a dead network has both
    return in_order(beside([finding for finding in findings if finding not in free], free), points)


QUESTIONS = (
    Question("a5-q1", 10, "residual", inputs_q1, probe_q1, decide_q1),
    Question("a5-q2", 14, "basic_block", inputs_q2, probe_blocks, decide_q2),
    Question("a5-q3", 16, "batch_norm", inputs_q3, probe_q3, decide_q3),
    Question("a5-q4", 16, "mend", inputs_q4, probe_q4, decide_q4, needs=("a5-q3",)),
    Question("a5-q5", 12, "dense_block", inputs_q5, probe_blocks, decide_q5),
    Question("a5-q6", 16, "mended", inputs_q6, probe_blocks, decide_q6, needs=("a5-q2", "a5-q5")),
    Question("a5-q7", 16, "deep_network", inputs_q7, probe_q7, decide_q7, needs=("a5-q2", "a5-q5", "a5-q6")),
)
