"""Hidden checks of a2: inputs that nobody can foresee, probes that collect answers, deciders that compare them.

A probe runs beside the submission, from its source text alone; a decider runs in another process: see
autograder. What is expected comes from course_utils.reference, which no answer can import while graded.
"""

import contextlib
import re
from itertools import pairwise

import numpy as np

from autograder.answers import attempt
from autograder.deciding import beside, compare, in_order, passed, shared
from autograder.looking import drawn_weights, kernel_places, leaves, living, outputs
from autograder.questions import Question, distinct
from autograder.rebuild import rebuild
from autograder.sentences import say
from course_utils.reference import conv2d, global_average_pool, relu

NOTEBOOK = "../a2_network_in_network.ipynb"
FORBIDDEN = ("course_utils.blocks", "course_utils.cost", "course_utils.models", "course_utils.reference")


def through(x, layers, active=None, strides=1, padding="same"):
    """`x` through `layers`, pairs (kernel, bias); with a ReLU after each, or only where `active` is true."""
    for number, (kernel, bias) in enumerate(layers):
        x = conv2d(x, kernel, bias, 1 if number else strides, padding)
        x = relu(x) if active is None or active[number] else x
    return x


def relu_hints(x, layers, strides=1):
    """What comes out of mlpconv layers with a ReLU missing, and what to say about it."""
    inner = len(layers) - 1
    missing = [
        ([True] * inner + [False], say("The ReLU after the last layer is missing.")),
        ([False] * inner + [False], say("All ReLUs are missing: without them these layers are a single convolution.")),
        (
            [False] * inner + [True],
            say("Only the last layer has its ReLU: each layer needs one, the inner ones as well."),
        ),
        ([False] + [True] * inner, say("The ReLU after the k×k convolution is missing.")),
        ([True] + [False] * inner, say("The ReLUs of the 1×1 layers are missing: each layer needs one.")),
        (
            [True] + [False] * (inner - 1) + [True],
            say("There is no ReLU between the 1×1 layers: each layer needs one."),
        ),
    ]
    return [(through(x, layers, active, strides), told) for active, told in missing if len(active) == len(layers)]


# Question 1: global average pooling


def inputs_q1(rng):
    n, height, width, channels = distinct(rng, 3, 14, 4)
    return {
        "image": rng.normal(size=(height, width, channels)) + 1,
        "batch": rng.normal(size=(n, height, width, channels)),
    }


def probe_q1(global_average, inputs):
    image, batch = inputs["image"], inputs["batch"]
    return {
        "image": attempt(global_average, image),
        "batch": attempt(global_average, batch),
        "one image": attempt(global_average, batch[:1]),
        "one channel": attempt(global_average, image[..., :1]),
    }


def decide_q1(inputs, answers):
    image, batch = inputs["image"], inputs["batch"]
    across = say("The mean went over the channels: one number for each position is left, not one for each channel.")
    single = say("An axis of length 1 was dropped: a batch of one is still a batch, and one channel still a channel.")

    def hints(x):
        return [
            (x.mean(axis=-1), across),
            (x.sum(axis=(-3, -2)), say("That is the sum over all positions: divide it by their number.")),
            (x.max(axis=(-3, -2)), say("That is the largest value of each channel. Its mean was asked for.")),
            (x.mean(axis=-2), say("Only one of the two axes of positions is gone.")),
            (x.mean(axis=-3), say("Only one of the two axes of positions is gone.")),
            (x.mean(), say("That is one number for everything: each channel has a mean of its own.")),
        ]

    over_images = say("The mean went over the images of the batch: each image has means of its own.")
    batch_hints = [(batch.mean(axis=(0, 1)), over_images), (batch.mean(axis=(0, 1, 2)), over_images), *hints(batch)]
    pooled, channel = global_average_pool(batch[:1]), image[..., :1]
    channel_hints = [(channel.mean(), single), *hints(channel)]
    return [
        compare("image", 1, answers["image"], global_average_pool(image), hints(image)),
        compare("batch", 1, answers["batch"], global_average_pool(batch), batch_hints),
        compare("a batch of one", 1, answers["one image"], pooled, [(pooled[0], single), *hints(batch[:1])]),
        compare("one channel", 1, answers["one channel"], global_average_pool(channel), channel_hints),
    ]


# Question 2: mlpconv in NumPy


def inputs_q2(rng):
    height, width, cin, *widths = distinct(rng, 5, 13, 6)
    inputs = {
        "image": rng.normal(size=(height, width, cin)),
        "batch": rng.normal(size=(3, height, width, cin)),
        "bias": rng.normal(size=widths[0]),
    }
    for size in (3, 5):  # padding that fits one kernel only is seen
        inputs[f"kernel {size}"] = rng.normal(size=(size, size, cin, widths[0])) / np.sqrt(size * size * cin)
    for number, (seen, made) in enumerate(pairwise(widths), start=1):
        inputs[f"matrix {number}"] = rng.normal(size=(seen, made)) / np.sqrt(seen)
        inputs[f"bias {number}"] = rng.normal(size=made)
    return inputs


def probe_q2(mlpconv_numpy, inputs):
    small, large, bias = inputs["kernel 3"], inputs["kernel 5"], inputs["bias"]
    ones = [(inputs[f"matrix {number}"], inputs[f"bias {number}"]) for number in (1, 2)]
    given = list(ones)
    return {
        "image": attempt(mlpconv_numpy, inputs["image"], large, bias, given),
        "length": attempt(lambda: len(given)),
        "batch": attempt(mlpconv_numpy, inputs["batch"], small, bias, list(ones)),
        "one": attempt(mlpconv_numpy, inputs["image"], small, bias, ones[:1]),
        "none": attempt(mlpconv_numpy, inputs["image"], large, bias, []),
    }


def decide_q2(inputs, answers):
    ones = [(inputs[f"matrix {number}"][None, None], inputs[f"bias {number}"]) for number in (1, 2)]

    mistakes = set()

    def check(name, points, title, x, size, number):
        kernel = inputs[f"kernel {size}"]
        layers = [(kernel, inputs["bias"]), *ones]
        flipped = [(kernel[::-1, ::-1], inputs["bias"]), *ones]
        no_bias = [(kernel, None) for kernel, _ in layers]
        used = layers[:number]
        hints = [
            *relu_hints(x, used),
            (through(x, used, padding="valid"), say("The map shrank: put zeros around it, so that its size stays.")),
            (
                through(x, flipped[:number]),
                say("The kernel is turned round: in a network a convolution does not flip it."),
            ),
            (through(x, no_bias[:number]), say("The biases are missing: each layer adds its own before the ReLU.")),
            (through(x, [*used[:1], *no_bias[1:number]]), say("The biases of the 1×1 layers are missing.")),
            (through(x, [no_bias[0], *used[1:]]), say("The bias of the k×k convolution is missing.")),
        ]
        mistakes.update(message for _, message in hints)
        return compare(title, points, answers[name], through(x, used), hints)

    changed = [name for name, answer in answers.items() if answer.changed]
    changed += [] if np.array_equal(answers["length"].value, 2) else ["length"]
    values = [
        check("image", 8, say("image"), inputs["image"], 5, 3),
        check("batch", 4, say("batch"), inputs["batch"], 3, 3),
        check("one", 3, say("one 1×1 layer"), inputs["image"], 3, 2),
        check("none", 3, say("the convolution alone"), inputs["image"], 5, 1),
    ]
    written = say("Your function changes an array or the list that it was given: make a new one.")
    return beside(values, [passed("inputs untouched", 2, not changed, written)], mistakes)


# Question 3: mlpconv in Keras


def drawn(seed, shape):
    """The weight of this shape that the probes of questions 3 and 6 draw. Axes of length 1 in front do not count."""
    shape = list(shape)
    while len(shape) > 1 and shape[0] == 1:
        shape.pop(0)
    return np.random.default_rng([seed, *shape]).normal(size=shape) / np.sqrt(np.prod(shape[:-1]))


def drawn_layers(seed, size, widths):
    """Pairs (kernel, bias) of a size×size convolution and 1×1s: channels of the input, then the widths."""
    shapes = [(size, size, *widths[:2])] + [(1, 1, *pair) for pair in pairwise(widths[1:])]
    return [(drawn(seed, shape).reshape(shape), drawn(seed, shape[-1:])) for shape in shapes]


def inputs_q3(rng):
    # A weight is known by its shape, in whatever order the layers were made; of equal shapes, equal weights are made.
    height, width, channels, *widths = distinct(rng, 5, 17, 7)
    return {
        "x": rng.normal(size=(2, height, width, channels)).astype("float32"),
        "widths": np.array(widths),
        "kernel size": 5,  # the example's is 3
        "strides": 3,  # and its strides are 2
        "weight seed": int(rng.integers(2**31)),
    }


def probe_q3(mlpconv, inputs):
    import keras

    widths, x = inputs["widths"].tolist(), inputs["x"]

    def run(filters, *strides):
        entry = keras.Input((None, None, x.shape[-1]))
        maps = mlpconv(entry, filters, inputs["kernel size"], *strides)
        if not isinstance(maps, keras.KerasTensor):
            raise TypeError(
                say("it returned a {kind}, not the map that its last layer returns", kind=type(maps).__name__)
            )
        model = keras.Model(entry, maps)
        for weight in model.weights:
            shape = list(weight.shape)
            while len(shape) > 1 and shape[0] == 1:
                shape.pop(0)
            values = np.random.default_rng([inputs["weight seed"], *shape]).normal(size=shape)
            weight.assign((values / np.sqrt(np.prod(shape[:-1]))).reshape(weight.shape))
        return keras.ops.convert_to_numpy(model(x))

    given = widths[:3]
    return {
        "equal": attempt(run, [widths[0], widths[0]]),
        "two": attempt(run, given),
        "given": attempt(lambda: given),
        "alone": attempt(run, widths[:1]),
        "more": attempt(run, [*widths[:3], *widths[2:0:-1], widths[0]]),
        "strides": attempt(run, [widths[0], widths[0], widths[1]], inputs["strides"]),
    }


def decide_q3(inputs, answers):
    x, seed, size, strides = (inputs[name] for name in ("x", "weight seed", "kernel size", "strides"))
    channels, widths = x.shape[-1], inputs["widths"].tolist()

    mistakes = set()

    def check(name, points, title, chosen, strides=1):
        number = len(chosen)
        layers = drawn_layers(seed, size, [channels, *chosen])
        discarded = say("The 1×1 layers read the input, and the convolution's output goes nowhere: nothing follows it.")
        hints = [
            *relu_hints(x, layers, strides),
            (
                through(x, [(kernel, 0 * bias) for kernel, bias in layers], None, strides),
                say("The biases are missing."),
            ),
            (
                through(x, drawn_layers(seed, size, [channels, *chosen[:3]]), None, strides),
                say("Some widths were not used."),
            ),
        ]
        if chosen[0] in chosen[1:]:
            maps = x
            for seen, made in pairwise([channels, *chosen]):
                side, step = (size, strides) if made == chosen[0] else (1, 1)
                shape = (side, side, seen, made)
                maps = relu(conv2d(maps, drawn(seed, shape).reshape(shape), drawn(seed, shape[-1:]), step, "same"))
            hints.append(
                (maps, say("A later layer that is as wide as the first got its kernel and strides: it is a 1×1."))
            )
        if number > 1 and len(set(chosen)) == number:
            ones = drawn_layers(seed, 1, [channels, *chosen[1:]])
            last = drawn_layers(seed, 1, [channels, chosen[-1]])
            hints += [(through(x, lost, None, step), discarded) for lost in (ones, last) for step in {1, strides}]
        if strides > 1:
            everywhere = x
            for layer in layers:
                everywhere = through(everywhere, [layer], None, strides)
            hints += [
                (through(x, layers, None, strides, "valid"), say('The map shrinks: use padding="same".')),
                (through(x, layers), say("The strides have no effect.")),
                (everywhere, say("Every layer has the strides: only the first convolution should.")),
                (
                    through(x, layers)[:, ::strides, ::strides],
                    say("Positions were dropped after the layer, not by its strides."),
                ),
            ]
        else:
            hints.append((through(x, layers, padding="valid"), say('The map shrinks: use padding="same".')))
        mistakes.update(message for _, message in hints)
        return compare(title, points, answers[name], through(x, layers, None, strides), hints, 1e-3)

    given = answers["given"].value
    values = [
        check("two", 1, say("two 1×1 layers"), widths[:3]),
        check("equal", 3, say("equal widths"), [widths[0]] * 2),  # NIN's usual case
        check("alone", 1, say("the convolution alone"), widths[:1]),
        check("more", 2, say("more 1×1 layers"), [*widths[:3], *widths[2:0:-1], widths[0]]),
        check("strides", 2, say("strides"), [widths[0], widths[0], widths[1]], strides),
    ]
    popped = say(
        "Your function changes the list of widths that it was given, and whoever calls it twice with the same "
        "list gets two different layers: take it apart without `pop`."
    )
    same = given is not None and given.tolist() == widths[:3]
    return beside(values, [passed("list untouched", 1, same, popped)], mistakes)


# Question 4: what a head costs


def inputs_q4(rng):
    height, width, channels, classes = distinct(rng, 4, 90, 4)
    return {"height": height, "width": width, "channels": channels, "classes": classes}


def probe_q4(count_head, inputs):
    sizes = [inputs[name] for name in ("height", "width", "channels", "classes")]
    return {kind: attempt(count_head, *sizes, kind) for kind in ("flatten", "class maps", "mean first")}


HEADS_Q4 = {  # {kind of head: (name of the check of its parameters, of its MACs)}
    "flatten": (say("flatten parameters"), say("flatten MACs")),
    "class maps": (say("class maps parameters"), say("class maps MACs")),
    "mean first": (say("mean first parameters"), say("mean first MACs")),
}


def decide_q4(inputs, answers):
    height, width, channels, classes = (inputs[name] for name in ("height", "width", "channels", "classes"))
    positions, pairs = height * width, channels * classes

    def part(kind, index):
        """Number `index` of an answer's pair, or the answer itself when it is no pair."""
        value = answers[kind].value
        if value is None or value.shape != (2,):
            return answers[kind]
        return type(answers[kind])(value[index])

    def parameters(points, kind, weights):
        shared = say(
            "The 1×1 layer and the dense layer after GAP have the same weights at every position: count them once."
        )
        hints = [
            (weights, say("The biases are missing: one for each class.")),
            (weights + 1, say("There is one bias for each class, not one in all.")),
            (weights + 2 * classes, say("The biases are counted twice.")),
            (weights + channels, say("There is one bias for each class, not for each channel.")),
            (positions * pairs + classes, shared),
            (positions * pairs, shared),
            (positions * (pairs + classes), shared),
            (
                pairs + classes,
                say("Flatten gives each position of each channel an input of its own: height · width · channels."),
            ),
            (pairs, say("Flatten gives each position of each channel an input of its own: height · width · channels.")),
        ]
        return compare(HEADS_Q4[kind][0], points, part(kind, 0), weights + classes, hints, 1e-12)

    def macs(points, kind, right):
        once = say("The 1×1 layer works at every position of the map, before the mean is taken.")
        hints = [
            (right + classes, say("The bias was counted: MACs are the multiplications of the weights only.")),
            (
                positions * (pairs + classes),
                say("The bias was counted: MACs are the multiplications of the weights only."),
            ),
            (2 * right, say("One multiply-accumulate is one MAC; those are the FLOPs, twice as many.")),
            (
                positions * pairs + positions * classes,
                say("Taking the mean was counted: it has no weights, so no MACs here."),
            ),
            (pairs + positions * channels, say("Taking the mean was counted: it has no weights, so no MACs here.")),
            (positions * pairs, say("After the mean there is one position left: the dense layer works once.")),
            (pairs, say("Flatten's dense layer has a weight for every input value.") if kind == "flatten" else once),
        ]
        return compare(HEADS_Q4[kind][1], points, part(kind, 1), right, hints, 1e-12)

    return [
        parameters(2, "flatten", positions * pairs),
        macs(1, "flatten", positions * pairs),
        parameters(2, "class maps", pairs),
        macs(2, "class maps", positions * pairs),
        parameters(1, "mean first", pairs),
        macs(2, "mean first", pairs),
    ]


# Question 5: where a Flatten head breaks


def inputs_q5(rng):
    halvings, other = (int(n) for n in rng.permutation([2, 4, 5])[:2])  # the example's are 3
    cells, cells_other = distinct(rng, 2, 9, 2)
    return {
        "halvings": halvings,
        # Never a multiple of the step, nor one more, where rounding up and down would agree or be hard to tell apart.
        "size": int(2**halvings * cells + rng.integers(2, 2**halvings)),
        "other": other,
        "multiple": 2**other * cells_other,
        "plain": int(rng.integers(10, 90)),
    }


def probe_q5(fitting_sizes, inputs):
    return {
        "between": attempt(fitting_sizes, inputs["size"], inputs["halvings"]),
        "multiple": attempt(fitting_sizes, inputs["multiple"], inputs["other"]),
        "none": attempt(fitting_sizes, inputs["plain"], 0),
    }


def decide_q5(inputs, answers):
    def check(name, points, title, size, halvings):
        step = 2**halvings
        cells = -(-size // step)
        smallest, largest = step * (cells - 1) + 1, step * cells
        down = say(
            "The sizes were rounded down: with padding the map keeps the last row of an odd height, so round up."
        )
        hints = [
            ((size, size), say("Other sizes fit as well: all that shrink to a map of the same height.")),
            ((step * (size // step), step * (size // step) + step - 1), down),
            ((step * (size // step - 1) + 1, step * (size // step)), down),
            ((smallest - 1, largest), say("The smallest size is one too small: its map would be one row lower.")),
            ((smallest, largest + 1), say("The largest size is one too large: its map would be one row higher.")),
            ((largest, smallest), say("These are the right sizes in the wrong order: smallest first.")),
            ((-(-size // 2) * 2 - 1, -(-size // 2) * 2), say("Only one halving was counted.")),
        ]
        return compare(title, points, answers[name], (smallest, largest), hints, 1e-12)

    return [
        check("between", 3, say("several halvings"), inputs["size"], inputs["halvings"]),
        check("multiple", 2, say("a size without rounding"), inputs["multiple"], inputs["other"]),
        check("none", 1, say("no halving"), inputs["plain"], 0),
    ]


# Question 6: class maps of a network that has none


NO_BIAS = say("The bias is missing, so that the mean of a map is not yet the score of its class.")
SPREAD_BIAS = say("The bias belongs to every position as it is: its mean is the bias again.")


def inputs_q6(rng):
    height, width, channels, first, second, classes = distinct(rng, 6, 17, 6)
    return {
        "x": rng.normal(size=(3, height, width, channels)).astype("float32"),
        "larger": rng.normal(size=(1, height + 5, width + 8, channels)).astype("float32"),
        "widths": np.array([first, second, classes]),
        "strides": 2,  # the example's is 1
        "weight seed": int(rng.integers(2**31)),
    }


def probe_q6(with_class_maps, inputs):
    import keras

    def run(x):
        first, second, classes = inputs["widths"].tolist()
        entry = keras.Input((None, None, x.shape[-1]))
        maps = keras.layers.Conv2D(first, 3, inputs["strides"], "same", activation="relu")(entry)
        maps = keras.layers.Conv2D(second, 1, activation="relu")(maps)
        scores = keras.layers.Dense(classes)(keras.layers.GlobalAveragePooling2D()(maps))
        model = keras.Model(entry, scores)
        for weight in model.weights:
            shape = list(weight.shape)
            while len(shape) > 1 and shape[0] == 1:
                shape.pop(0)
            values = np.random.default_rng([inputs["weight seed"], *shape]).normal(size=shape)
            weight.assign((values / np.sqrt(np.prod(shape[:-1]))).reshape(weight.shape))
        explained = with_class_maps(model)
        if not isinstance(explained, keras.Model):
            raise TypeError(say("it returned a {kind}, not a keras.Model", kind=type(explained).__name__))
        return keras.ops.convert_to_numpy(explained(x))

    return {"maps": attempt(run, inputs["x"]), "larger": attempt(run, inputs["larger"])}


def decide_q6(inputs, answers):
    seed, (first, second, classes) = inputs["weight seed"], inputs["widths"].tolist()

    def check(name, points, title, x):
        trunk = drawn_layers(seed, 3, [x.shape[-1], first, second])
        ((kernel, bias),) = drawn_layers(seed, 1, [second, classes])
        features = through(x, trunk, None, inputs["strides"])
        maps = conv2d(features, kernel, bias)
        positions = maps.shape[1] * maps.shape[2]
        exponentials = np.exp(maps - maps.max(axis=-1, keepdims=True))
        hints = [
            (maps - bias, NO_BIAS),
            (maps / positions, say("Now the sum of a map is the score. It should be its mean: do not divide.")),
            (
                (maps - bias) / positions + bias,
                say("The maps were divided by the number of positions: GAP does that already."),
            ),
            (maps - bias + bias / positions, SPREAD_BIAS),
            (relu(maps), say("Negative values became 0: a ReLU on the class maps changes their mean.")),
            (
                exponentials / exponentials.sum(axis=-1, keepdims=True),
                say("That is a softmax of the maps: leave it out."),
            ),
            (maps.mean(axis=(1, 2)), say("Those are the scores. The maps were asked for, before the mean is taken.")),
            (features, say("Those are the maps that go into GAP: the dense layer's weights still have to mix them.")),
        ]
        return compare(title, points, answers[name], maps, hints, 1e-3)

    findings = [
        check("maps", 7, say("class maps"), inputs["x"]),
        check("larger", 7, say("another image size"), inputs["larger"]),
    ]
    return shared(findings, (NO_BIAS, SPREAD_BIAS))


# Question 7: design a network


def inputs_q7(rng):
    sizes = distinct(rng, 16, 45, 4)
    return {
        "sizes": np.array(sizes).reshape(2, 2),
        "channels": np.array(distinct(rng, 1, 5, 2)),
        "classes": np.array(distinct(rng, 3, 20, 2)),
        "budgets": np.array([rng.integers(3_000, 5_000), rng.integers(60_000, 150_000)]),
        "hidden weight seed": int(rng.integers(2**31)),
    }


def probe_q7(nin_classifier, inputs):
    import keras

    def describe(case):
        model = nin_classifier(*[inputs[name][case].item() for name in ("channels", "classes", "budgets")])
        if not isinstance(model, keras.Model):
            raise TypeError(say("it returned a {kind}, not a keras.Model", kind=type(model).__name__))
        return model.to_json()

    return {"small": attempt(describe, 0), "large": attempt(describe, 1)}


def letters(model, alive):
    """The network as a text: S a convolution that sees neighbours, P one of a single pixel, r a ReLU, G the GAP.

    alive: names of the layers with kernels that the scores depend on; others are no part of it.
    """
    text = ""
    for layer in model.layers:
        kind, config = type(layer).__name__, layer.get_config()
        if kind in ("Functional", "Sequential"):
            text += letters(layer, alive)
        elif layer.name in alive:
            text += "S" if max(config.get("kernel_size", [1])) > 1 else "P"
        elif kind == "GlobalAveragePooling2D":
            text += "G"
        if kind in ("ReLU", "LeakyReLU", "PReLU", "ELU") or config.get("activation") not in (None, "linear", "softmax"):
            text += "r"  # whether it does what a ReLU does is for `without_relus`
    return text


def without_relus(model, images, rng):
    """Whether a ReLU is missing between two layers, found by values: for models without another normalisation.

    Kernels are positive and biases 0, so positive images stay positive on their way. Behind a ReLU (or its leaky
    relatives) next to nothing is left of a map that a negative kernel made; without one, a second negative kernel in a
    row makes the scores what they were: minus times minus.
    """
    weights = drawn_weights(model, rng, positive=True)
    places = [index for index, values in enumerate(weights) if values.ndim > 1][:-1]  # the last makes the class maps
    images = np.abs(images)
    straight, larger = outputs(model, weights, images), outputs(model, weights, 10 * images)
    if not np.allclose(larger, 10 * straight, rtol=1e-2):
        return True  # another function than a ReLU bends what is positive
    for index, place in enumerate(places):
        turned = [-v if n in (place, *places[index + 1 : index + 2]) else v for n, v in enumerate(weights)]
        if np.abs(outputs(model, turned, images)).max() > 0.6 * np.abs(straight).max():
            return True
    return False


def too_large(model, sizes, channels):
    """Whether images of these sizes become maps beyond measure; a model that does not take them is told elsewhere."""
    from course_utils.cost import cost

    for height, width in sizes:
        with contextlib.suppress(ValueError, TypeError, AttributeError):
            table = cost(model, (height, width, channels))
            if table.macs > 3 * 10**9 or table.activation_bytes > 2**28:
                return True
    return False


POINTS_Q7 = {
    say("outputs"): 4,
    say("scores"): 2,
    say("budget"): 3,
    say("room used"): 3,
    say("mlpconv layers"): 2,
    say("ReLUs"): 2,
    say("class maps"): 2,
}


def faults(model, inputs, case):
    """Pairs (check, what is wrong with it) of a rebuilt network."""
    channels, classes, budget = (int(inputs[name][case]) for name in ("channels", "classes", "budgets"))
    parameters = model.count_params()
    if parameters > budget:
        yield (
            "budget",
            say(
                "The network has {parameters:,} parameters, and the budget is {budget:,}.",
                parameters=parameters,
                budget=budget,
            ),
        )
    if parameters <= budget / 2:
        half = say(
            "The network has {parameters:,} parameters, which is not even half of the budget of {budget:,}. "
            "Let its widths follow from the budget.",
            parameters=parameters,
            budget=budget,
        )
        yield "room used", half
    if parameters > 5_000_000 or too_large(model, inputs["sizes"].tolist(), channels):
        for check in ("outputs", "mlpconv layers", "ReLUs", "class maps"):
            yield check, say("The network is too large to be tried.")
        return
    rng = np.random.default_rng(inputs["hidden weight seed"])
    softmax = False
    for height, width in inputs["sizes"].tolist():
        images = rng.normal(size=(2, height, width, channels))
        try:
            values = outputs(model, drawn_weights(model, rng), images)
            if not np.isfinite(values).all():  # the mean of a map without positions
                raise ValueError("not finite")
        except Exception:
            kinds = {type(layer).__name__ for layer in leaves(model)}
            fixed = say(
                "what comes after the last map must not depend on its size, as a Dense layer behind Flatten does"
            )
            if not kinds & {"Flatten", "Reshape"}:
                fixed = say("poolings, strides or convolutions without padding leave nothing of a map so small")
            yield (
                "outputs",
                say(
                    "The network does not take images of {height}×{width}: {fixed}.",
                    height=height,
                    width=width,
                    fixed=fixed,
                ),
            )
            images = None
            break
        if values.shape != (2, classes):
            yield (
                "outputs",
                say(
                    "Two images with {classes} classes should give (2, {classes}), not {shape}.",
                    classes=classes,
                    shape=values.shape,
                ),
            )
        elif np.ptp(values, axis=0).max() == 0:
            same = say("Two different images have the same scores: does anything of an image reach the end?")
            yield from ((check, same) for check in POINTS_Q7)
            return
        if values.ndim and np.allclose(values.sum(axis=-1), 1, atol=1e-3):
            softmax = True
            told = say(
                "The outputs of an image add up to 1: that is a softmax. The loss applies one itself "
                "(`from_logits=True`), and two in a row flatten all differences."
            )
            yield "scores", told

    alive = set(kernel_places(model)) if images is None else living(model, images, rng)
    text = letters(model, alive)
    kernels = text.replace("r", "")
    if kernels.count("SP") < 2 or re.search("S(?!P)", kernels):
        few = say("Two mlpconv layers at least were asked for: a k×k convolution, each followed by one 1×1 or more.")
        yield "mlpconv layers", few
    kinds = {type(layer).__name__ for layer in leaves(model)}
    bent = images is None or softmax or kinds & {"LayerNormalization", "GroupNormalization", "Softmax"}
    if re.search("[SP][SP]", text) or (not bent and without_relus(model, images, rng)):
        told = say(
            "A ReLU is missing between two layers with weights, or another function stands there: without a ReLU "
            "the two collapse into one."
        )
        yield "ReLUs", told
    if re.search("G.*[SP]", text):
        late = say(
            "There are weights after GAP, so that no class has a map of its own: the last 1×1 comes before the mean."
        )
        yield "class maps", late
    elif not re.search("^[^G]*Pr?G$", text):
        ending = say("The network should end in a 1×1 with one map for each class, then GAP, and nothing after it.")
        yield "class maps", ending


def decide_q7(inputs, answers):
    points = POINTS_Q7
    found = {}
    for case, name in enumerate(("small", "large")):
        answer = answers[name]
        if answer.value is None:
            broken = say("The network cannot be built. {error}.", error=answer.error)
        else:
            try:
                found = dict(faults(rebuild(str(answer.value)), inputs, case)) | found
                continue
            except ValueError as error:
                broken = say("We looked at the network through `to_json`, and {error}.", error=error)
        found = dict.fromkeys(points, broken)
        break
    findings = [passed(check, worth, check not in found, found.get(check, "")) for check, worth in points.items()]
    structure = [finding for finding in findings if finding.check in ("mlpconv layers", "ReLUs", "class maps")]
    others = [finding for finding in findings if finding not in structure]
    return in_order(beside(structure, others), points)  # a network that is none has no scores and spends no budget


# Question 8: the backward pass of the mean


def inputs_q8(rng):
    n, height, width, channels = distinct(rng, 3, 12, 4)
    x = rng.normal(size=(n, height, width, channels))
    zeros = x[0].copy()
    zeros[::2, 1::2] = 0
    # So large that finite differences are lost in the rounding; a formula does not mind.
    return {
        "x": 1e15 * x,
        "positive": 1e15 * np.abs(x[-1]),
        "zeros": 1e15 * zeros,
        # Far from 0 when divided by the positions, too; of both signs in each image.
        "gradient": 1e3 * (-1) ** np.arange(channels) * rng.uniform(1, 2, size=(n, channels)),
    }


def probe_q8(mean_backward, inputs):
    x, gradient = inputs["x"], inputs["gradient"]
    return {
        "open": attempt(mean_backward, inputs["positive"], gradient[-1]),
        "image": attempt(mean_backward, x[0], gradient[0]),
        "batch": attempt(mean_backward, x, gradient),
        "zeros": attempt(mean_backward, inputs["zeros"], gradient[0]),
    }


def decide_q8(inputs, answers):
    whole = say("Every position gets the whole gradient of its score: a mean hands on a share of it.")
    open_only = say("The share is one of the positive positions: the mean divides by all, the closed ones too.")
    closed = say("Positions that the ReLU closed get a gradient: what is not positive cannot move the score.")
    clipped = say("Negative gradients became 0: it is x that the ReLU looks at, not the gradient.")
    square = say("Height and width may differ: their product counts the positions, not the square of one of them.")
    images = say("The gradient was divided by the number of images as well: each image has scores of its own.")
    added = say("The images' gradients were mixed: each image has scores of its own.")

    def check(name, points, title, x, gradient, more=()):
        positions = x.shape[-3] * x.shape[-2]
        spread = np.broadcast_to(gradient[..., None, None, :], x.shape)
        right = (x > 0) * spread / positions
        hints = [
            ((x > 0) * spread, whole),
            (spread / positions, closed),
            (spread, whole + " " + closed),
            ((x >= 0) * spread / positions, say("Where x is exactly 0, the slope counts as 0.")),
            (right / np.maximum(1, (x > 0).sum(axis=(-3, -2), keepdims=True)) * positions, open_only),
            (np.maximum(right, 0), clipped),
            (np.maximum(spread, 0) / positions, clipped + " " + closed),
            *((right * positions / x.shape[axis] ** 2, square) for axis in (-3, -2)),
            *more,
        ]
        return compare(title, points, answers[name], right, hints)

    x, gradient = inputs["x"], inputs["gradient"]
    mixed = np.broadcast_to(gradient.sum(axis=0), gradient.shape)
    share = (x > 0) / (x.shape[1] * x.shape[2])
    batch = [
        (share * gradient[:, None, None] / len(x), images),
        (share * mixed[:, None, None], added),
        (share * mixed[:, None, None] / len(x), added),
    ]
    values = [
        check("open", 5, say("share"), inputs["positive"], gradient[-1]),
        check("image", 6, say("ReLU"), x[0], gradient[0]),
    ]
    more = [
        check("batch", 4, say("batch"), x, gradient, batch),
        check("zeros", 1, say("slope at 0"), inputs["zeros"], gradient[0]),
    ]
    changed = any(answer.changed for answer in answers.values())
    written = say("Your function writes into an array that it was given: make a new one.")
    slips = (whole, open_only, closed, clipped, square)
    findings = beside(values, [*more, passed("inputs untouched", 2, not changed, written)], slips)
    return shared(findings, slips)


QUESTIONS = (
    Question("a2-q1", 4, "global_average", inputs_q1, probe_q1, decide_q1),
    Question("a2-q2", 20, "mlpconv_numpy", inputs_q2, probe_q2, decide_q2),
    Question("a2-q3", 10, "mlpconv", inputs_q3, probe_q3, decide_q3),
    Question("a2-q4", 10, "count_head", inputs_q4, probe_q4, decide_q4),
    Question("a2-q5", 6, "fitting_sizes", inputs_q5, probe_q5, decide_q5),
    Question("a2-q6", 14, "with_class_maps", inputs_q6, probe_q6, decide_q6),
    Question("a2-q7", 18, "nin_classifier", inputs_q7, probe_q7, decide_q7, needs=("a2-q3",)),
    Question("a2-q8", 18, "mean_backward", inputs_q8, probe_q8, decide_q8),
)
