"""Hidden checks of a3: inputs that nobody can foresee, probes that collect answers, deciders that compare them.

A probe runs beside the submission, from its source text alone; a decider runs in another process: see
autograder. The kernels and biases that a module computes with are drawn with the inputs, so what it should
make of them is known here, whatever a submission's object says about itself.
"""

import itertools

import numpy as np

from autograder.answers import attempt
from autograder.deciding import beside, close, compare, in_pair, passed, shared, together
from autograder.questions import NOT_STARTED, Question, distinct
from autograder.sentences import say
from course_utils.reference import conv2d, max_pool, relu

NOTEBOOK = "../a3_inception_cost.ipynb"
FORBIDDEN = ("course_utils.blocks", "course_utils.cost", "course_utils.models", "course_utils.reference")
EXACT = 1e-12


def whole(array):
    return [int(n) for n in array]


# Question 1: what comes out


def inputs_q1(rng):
    height, width, cin, *row = distinct(rng, 2, 60, 9)
    return {"height": height, "width": width, "cin": cin, "row": np.array(row)}


def probe_q1(output_shape, inputs):
    n1, r3, n3, r5, n5, pool = (int(n) for n in inputs["row"])
    rows = {
        "reduced": (n1, r3, n3, r5, n5, pool),
        "naive": (n1, 0, n3, 0, n5, 0),
        "projection only": (n1, 0, n3, 0, n5, pool),
        "no projection": (n1, r3, n3, r5, n5, 0),
    }
    size = [inputs[name] for name in ("height", "width", "cin")]
    return {name: attempt(output_shape, *size, row) for name, row in rows.items()}


def decide_q1(inputs, answers):
    height, width, cin = (inputs[name] for name in ("height", "width", "cin"))
    n1, r3, n3, r5, n5, pool = whole(inputs["row"])

    def check(name, points, channels, *hints):
        hints = [((height, width, wrong), message) for wrong, message in hints]
        return compare(name, points, answers[name], (height, width, channels), hints, EXACT)

    inner = say("The reductions feed the 3×3 and the 5×5: their own channels are not joined.")
    passes = say("Without a projection, the pooling branch hands on all channels of the input.")
    instead = say(
        "With a projection, the pooling branch ends with the projection's filters, not with the input's channels."
    )
    ends = n1 + n3 + n5
    return [
        check(say("reduced"), 2, ends + pool, (ends + pool + r3 + r5, inner), (ends + cin, instead), (ends, instead)),
        together(
            "naive",
            1,
            [
                check("naive", 1, ends + cin, (ends, passes)),
                check("no projection", 1, ends + cin, (ends, passes), (ends + cin + r3 + r5, inner)),
            ],
        ),
        check(say("projection only"), 1, ends + pool, (ends + cin, instead), (ends + pool + cin, instead)),
    ]


# Question 2: the bill of a module


def convolutions(cin, row, read_reduced=True):
    """[(kernel size, channels it reads, filters)] of those that are there."""
    n1, r3, n3, r5, n5, pool = row
    before3, before5 = (r3 or cin, r5 or cin) if read_reduced else (cin, cin)
    parts = [(1, cin, n1), (1, cin, r3), (3, before3, n3), (1, cin, r5), (5, before5, n5), (1, cin, pool)]
    return [part for part in parts if part[2]]


def weights_of(parts):
    return sum(kernel * kernel * reads * filters for kernel, reads, filters in parts)


def biases_of(parts):
    return sum(filters for _, _, filters in parts)


def inputs_q2(rng):
    height, width = distinct(rng, 5, 30, 2)
    row = distinct(rng, 3, 20, 6)
    return {"height": height, "width": width, "cin": int(rng.integers(21, 50)), "row": np.array(row)}


def probe_q2(module_cost, inputs):
    n1, r3, n3, r5, n5, pool = (int(n) for n in inputs["row"])
    rows = {
        "reduced": (n1, r3, n3, r5, n5, pool),
        "naive": (n1, 0, n3, 0, n5, 0),
        "mixed": (n1, 0, n3, r5, n5, pool),
    }
    size = [inputs[name] for name in ("height", "width", "cin")]
    return {name: attempt(module_cost, *size, row) for name, row in rows.items()}


def decide_q2(inputs, answers):
    height, width, cin = (inputs[name] for name in ("height", "width", "cin"))
    n1, r3, n3, r5, n5, pool = whole(inputs["row"])
    rows = {
        "reduced": (n1, r3, n3, r5, n5, pool),
        "naive": (n1, 0, n3, 0, n5, 0),
        "mixed": (n1, 0, n3, r5, n5, pool),
    }

    def parameters(name, points, title):
        row = rows[name]
        parts = convolutions(cin, row)
        weights, biases = weights_of(parts), biases_of(parts)
        flat = sum(kernel * reads * filters for kernel, reads, filters in parts)
        unpaid = [(k, reads, filters) for k, reads, filters in parts if (k, reads, filters) not in reductions(row)]
        hints = [
            (weights, say("The biases are missing: one for each filter, reductions and projection included.")),
            (weights + n1 + n3 + n5, say("The 1×1 reductions and the projection have biases, too.")),
            (weights + len(parts), say("There is one bias for each filter, not one for each convolution.")),
            (weights + 2 * biases, say("The biases are counted twice.")),
            (
                flat + biases,
                say("A 3×3 kernel has 9 weights for each pair of channels and a 5×5 has 25: k comes twice."),
            ),
            (weights_of(unpaid) + biases_of(unpaid), say("The 1×1 reductions cost something too: count them.")),
            *more_hints(row, lambda wrong: weights_of(wrong) + biases_of(wrong)),
        ]
        return compare(title, points, in_pair(answers[name], 0), weights + biases, hints, EXACT)

    def reductions(row):
        return [(1, cin, width) for width in (row[1], row[3]) if width]

    def more_hints(row, count):
        """The same mistakes in parameters and in MACs."""
        deaf = convolutions(cin, row, read_reduced=False)
        projectionless = convolutions(cin, (*row[:5], 0))
        reads = (cin, cin, row[1], cin, row[3], cin)
        empty = [part for part in zip((1, 1, 3, 1, 5, 1), reads, row, strict=True) if part[2]]
        return [
            (count(deaf), say("Behind a reduction, the 3×3 and the 5×5 read its channels, not those of the input.")),
            (count(empty), say("Without a reduction, the 3×3 and the 5×5 read the channels of the input.")),
            (count(projectionless), say("The projection after the pooling costs something too: count it.")),
        ]

    def macs(name, points, title):
        row, positions = rows[name], height * width
        parts = convolutions(cin, row)
        weights = weights_of(parts)
        unpaid = [piece for piece in parts if piece not in reductions(row)]
        squares = sum(kernel * kernel * reads * reads for kernel, reads, _ in parts)
        flat = sum(kernel * reads * filters for kernel, reads, filters in parts)
        square = say("Height and width may differ: their product counts the positions, not the square of one of them.")
        hints = [
            *((weights * side**2, square) for side in (height, width)),
            ((weights + biases_of(parts)) * positions, say("The biases were counted: MACs are multiplications only.")),
            (weights, say("Each weight is used at every position: multiply by height and width.")),
            (2 * weights * positions, say("One multiply-accumulate is one MAC; those are the FLOPs, twice as many.")),
            (
                flat * positions,
                say("A 3×3 kernel has 9 weights for each pair of channels and a 5×5 has 25: k comes twice."),
            ),
            (
                squares * positions,
                say("You took the channels that are read twice: the second factor is the filters."),
            ),
            (weights_of(unpaid) * positions, say("The 1×1 reductions cost something too: count them.")),
            ((weights + 9 * cin) * positions, say("The pooling was counted: it compares and multiplies nothing.")),
            *more_hints(row, lambda wrong: weights_of(wrong) * positions),
        ]
        return compare(title, points, in_pair(answers[name], 1), weights * positions, hints, EXACT)

    return [
        parameters("reduced", 3, say("reduced: parameters")),
        parameters("naive", 2, say("naive: parameters")),
        parameters("mixed", 1, say("mixed: parameters")),
        macs("reduced", 3, say("reduced: MACs")),
        macs("naive", 2, say("naive: MACs")),
        macs("mixed", 1, say("mixed: MACs")),
    ]


# Question 3: a pooling that does not shrink


def inputs_q3(rng):
    height, width, channels, columns = distinct(rng, 4, 13, 4)
    x = rng.normal(size=(height, width, channels)) - 0.7  # below 0 often enough for a corner to be so as a whole
    narrow = rng.random((1, columns, channels))
    # Far below any number that could be taken for "minus infinity", and still a number in float32.
    deep = -1e30 * (1 + np.abs(x))
    return {"behind a ReLU": np.maximum(x, 0), "both signs": x, "all negative": deep, "one row": narrow}


def probe_q3(max_pool_same, inputs):
    return {name: attempt(max_pool_same, x) for name, x in inputs.items()}


def decide_q3(inputs, answers):
    mistakes = set()

    def check(name, points, title):
        x = inputs[name]
        frame = np.pad(x, ((1, 1), (1, 1), (0, 0)))
        windows = [frame[i : i + x.shape[0], j : j + x.shape[1]] for i in range(3) for j in range(3)]
        right = max_pool(x, 3, 1, "same")
        hints = [
            (
                np.max(windows, axis=0),
                say("The padding wins at the border, where all values are below 0: pad with −inf."),
            ),
            (np.mean(windows, axis=0), say("That is a mean: the pooling keeps the largest value.")),
            (np.broadcast_to(right.max(axis=-1, keepdims=True), x.shape), say("Each channel is pooled by itself.")),
            (max_pool(x, 2, 1, ((0, 1), (0, 1))), say("The windows are 2×2: all eight neighbours count.")),
            (max_pool(x, 3, 3, "same"), say("The stride is 3: take the maximum around every position.")),
        ]
        if min(x.shape[:2]) >= 3:
            hints.append(
                (max_pool(x, 3, 1), say("The map shrinks: without padding, its border gets no window of its own."))
            )
        mistakes.update(message for _, message in hints)
        return compare(title, points, answers[name], right, hints)

    changed = any(answer.changed for answer in answers.values())
    written = say("Your function writes into the map that it was given: make a new array.")
    values = [
        check("behind a ReLU", 4, say("map behind a ReLU")),
        check("both signs", 3, say("values of both signs")),
        check("all negative", 2, say("negative values")),
        check("one row", 2, say("map of one row")),
    ]
    return beside(values, [passed("input untouched", 1, not changed, written)], mistakes)


# Questions 4 and 5: the module, in NumPy and in Keras

BRANCHES = ("1×1", "3×3", "5×5", say("pooling"))
# Four branches make at most 11 channels each, and one that hands on the input 17: more is a shot at everything.
MOST_CHANNELS = 3 * 11 + 17


def module_inputs(rng):
    """A map, and a kernel and a bias for each convolution, of shapes that are all different."""
    height, width = distinct(rng, 6, 12, 2)
    cin, row = int(rng.integers(13, 18)), distinct(rng, 3, 12, 6)
    n1, r3, n3, r5, n5, pool = row
    shapes = {"1x1": (1, 1, cin, n1), "3x3_reduce": (1, 1, cin, r3), "3x3": (3, 3, r3, n3)}
    shapes |= {"5x5_reduce": (1, 1, cin, r5), "5x5": (5, 5, r5, n5), "pool_proj": (1, 1, cin, pool)}
    inputs = {"cin": cin, "row": np.array(row), "x": rng.normal(size=(height, width, cin)).astype("float32")}
    for name, shape in shapes.items():
        scale = np.prod(shape[:-1]) ** -0.5  # so that all layers count for about as much
        inputs[f"{name} kernel"] = (scale * rng.normal(size=shape)).astype("float32")
        inputs[f"{name} bias"] = rng.normal(size=shape[-1]).astype("float32")
    return inputs


def right_branches(inputs):
    """{branch: what it should make of the map}."""
    x = inputs["x"]

    def layer(x, name):
        return relu(conv2d(x, inputs[f"{name} kernel"], inputs[f"{name} bias"], padding="same"))

    ends = [
        layer(x, "1x1"),
        layer(layer(x, "3x3_reduce"), "3x3"),
        layer(layer(x, "5x5_reduce"), "5x5"),
        layer(max_pool(x, 3, 1, "same"), "pool_proj"),
    ]
    return dict(zip(BRANCHES, ends, strict=True))


def known_mistakes(inputs):
    """{branch: [(what a mistake makes of the map, what to tell who made it)]}."""
    x = inputs["x"]

    def linear(x, name):
        return conv2d(x, inputs[f"{name} kernel"], inputs[f"{name} bias"], padding="same")

    found = {"1×1": [(linear(x, "1x1"), say("The ReLU after the 1×1 is missing."))]}
    for branch, name in (("3×3", "3x3"), ("5×5", "5x5")):
        reduced = linear(x, f"{name}_reduce")
        found[branch] = [
            (
                relu(linear(reduced, name)),
                say("The ReLU after the reduction in front of the {branch} is missing.", branch=branch),
            ),
            (linear(relu(reduced), name), say("The ReLU after the {branch} is missing.", branch=branch)),
            (linear(reduced, name), say("Both ReLUs are missing, after the reduction and after the large kernel.")),
        ]
    pooled = max_pool(x, 3, 1, "same")
    missing = say("The projection is missing: a 1×1 convolution and a ReLU after the pooling.")
    before = say("The projection stands before the pooling: pool first, then project.")
    projected = linear(x, "pool_proj")
    found["pooling"] = [
        (pooled, missing),
        (relu(pooled), missing),
        (max_pool(relu(projected), 3, 1, "same"), before),
        (max_pool(projected, 3, 1, "same"), before),
        (linear(pooled, "pool_proj"), say("The ReLU after the projection is missing.")),
        (relu(linear(relu(pooled), "pool_proj")), say("There is a ReLU between the pooling and the projection.")),
        (relu(projected), say("The pooling is missing: the projection reads the input itself.")),
    ]
    return found


def place_of(part, output):
    """Index of the channel at which `part` begins in `output`, or None."""
    if output.shape[:-1] != part.shape[:-1]:
        return None
    starts = range(output.shape[-1] - part.shape[-1] + 1)
    return next((at for at in starts if close(output[..., at : at + part.shape[-1]], part, 1e-3)), None)


def look_at_branches(answer, inputs, points, guess=None):
    """Findings on the four branches, each wherever it stands among the channels, and on their order.

    points: of the branches, and of the order; guess: {branch: what to say when no known mistake fits}.
    """
    x, right, known = inputs["x"], right_branches(inputs), known_mistakes(inputs)
    titles = [say("1×1 branch"), say("3×3 branch"), say("5×5 branch"), say("pooling branch"), say("joined in order")]
    problem = None
    if answer.value is None:
        problem = (
            answer.error
            if answer.error == NOT_STARTED
            else say("It did not give a result. {error}.", error=answer.error)
        )
        if "concat" in answer.error.lower() or "stack" in answer.error.lower():
            problem = say(
                "The branches cannot be joined. Each must have the height and width of the input (the pooling "
                'needs strides=1 and padding="same"), and they are joined along the last axis, the channels. {error}.',
                error=answer.error,
            )
        elif "incompatible with the layer" in answer.error:
            problem += " " + say(
                "A model that takes maps of any height and width begins with keras.Input((None, None, cin))."
            )
    elif answer.value.ndim != x.ndim or answer.value.shape[:-1] != x.shape[:-1]:
        problem = say(
            "A map of shape {given} became {shape}: height and width stay, and the branches are "
            "joined along the last axis, the channels.",
            given=x.shape,
            shape=answer.value.shape,
        )
    elif answer.value.shape[-1] > MOST_CHANNELS:
        problem = say(
            "The map has {channels} channels: the ends of four branches are joined, nothing else.",
            channels=answer.value.shape[-1],
        )
    elif answer.value.dtype.kind not in "biuf" or not np.isfinite(answer.value).all():
        problem = say("The map holds NaN, infinity or text.")
    if problem:
        return [passed(title, n, False, problem) for title, n in zip(titles, points, strict=True)]
    output, findings, places = answer.value, [], {}
    for branch, title, n in zip(BRANCHES, titles, points, strict=False):
        places[branch] = place_of(right[branch], output)
        told = [message for wrong, message in known[branch] if place_of(wrong, output) is not None]
        told += [
            (guess or {}).get(branch)
            or say("None of the channels are those that the {branch} branch should make.", branch=say(branch))
        ]
        findings.append(passed(title, n, places[branch] is not None, told[0]))
    widths = [right[branch].shape[-1] for branch in BRANCHES]
    expected = dict(zip(BRANCHES, [0, *itertools.accumulate(widths)], strict=False))
    found = [branch for branch in BRANCHES if places[branch] is not None]
    message = say("The branches come in another order than 1×1, 3×3, 5×5, pooling.")
    if len(found) < 2:
        message = say("Too few branches are right to tell their order.")
    in_order = len(found) >= 2 and all(places[branch] == expected[branch] for branch in found)
    if in_order and len(found) == len(BRANCHES) and output.shape[-1] != sum(widths):
        in_order, message = (
            False,
            say("The map has {channels} channels, more than the four branches make.", channels=output.shape[-1]),
        )
    return [*findings, passed(titles[-1], points[-1], in_order, message)]


# Question 4: the module, wired in NumPy


def probe_q4(inception, inputs):
    names = ("1x1", "3x3_reduce", "3x3", "5x5_reduce", "5x5", "pool_proj")
    weights = {name: (inputs[f"{name} kernel"], inputs[f"{name} bias"]) for name in names}
    return {"map": attempt(inception, inputs["x"], weights)}


def decide_q4(inputs, answers):
    return look_at_branches(answers["map"], inputs, (2, 4, 4, 4, 2))


# Questions 5 and 6: a module that is wired wrong, found and mended

# {how a module is wired: what is wrong with it}
WIRINGS = {
    "linear 3x3_reduce": "3x3",
    "linear 5x5_reduce": "5x5",
    "linear pool_proj": "pool",
    "pooled 1x1": "1x1",
    "pooled 3x3_reduce": "3x3",
    "pooled 5x5_reduce": "5x5",
    "first pool_proj": "pool",
    "average pool_proj": "pool",
    "elu 1x1": "1x1",
    "elu 5x5": "5x5",
    "exchanged": "order",
    "right": "none",
}


def inputs_faults(rng):
    while True:
        inputs = module_inputs(rng)
        sizes = [value.size for name, value in inputs.items() if name.endswith((" kernel", " bias"))]
        if len(set(sizes)) == len(sizes):  # a weight may be told by its size, as the notebook's `fill` does
            return inputs | {"wirings": np.array([*WIRINGS])}


def probe_faults(function, inputs):
    """What `function` makes of each module: the fault's name, or what the mended module makes of the map."""
    import keras

    cin, row = inputs["cin"], tuple(int(n) for n in inputs["row"])

    def module(wiring):
        kind, _, where = wiring.partition(" ")
        maps = keras.Input((None, None, cin))
        pool = keras.layers.AveragePooling2D if kind == "average" else keras.layers.MaxPooling2D
        pooled = pool(3, strides=1, padding="same")(maps)

        def conv(name, filters, size, x):
            x = pooled if (kind, where) == ("pooled", name) else x
            activation = {"linear": None, "elu": "elu"}.get(kind, "relu") if where == name else "relu"
            return keras.layers.Conv2D(filters, size, padding="same", activation=activation, name=name)(x)

        n1, r3, n3, r5, n5, last = row
        ends = [conv("1x1", n1, 1, maps), conv("3x3", n3, 3, conv("3x3_reduce", r3, 1, maps))]
        ends.append(conv("5x5", n5, 5, conv("5x5_reduce", r5, 1, maps)))
        if kind == "first":
            ends.append(keras.layers.MaxPooling2D(3, strides=1, padding="same")(conv("pool_proj", last, 1, maps)))
        else:
            ends.append(conv("pool_proj", last, 1, pooled))
        if kind == "exchanged":
            ends[1:3] = ends[2], ends[1]
        model = keras.Model(maps, keras.layers.Concatenate()(ends))
        for name in ("1x1", "3x3_reduce", "3x3", "5x5_reduce", "5x5", "pool_proj"):
            model.get_layer(name).set_weights([inputs[f"{name} kernel"], inputs[f"{name} bias"]])
        return model

    def run(wiring):
        found = function(module(wiring), cin, row)
        return keras.ops.convert_to_numpy(found(inputs["x"][None]))[0] if isinstance(found, keras.Model) else found

    return {str(wiring): attempt(run, str(wiring)) for wiring in inputs["wirings"]}


def decide_q5(inputs, answers):
    def check(title, points, *wirings):
        def look(wiring):
            answer, right = answers[wiring], WIRINGS[wiring]
            if answer.value is None:
                told = (
                    answer.error
                    if answer.error == NOT_STARTED
                    else say("It did not give a result. {error}.", error=answer.error)
                )
                return passed(title, points, False, told)
            found = str(answer.value) if answer.value.dtype.kind == "U" and not answer.value.ndim else None
            said = say('{wrong}, and your function says "{name}".', wrong=TOLD[title], name=str(found)[:20])
            if found is None:
                said = say("{wrong}, and your function names nothing.", wrong=TOLD[title])
            return passed(title, points, found == right, said)

        return together(title, points, [look(wiring) for wiring in wirings])

    found = [
        check(say("missing ReLU"), 5, "linear 3x3_reduce", "linear 5x5_reduce", "linear pool_proj"),
        check(say("wrong input"), 6, "pooled 1x1", "pooled 3x3_reduce", "pooled 5x5_reduce"),
    ]
    more = [
        check(say("pooling"), 3, "first pool_proj", "average pool_proj"),
        check(say("another activation"), 2, "elu 1x1", "elu 5x5"),
        check(say("order"), 2, "exchanged"),
        check(say("nothing wrong"), 2, "right"),
    ]
    return beside(found, more)


TOLD = {
    "missing ReLU": say("A convolution of one branch has no ReLU"),
    "wrong input": say("A convolution reads the pooled map in place of the input"),
    "pooling": say("The pooling branch pools in another way, or at another place"),
    "another activation": say(
        "A convolution has another activation than a ReLU, which leaves positive values as they are"
    ),
    "order": say("All branches are right, and two of them have changed places"),
    "nothing wrong": say("Nothing is wrong with the module"),
}


def decide_q6(inputs, answers):
    """A branch counts when it is right whatever was wrong with the module."""
    looks = [look_at_branches(answers[wiring], inputs, (2, 2, 2, 2, 2)) for wiring in WIRINGS]
    return [together(found[0].check, found[0].points, found) for found in zip(*looks, strict=True)]


# Question 7: does a reduction pay?


def widest(cin, cout, kernel):
    return (kernel**2 * cin * cout - 1) // (cin + kernel**2 * cout)


def inputs_q7(rng):
    def uneven(kernel):
        """Channels for which no whole number is just even, and each known mistake changes the answer."""
        while True:
            cin, cout = distinct(rng, 20, 90, 2)
            right, with_k = widest(cin, cout, kernel), widest(cin, cout, kernel**0.5)
            tie = kernel**2 * cin * cout % (cin + kernel**2 * cout) == 0
            if not tie and right < cin - 2 and (kernel == 1 or abs(right - with_k) > 1):
                return cin, cout, kernel

    kernel, cout = 5, 2 * int(rng.integers(2, 9))  # the example's tie is one of a 3×3
    return {
        "3×3": np.array(uneven(3)),
        "5×5": np.array(uneven(5)),
        "tie": np.array([kernel**2 * cout, cout, kernel]),  # even at cin / 2, a whole number
        "1×1": np.array(uneven(1)),
        "never": np.array([int(rng.integers(5, 30)), 1, 1]),
    }


def probe_q7(widest_saving, inputs):
    return {name: attempt(widest_saving, *(int(n) for n in sizes)) for name, sizes in inputs.items()}


def decide_q7(inputs, answers):
    def check(name, points, title):
        cin, cout, kernel = whole(inputs[name])
        right, directly = widest(cin, cout, kernel), kernel**2 * cin * cout
        hints = [
            (cin - 1, say("The 1×1 costs something too: r · cin MACs at each position, on top of the k×k.")),
            (cin, say("The 1×1 costs something too: r · cin MACs at each position, on top of the k×k.")),
            (right + 1, say("One too many: at that r, the detour does not cost fewer MACs than the direct way.")),
            (right - 1, say("One too few: the next r still saves MACs.")),
            (directly / (cin + kernel**2 * cout), say("The answer is a whole number: the last r that still saves.")),
            (
                kernel * cin * cout // (cin + kernel * cout),
                say("A k×k kernel has k² weights for each pair of channels."),
            ),
        ]
        return compare(title, points, answers[name], right, hints, EXACT)

    values = [
        check("3×3", 1, say("3×3")),
        check("5×5", 1, say("5×5")),
        check("tie", 2, say("as many is not fewer")),
        check("1×1", 1, say("detour for a 1×1")),
    ]
    return beside(values, [check("never", 1, say("nothing saves"))])


# Question 8: choose the bottlenecks

MAP = ("height", "width", "cin")
WIDTHS = ("n1", "n3", "n5", "pool")


def prices(inputs):
    """MACs of the 1×1 branch and the projection, and of each channel of the reductions, as a function of a pair."""
    height, width, cin = (inputs[name] for name in MAP)
    n1, n3, n5, pool = (inputs[name] for name in WIDTHS)
    positions = height * width
    return positions * cin * (n1 + pool), positions * (cin + 9 * n3), positions * (cin + 25 * n5)


def module_price(inputs, pair):
    rest, each3, each5 = prices(inputs)
    return rest + pair[0] * each3 + pair[1] * each5


def select(inputs, budget, price=module_price, merit=None, limits=None):
    """The pair that the rules single out; with another price, merit or limits, what a known mistake gives."""
    n3, n5, cin = inputs["n3"], inputs["n5"], inputs["cin"]
    merit = merit or (lambda pair: (np.minimum(pair[0] / n3, pair[1] / n5), -module_price(inputs, pair)))
    most3, most5 = limits or (widest(cin, n3, 3), widest(cin, n5, 5))
    pairs = 1 + np.indices((most3, most5)).reshape(2, -1)
    pairs = pairs[:, price(inputs, pairs) <= budget]
    if not pairs.size:
        return 0, 0
    first, then = merit(pairs)
    best = pairs[:, np.lexsort((then, first))[-1]]
    return int(best[0]), int(best[1])


def without_rest(inputs, pair):
    return module_price(inputs, pair) - prices(inputs)[0]


def without_reductions(inputs, pair):
    return module_price(inputs, pair) - inputs["height"] * inputs["width"] * inputs["cin"] * (pair[0] + pair[1])


def mistaken_choices(inputs, budget):
    """{mistake: (the pair that it gives, what to tell who made it)}."""
    cin, n3, n5 = (inputs[name] for name in ("cin", "n3", "n5"))

    def cheap(pair):
        return -module_price(inputs, pair)

    def dear(pair):
        return np.minimum(pair[0] / n3, pair[1] / n5), -cheap(pair)

    narrow = min(cin, n3), min(cin, n5)
    return {
        "rest unpaid": (
            select(inputs, budget, without_rest),
            say("The whole module must fit the budget: the 1×1 branch and the projection cost something too."),
        ),
        "reductions unpaid": (
            select(inputs, budget, without_reductions),
            say("The 1×1 reductions themselves cost something too."),
        ),
        "dearest": (
            select(inputs, budget, merit=dear),
            say("Rule 4: channels that leave the tighter bottleneck as tight as it was are not worth their MACs."),
        ),
        "widths for shares": (
            select(inputs, budget, merit=lambda pair: (np.minimum(*pair), cheap(pair))),
            say("A share is the width divided by n3 or n5: your choice treats both bottlenecks alike."),
        ),
        "sum": (
            select(inputs, budget, merit=lambda pair: (pair[0] + pair[1], cheap(pair))),
            say("Rule 3 asks for the larger smaller share, not for the most channels in all."),
        ),
        "strictly below": (select(inputs, budget - 1), say('"At most" allows a cost that equals the budget.')),
        "up to cin": (
            select(inputs, budget, limits=(cin, cin)),
            say("Rule 1: a reduction that is wider than the widest that saves does not pay."),
        ),
        "up to n3 and n5": (
            select(inputs, budget, limits=narrow),
            say("Rule 1 allows every width up to the widest that saves, also one above n3 or n5."),
        ),
    }


def inputs_q8(rng):
    while True:
        names = (*MAP, *WIDTHS)
        height, width = distinct(rng, 3, 12, 2)
        inputs = dict(zip(names, (height, width, int(rng.integers(14, 22)), *distinct(rng, 4, 17, 4)), strict=True))
        least = module_price(inputs, (1, 1))
        most = module_price(inputs, (widest(inputs["cin"], inputs["n3"], 3), widest(inputs["cin"], inputs["n5"], 5)))
        budgets = [int(least + (most - least) * share) for share in rng.uniform(0.2, 0.7, size=4)]
        exact, short = (module_price(inputs, select(inputs, budget)) for budget in budgets[2:])
        inputs |= {"first": budgets[0], "second": budgets[1], "exact": exact, "one less": short - 1}
        inputs |= {"too little": least - 1, "not even the rest": height * width, "huge": 3 * most}
        if mistakes_show(inputs):
            return inputs


def mistakes_show(inputs):
    """Whether each known mistake gives another answer where it should lose points."""
    unpaid, others = ("rest unpaid", "reductions unpaid"), ("widths for shares", "sum")
    showing = {
        "first": (*unpaid, "dearest", *others),
        "second": (*unpaid, "dearest", *others),
        "exact": (*unpaid, *others),
        "one less": (*unpaid, "dearest", *others),
        "huge": ("up to cin", "dearest", *others),
    }
    for name, mistakes in showing.items():
        pairs = {mistake: pair for mistake, (pair, _) in mistaken_choices(inputs, inputs[name]).items()}
        if select(inputs, inputs[name]) in [pairs[mistake] for mistake in mistakes]:
            return False
        if name == "first" and len({pairs[mistake] for mistake in mistakes}) < len(mistakes):
            return False
    return True


def probe_q8(choose_reductions, inputs):
    sizes = [inputs[name] for name in ("height", "width", "cin", "n1", "n3", "n5", "pool")]
    budgets = ("first", "second", "exact", "one less", "too little", "not even the rest", "huge")
    return {name: attempt(choose_reductions, *sizes, inputs[name]) for name in budgets}


def decide_q8(inputs, answers):
    def check(name, points, title):
        budget, value = inputs[name], answers[name].value
        right, hints = select(inputs, budget), list(mistaken_choices(inputs, budget).values())
        finding = compare(title, points, answers[name], right, hints, EXACT)
        if finding.earned or value is None or value.shape != (2,) or value.dtype.kind not in "iuf":
            return finding
        pair = tuple(float(n) for n in value)
        if right == (0, 0):
            message = say("No pair fits this budget: the answer is (0, 0).")
        elif pair == (0, 0):
            message = say("There are pairs that fit this budget, and you return (0, 0).")
        elif any(pair == wrong for wrong, _ in hints):
            return finding
        elif any(n != int(n) or n < 1 for n in pair):
            message = say("Both widths are whole numbers from 1.")
        elif (spent := int(module_price(inputs, pair))) > budget:
            message = say("Your module costs {spent:,} MACs, and the budget is {budget:,}.", spent=spent, budget=budget)
        else:
            message = say("Your pair fits the budget, and another one is better by rules 1, 3 and 4.")
        return passed(title, points, False, message)

    values = [
        check("first", 5, say("a budget")),
        check("second", 4, say("another budget")),
        check("exact", 3, say("cost equal to the budget")),
        check("one less", 2, say("one MAC short")),
        check("huge", 3, say("more than enough")),
    ]
    nothing = [
        check("too little", 2, say("nothing fits")),
        check("not even the rest", 1, say("not even the other branches fit")),
    ]
    mistakes = {message for _, message in mistaken_choices(inputs, inputs["first"]).values()}
    return shared(beside(values, nothing, mistakes), [mistaken_choices(inputs, inputs["first"])["dearest"][1]])


QUESTIONS = (
    Question("a3-q1", 4, "output_shape", inputs_q1, probe_q1, decide_q1),
    Question("a3-q2", 12, "module_cost", inputs_q2, probe_q2, decide_q2),
    Question("a3-q3", 12, "max_pool_same", inputs_q3, probe_q3, decide_q3),
    Question("a3-q4", 16, "inception", module_inputs, probe_q4, decide_q4, needs=("a3-q3",)),
    Question("a3-q5", 20, "find_fault", inputs_faults, probe_faults, decide_q5, needs=("a3-q3", "a3-q4")),
    Question("a3-q6", 10, "mend", inputs_faults, probe_faults, decide_q6),
    Question("a3-q7", 6, "widest_saving", inputs_q7, probe_q7, decide_q7),
    Question("a3-q8", 20, "choose_reductions", inputs_q8, probe_q8, decide_q8, needs=("a3-q2", "a3-q7")),
)
