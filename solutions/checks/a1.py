"""Hidden checks of a1: inputs that nobody can foresee, probes that collect answers, deciders that compare them.

A probe runs beside the submission, from its source text alone; a decider runs in another process: see
autograder. What is expected comes from course_utils.reference, which no answer can import while graded.
"""

import numpy as np

from autograder.answers import attempt
from autograder.deciding import beside, close, compare, in_pair, passed, shared, together
from autograder.questions import Question, distinct
from autograder.sentences import say
from course_utils.reference import conv2d, relu

NOTEBOOK = "../a1_one_by_one_convolution.ipynb"
FORBIDDEN = ("course_utils.blocks", "course_utils.cost", "course_utils.models", "course_utils.reference")


# Question 1: one pixel, one filter


def inputs_q1(rng):
    channels = int(rng.integers(5, 40))
    return {"channels": rng.normal(size=channels), "weights": rng.normal(size=channels), "bias": rng.normal() + 5}


def probe_q1(pixel_response, inputs):
    channels, weights, bias = inputs["channels"], inputs["weights"], inputs["bias"]
    return {
        "weighted sum": attempt(pixel_response, channels, weights, 0.0),
        "bias": attempt(pixel_response, channels, weights, bias),
    }


def decide_q1(inputs, answers):
    products = inputs["channels"] * inputs["weights"]
    unsummed = say("One pixel under one filter gives one number: the products still have to be added up.")
    hints = [(products, unsummed), (products + inputs["bias"], unsummed)]
    forgotten = (products.sum(), say("The weighted sum is right, and the bias is missing."))
    return [
        compare("weighted sum", 2, answers["weighted sum"], products.sum(), hints),
        compare("bias", 2, answers["bias"], products.sum() + inputs["bias"], [*hints, forgotten]),
    ]


# Question 2: every pixel, every filter


def inputs_q2(rng):
    n, height, width, cin, cout = distinct(rng, 2, 13, 5)
    return {
        "image": rng.normal(size=(height, width, cin)),
        "batch": rng.normal(size=(n, height, width, cin)),
        "kernel": rng.normal(size=(cin, cout)),
        "bias": np.linspace(-4, 4, cout) + rng.normal(size=cout),  # both signs: a ReLU would show
    }


def probe_q2(conv1x1, inputs):
    kernel, bias = inputs["kernel"], inputs["bias"]
    return {
        "image": attempt(conv1x1, inputs["image"], kernel),
        "bias": attempt(conv1x1, inputs["image"], kernel, bias),
        "batch": attempt(conv1x1, inputs["batch"], kernel),
        "one pixel": attempt(conv1x1, inputs["image"][:1, :1], kernel, bias),
    }


def decide_q2(inputs, answers):
    kernel, bias = inputs["kernel"][None, None], inputs["bias"]
    image, batch = conv2d(inputs["image"], kernel), conv2d(inputs["batch"], kernel)
    forgotten = (image, say("The values are right but for the bias: add it to every pixel."))
    clipped = (relu(image), say("Negative values became 0: this question asks for no activation."))
    changed = [name for name, answer in answers.items() if answer.changed]
    written = say("Your function writes into the array it was given, so the caller's image is lost: make a new array.")
    values = [
        compare("image", 2, answers["image"], image, [clipped]),
        compare("bias", 1, answers["bias"], image + bias, [forgotten, (relu(image + bias), clipped[1])]),
        compare("batch", 2, answers["batch"], batch, [(relu(batch), clipped[1])]),
    ]
    return beside(values, [passed("inputs untouched", 1, not changed, written)], (clipped[1], forgotten[1]))


# Question 3: a stride drops positions


def inputs_q3(rng):
    n, height, width, cin, cout = distinct(rng, 4, 14, 5)
    return {
        "image": rng.normal(size=(height, width, cin)),
        "batch": rng.normal(size=(n, height, width, cin)),
        "kernel": rng.normal(size=(cin, cout)),
        "bias": rng.normal(size=cout) + 3,
    }


def probe_q3(strided_conv1x1, inputs):
    kernel, bias = inputs["kernel"], inputs["bias"]
    found = {"stride 1": attempt(strided_conv1x1, inputs["image"], kernel)}
    for stride in (2, 3):
        for name in ("image", "batch"):
            found[f"{name} {stride}"] = attempt(strided_conv1x1, inputs[name], kernel, bias, stride=stride)
    return found


def decide_q3(inputs, answers):
    kernel, bias = inputs["kernel"][None, None], inputs["bias"]
    image, batch = inputs["image"], inputs["batch"]
    rows = say("Only rows were dropped: the stride holds for columns too.")
    every = say("No position was dropped: the stride has no effect.")
    other = say("Another stride than the one that was asked for.")

    def check(name, x, stride):
        hints = [
            (conv2d(x, kernel, bias, (stride, 1)), rows),
            (conv2d(x, kernel, bias), every),
            (conv2d(x, kernel, bias, 5 - stride), other),
            (conv2d(x[::stride], kernel, bias, (stride, 1)), say("The stride dropped images of the batch.")),
        ]
        return compare(name, 1, answers[f"{name} {stride}"], conv2d(x, kernel, bias, stride), hints)

    return [
        together("image", 7, [check("image", image, stride) for stride in (2, 3)]),
        together("batch", 5, [check("batch", batch, stride) for stride in (2, 3)]),
        compare("stride 1", 2, answers["stride 1"], conv2d(image, kernel)),
    ]


# Question 4: what it costs


def inputs_q4(rng):
    height, width, cin, cout = distinct(rng, 11, 60, 4)
    stride = 3  # neither the example's stride nor its kernel
    height += height % stride == 0  # so that the division by the stride has to be rounded up
    kernel = int(rng.choice([5, 7]))
    return {"height": height, "width": width, "cin": cin, "cout": cout, "kernel": kernel, "stride": stride}


def probe_q4(count, inputs):
    shape = [inputs[name] for name in ("height", "width", "cin", "cout")]
    kernel, stride = inputs["kernel"], inputs["stride"]
    return {
        "1×1": attempt(count, *shape),
        "wide": attempt(count, *shape, kernel=kernel),
        "no bias": attempt(count, *shape, kernel=kernel, bias=False),
        "strided": attempt(count, *shape, kernel=kernel, bias=False, stride=stride),
    }


def decide_q4(inputs, answers):
    height, width, cin, cout, kernel, stride = (
        inputs[name] for name in ("height", "width", "cin", "cout", "kernel", "stride")
    )

    weights = kernel * kernel * cin * cout
    positions = height * width
    strided = -(-height // stride) * -(-width // stride)
    parameter_hints = [
        (weights, say("The biases are missing: one for each filter.")),
        (weights + 1, say("There is one bias for each filter, not one in all.")),
        (weights + cin, say("There is one bias for each filter, not for each input channel.")),
        (weights + 2 * cout, say("The biases are counted twice.")),
        (kernel * cin * cout + cout, say("The kernel is `kernel` wide and `kernel` high: that factor comes twice.")),
    ]
    square = say("Height and width may differ: their product counts the positions, not the square of one of them.")
    squared = [(cin * cout * side**2, square) for side in (height, width)]
    mac_hints = [
        *((weights * side**2, square) for side in (height, width)),
        ((weights + cout) * positions, say("The biases were counted: MACs are the kernel's multiplications only.")),
        (2 * weights * positions, say("One multiply-accumulate is one MAC; those are the FLOPs, twice as many.")),
        (
            kernel * cin * cout * positions,
            say("The kernel is `kernel` wide and `kernel` high: that factor comes twice."),
        ),
    ]
    stride_hints = [
        (weights * positions, say("Positions of the input were counted: a filter works only at those of the output.")),
        (weights * (height // stride) * (width // stride), say("An output size is rounded up, not down.")),
        (
            weights * -(-height // kernel) * -(-width // kernel),
            say("You divided by the kernel: divide by the stride."),
        ),
        *((weights * (-(-side // stride)) ** 2, square) for side in (height, width)),
        (
            weights * -(-height // 2) * -(-width // 2),
            say("That is the cost with stride 2, the example's: use `stride`."),
        ),
        (weights * positions // stride, say("The stride was counted once: it divides the height and the width.")),
    ]
    exact = 1e-12
    return [
        compare("parameters", 4, in_pair(answers["wide"], 0), weights + cout, parameter_hints, exact),
        compare("parameters without bias", 2, in_pair(answers["no bias"], 0), weights, (), exact),
        compare("MACs of a 1×1", 2, in_pair(answers["1×1"], 1), cin * cout * positions, squared, exact),
        compare("MACs", 3, in_pair(answers["wide"], 1), weights * positions, mac_hints, exact),
        compare("MACs with a stride", 3, in_pair(answers["strided"], 1), weights * strided, stride_hints, exact),
    ]


# Question 5: the same layer in Keras


def inputs_q5(rng):
    height, width, cin, cout = distinct(rng, 4, 13, 4)
    return {
        "x": rng.normal(size=(2, height, width, cin)).astype("float32"),
        "larger": rng.normal(size=(1, height + 3, width + 5, cin)).astype("float32"),
        "kernel": rng.normal(size=(cin, cout)).astype("float32"),
        "bias": rng.normal(size=cout).astype("float32"),
    }


def probe_q5(keras_conv1x1, inputs):
    import keras

    kernel, bias = inputs["kernel"], inputs["bias"]

    def run(x, *activation):
        model = keras_conv1x1(kernel.copy(), bias.copy(), *activation)
        if not isinstance(model, keras.Model):
            raise TypeError(say("it returned a {kind}, not a keras.Model", kind=type(model).__name__))
        return keras.ops.convert_to_numpy(model(x))

    return {
        "linear": attempt(run, inputs["x"]),
        "relu": attempt(run, inputs["x"], "relu"),
        "tanh": attempt(run, inputs["x"], "tanh"),
        "any size": attempt(run, inputs["larger"], "relu"),
    }


def decide_q5(inputs, answers):
    kernel, bias = inputs["kernel"][None, None], inputs["bias"]
    linear = conv2d(inputs["x"], kernel, bias)
    exponentials = np.exp(linear - linear.max(axis=-1, keepdims=True))
    softmax = exponentials / exponentials.sum(axis=-1, keepdims=True)
    forgotten = (linear - bias, say("The bias is missing: set both weights of the layer."))
    ignored = (linear, say("There is no activation in the model, although one was asked for."))
    return [
        compare(
            "no activation",
            2,
            answers["linear"],
            linear,
            [forgotten, (relu(linear), say("There is a ReLU in the model, although no activation was asked for."))],
        ),
        compare(
            "relu",
            2,
            answers["relu"],
            relu(linear),
            [(softmax, say("That is a softmax. A ReLU was asked for.")), (relu(linear - bias), forgotten[1]), ignored],
        ),
        compare(
            "other activations",
            1,
            answers["tanh"],
            np.tanh(linear),
            [(relu(linear), say("That is a ReLU, although another activation was asked for.")), ignored],
        ),
        compare("any height and width", 1, answers["any size"], relu(conv2d(inputs["larger"], kernel, bias))),
    ]


# Question 6: choose a width within a budget


def cost_per_channel(inputs):
    """MACs that each channel of the bottleneck adds: of the 1×1 that makes it, and of the k×k that reads it."""
    positions = inputs["height"] * inputs["width"]
    return positions * inputs["cin"], positions * inputs["kernel"] ** 2 * inputs["cout"]


def inputs_q6(rng):
    # Of shapes where the 1×1 costs a good part of the whole, so that forgetting it changes the answer; and others for
    # each budget, so that none can be found from another.
    cases = {}
    for name in ("between", "exact", "one less", "tiny", "huge"):
        height, width, cout = distinct(rng, 5, 20, 3)
        sizes = {"height": height, "width": width, "cin": int(rng.integers(100, 200)), "cout": cout}
        sizes["kernel"] = 7  # in no example
        step, widest = sum(cost_per_channel(sizes)), int(rng.integers(25, 90))
        budgets = {"between": step * widest + step // 3, "exact": step * widest, "one less": step * widest - 1}
        budgets |= {"tiny": step - 1, "huge": step * sizes["cin"] * 7}
        cases[name] = np.array([*sizes.values(), budgets[name]])
    return cases


def probe_q6(widest_bottleneck, inputs):
    return {name: attempt(widest_bottleneck, *case.tolist()) for name, case in inputs.items()}


def decide_q6(inputs, answers):
    mistakes = set()

    def check(name, points, title, *more):
        *sizes, budget = inputs[name].tolist()
        sizes = dict(zip(("height", "width", "cin", "cout", "kernel"), sizes, strict=True))
        squeeze, look = cost_per_channel(sizes)
        widest, unbounded = min(sizes["cin"], budget // (squeeze + look)), budget // (squeeze + look)
        hints = [
            *more,
            (budget // look, say("The 1×1 layer costs something too: count both layers.")),
            (budget // squeeze, say("The second layer costs something too: count both layers.")),
            (widest + 1, say("One channel too many: both layers together cost more than the budget.")),
            (widest - 1, say("One channel too few: a cost that equals the budget, or is just below it, is allowed.")),
        ]
        mistakes.update(message for _, message in hints)
        if unbounded > widest:
            hints.insert(0, (unbounded, say("A bottleneck never widens: r is at most cin.")))
        return compare(title, points, answers[name], widest, hints, 1e-12)

    values = [
        check("between", 3, say("within the budget")),
        check("exact", 2, say("cost equal to the budget")),
        check("one less", 1, say("one MAC short")),
    ]
    ends = [
        check("huge", 1, say("at most cin")),
        check("tiny", 1, say("nothing fits"), (1, say("Even r = 1 costs more than this budget: the answer is 0."))),
    ]
    return beside(values, ends, mistakes)


# Question 7: design the block


def inputs_q7(rng):
    # As in question 6; and never the 16 channels of the example.
    height, width, cout = distinct(rng, 5, 9, 3)
    sizes = {"height": height + 4, "width": width + 4, "cin": int(rng.integers(20, 40)), "cout": cout}
    sizes["kernel"] = 3  # the example's is 5
    step = sum(cost_per_channel(sizes))
    return sizes | {
        "budget": int(step * rng.integers(8, 16) + step // 3),
        "x": rng.normal(size=(2, height + 4, width + 4, sizes["cin"])).astype("float32"),
        "weight seed": int(rng.integers(2**31)),
    }


def probe_q7(bottleneck_block, inputs):
    import keras

    names = ("height", "width", "cin", "cout", "kernel", "budget")
    block = bottleneck_block(*[inputs[name] for name in names])
    if not isinstance(block, keras.Model):
        raise TypeError(say("bottleneck_block returned a {kind}, not a keras.Model", kind=type(block).__name__))
    attempt(block, inputs["x"])  # a model of the student's own class has no weights before it is called
    # Random weights, biases too: a fresh layer's biases are 0, and would hide what they do.
    rng = np.random.default_rng(inputs["weight seed"])
    block.set_weights([rng.normal(size=weight.shape).astype("float32") for weight in block.weights])
    names = ("kernel 1", "bias 1", "kernel 2", "bias 2")
    found = {name: attempt(lambda w=w: w) for name, w in zip(names, block.get_weights(), strict=False)}
    return found | {
        "number of weights": attempt(lambda: len(block.weights)),
        "output": attempt(lambda: keras.ops.convert_to_numpy(block(inputs["x"]))),
    }


def decide_q7(inputs, answers):
    height, width, cin, cout, kernel, budget = (
        inputs[name] for name in ("height", "width", "cin", "cout", "kernel", "budget")
    )
    output = answers["output"].value
    expected = (2, height, width, cout)
    if output is None:
        shape = say("The block does not run. {error}.", error=answers["output"].error)
    elif output.shape != expected:
        shape = say(
            "An image of {height}×{width}×{cin} should become {height}×{width}×{cout}, not {shape}.",
            height=height,
            width=width,
            cin=cin,
            cout=cout,
            shape=output.shape[1:],
        )
    else:
        shape = say("The output is the same number everywhere, whatever the image.")
    shaped = output is not None and output.shape == expected and np.ptp(output) > 0
    shape_finding = passed("output's shape", 4, shaped, shape)

    names = ("kernel 1", "bias 1", "kernel 2", "bias 2")
    values = [answers[name].value if name in answers else None for name in names]
    first = values[0] if values[0] is not None else np.empty(0)
    r = first.shape[-1] if first.ndim else 0
    # A Dense layer's kernel (cin, r) is a 1×1 kernel without the two axes of length 1.
    sizes = [(1, 1, cin, r), (r,), (kernel, kernel, r, cout), (cout,)]
    fits = all(value is not None and value.size == np.prod(size) for value, size in zip(values, sizes, strict=True))
    if not fits or r == 0 or answers["number of weights"].value != 4:
        layers = say(
            "Two layers are asked for, each with a kernel and a bias: a 1×1 from cin to r channels, then the "
            "kernel×kernel from r to cout."
        )
        lost = (("budget", 4), ("widest", 4), ("layers and activations", 8))
        return [shape_finding, *(passed(check, points, False, layers) for check, points in lost)]

    step = sum(cost_per_channel(inputs))
    # The weights that the probe drew, not those that the block claims to have: it could claim whatever gives 0.
    rng = np.random.default_rng(inputs["weight seed"])
    drawn = [rng.normal(size=value.shape).astype("float32") for value in values]
    k1, b1, k2, b2 = (value.reshape(size) for value, size in zip(drawn, sizes, strict=True))
    squeezed = conv2d(inputs["x"], k1, b1)
    looked = conv2d(relu(squeezed), k2, b2, padding="same")
    hints = [
        (looked, say("The ReLU after the second convolution is missing.")),
        (relu(conv2d(squeezed, k2, b2, padding="same")), say("The ReLU after the 1×1 convolution is missing.")),
        (conv2d(squeezed, k2, b2, padding="same"), say("Both ReLUs are missing.")),
        (relu(conv2d(relu(squeezed), k2, b2)), say('The map shrinks: the second layer needs padding="same".')),
    ]
    values = compare("layers and activations", 8, answers["output"], relu(looked), hints, 1e-3)
    # Sizes are believed where the output is what two layers of these sizes make, with a known mistake or without.
    made = output is not None and any(close(output, value, 1e-3) for value in (relu(looked), *(v for v, _ in hints)))
    other = say("The output is not what a 1×1 and a kernel×kernel convolution of these sizes make of the image.")
    spent = say("The block costs {macs:,} MACs, and the budget is {budget:,}.", macs=r * step, budget=budget)
    width = say(
        "The budget of {budget:,} MACs allows another number of channels in the bottleneck than your {r}.",
        budget=budget,
        r=r,
    )
    return [
        shape_finding,
        passed("budget", 4, made and r * step <= budget, spent if made else other),
        passed("widest", 4, made and r == budget // step, width if made else other),
        values,
    ]


# Question 8: the way back

GRADIENTS = ("input", "kernel", "bias")


def inputs_q8(rng):
    n, height, width, cin, cout = distinct(rng, 2, 13, 5)
    return {
        # So large that finite differences are lost in the rounding; a formula does not mind.
        "x": 1e13 * rng.normal(size=(n, height, width, cin)),
        "kernel": 1e13 * rng.normal(size=(cin, cout)),
        "gradient": rng.normal(size=(n, height, width, cout)) + 0.5,
        "square": rng.normal(size=(cin, cin)),  # here shapes do not tell that a transpose is missing
        "square gradient": rng.normal(size=(height, width, cin)),
    }


def probe_q8(conv1x1_backward, inputs):
    def part(index, *arrays):
        found = conv1x1_backward(*arrays)
        if found is None or found is ...:
            return found
        if not isinstance(found, (tuple, list)) or len(found) != 3:
            raise TypeError(say("three gradients are asked for, and it returned a {kind}", kind=type(found).__name__))
        return found[index]

    x, kernel, gradient = inputs["x"], inputs["kernel"], inputs["gradient"]
    answers = {"square": attempt(part, 0, x[0], inputs["square"], inputs["square gradient"])}
    for index, name in enumerate(("input", "kernel", "bias")):
        answers[f"image {name}"] = attempt(part, index, x[0], kernel, gradient[0])
        answers[f"batch {name}"] = attempt(part, index, x, kernel, gradient)
    return answers


def backward(x, kernel, gradient):
    """Gradients of a sum of conv2d's outputs, weighted by `gradient`, with respect to x, the kernel and the bias."""
    found = conv2d(gradient, kernel.T[None, None])
    pixels, errors = x.reshape(-1, x.shape[-1]), gradient.reshape(-1, gradient.shape[-1])
    return found, np.einsum("pi,po->io", pixels, errors), errors.sum(axis=0)


def decide_q8(inputs, answers):
    kernel, square = inputs["kernel"], inputs["square"]
    mean = say("That is the mean over the positions: what an entry does at each of them adds up, so sum.")
    order = say("The gradients come in another order than x, kernel, bias.")
    turned = say("The kernel is not transposed: an input i reaches the output o by kernel[i, o].")
    images = say("One kernel and one bias serve the whole batch: their gradients are summed over its images too.")

    def look(name, x, gradient, title):
        right = dict(zip(GRADIENTS, backward(x, kernel, gradient), strict=True))
        hints = [(value, order) for other, value in right.items() if other != name]
        if name == "input":
            summed = right[name].sum(axis=(-3, -2))
            hints.append((summed, say("Each position of x has a gradient of its own: sum over the outputs alone.")))
        else:
            place = GRADIENTS.index(name)
            hints.append((right[name] / gradient[..., 0].size, mean))
            if x.ndim == 4:
                single = np.array([backward(*pair)[place] for pair in zip(x, [kernel] * len(x), gradient, strict=True)])
                hints += [(values, images) for values in (single, single[0], single.mean(axis=0))]
            if name == "kernel":
                hints.append((right[name].T, say("The kernel's gradient is transposed: its shape is (cin, cout).")))
        return compare(name, 1, answers[f"{title} {name}"], right[name], hints)

    image = {name: look(name, inputs["x"][0], inputs["gradient"][0], "image") for name in GRADIENTS}
    batch = {name: look(name, inputs["x"], inputs["gradient"], "batch") for name in GRADIENTS}
    untransposed = conv2d(inputs["square gradient"], square[None, None])
    expected = conv2d(inputs["square gradient"], square.T[None, None])
    square_look = compare("square", 1, answers["square"], expected, [(untransposed, turned)])
    values = [
        together("input", 8, [image["input"], square_look]),
        together("kernel", 8, [image["kernel"]]),
        together("bias", 5, [image["bias"]]),
    ]
    # What is wrong for one image was told and paid there.
    right = [batch[name] for name in GRADIENTS if image[name].earned or image[name].message == order]
    changed = any(answer.changed for answer in answers.values())
    written = say("Your function writes into an array that it was given: make a new one.")
    more = [
        together("batch", 5, right) if right else passed("batch", 5, False, say("It counts once a gradient is right.")),
        passed("inputs untouched", 2, not changed, written),
    ]
    return shared(beside(values, more, (mean, order, turned)), (mean, order))


QUESTIONS = (
    Question("a1-q1", 4, "pixel_response", inputs_q1, probe_q1, decide_q1),
    Question("a1-q2", 6, "conv1x1", inputs_q2, probe_q2, decide_q2, needs=("a1-q1",)),
    Question("a1-q3", 14, "strided_conv1x1", inputs_q3, probe_q3, decide_q3, needs=("a1-q1", "a1-q2")),
    Question("a1-q4", 14, "count", inputs_q4, probe_q4, decide_q4),
    Question("a1-q5", 6, "keras_conv1x1", inputs_q5, probe_q5, decide_q5, needs=("a1-q2",)),
    Question("a1-q6", 8, "widest_bottleneck", inputs_q6, probe_q6, decide_q6, needs=("a1-q4",)),
    Question("a1-q7", 20, "bottleneck_block", inputs_q7, probe_q7, decide_q7, needs=("a1-q4", "a1-q6")),
    Question("a1-q8", 28, "conv1x1_backward", inputs_q8, probe_q8, decide_q8, needs=("a1-q2",)),
)
