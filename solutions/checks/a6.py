"""Hidden checks of a6: a design is rebuilt from its configuration, counted and trained where no submission runs.

The hidden images lie beside this file in a6_data.npz, made by authoring/make_a6_data.py: official test images of
Fashion-MNIST that the course does not bundle. No submission's process can open them. A submission hands over texts, the
JSON of `model.to_json()`; the decider builds the network anew with fresh weights, counts it with course_utils.cost,
trains it by the recipe that the notebook shows, and looks at the hidden images. So no claim about weights, costs or
accuracy is believed.
"""

import json
from collections import Counter
from pathlib import Path
from types import SimpleNamespace

import numpy as np

from autograder.answers import attempt
from autograder.deciding import beside, compare, passed, together
from autograder.looking import kernel_places, living, varies
from autograder.questions import Finding, Question, distinct
from autograder.rebuild import rebuild
from autograder.sentences import in_a_row, of_error, say

NOTEBOOK = "../a6_design_a_network.ipynb"
FORBIDDEN = ("course_utils.blocks", "course_utils.models", "course_utils.reference")
HIDDEN = Path(__file__).with_name("a6_data.npz")

PARAMETERS, MACS = 50_000, 5_000_000
RECIPE = {"epochs": 4, "batch_size": 64, "learning_rate": 2e-3}  # the notebook's cell `recipe` says the same
MOST_LAYERS, MOST_KEPT = 150, 2**20  # bytes an image for the backward pass: bounds the time of training
# Test accuracy that earns the first point, and all: measured over seeds, see the instructor's guide.
NO_POINTS, ALL_POINTS = 0.66, 0.73


# Question 1: the budget report


def costs_q1(sizes):
    """(parameters, MACs, moving statistics) of the probe's network of these sizes, in the order of its arguments."""
    size, cin, kernel, stride, f1, f2, classes = (int(n) for n in sizes)
    positions = (-(-size // stride)) ** 2
    parameters = kernel**2 * cin * f1 + 2 * f1 + f1 * f2 + f2 + f2 * classes + classes
    return parameters, positions * (kernel**2 * cin * f1 + f1 * f2) + f2 * classes, 2 * f1


def inputs_q1(rng):
    # A network for each budget, in an order that nobody knows: a budget that equals a cost must not tell the cost.
    networks, budgets, kinds = [], [], rng.permutation(["ample", "exact", "parameters", "macs"])
    for kind in kinds:
        size, cin, f1, f2, classes = distinct(rng, 5, 30, 5)
        networks.append((size, cin, int(rng.choice([3, 5])), int(rng.integers(1, 4)), f1, f2, classes))
        parameters, macs, _ = costs_q1(networks[-1])
        more = rng.uniform(2, 20, size=2) if kind == "ample" else (1, 1)
        budgets.append((int(more[0] * parameters) - (kind == "parameters"), int(more[1] * macs) - (kind == "macs")))
    return {"networks": np.array(networks), "budgets": np.array(budgets), "hidden kinds": kinds}


def probe_q1(report, inputs):
    import keras
    from keras import layers

    def network(size, cin, kernel, stride, f1, f2, classes):
        image = keras.Input((size, size, cin))
        x = layers.Conv2D(f1, kernel, stride, padding="same", use_bias=False)(image)
        x = layers.Conv2D(f2, 1, activation="relu")(layers.BatchNormalization()(x))
        return keras.Model(image, layers.Dense(classes)(layers.GlobalAveragePooling2D()(x)))

    found = {}
    for number, sizes in enumerate(inputs["networks"].tolist()):
        parameters, macs = inputs["budgets"][number].tolist()
        given = {"parameters": parameters, "macs": macs} if number % 2 else {}
        found[str(number)] = attempt(report, network(*sizes), *([] if given else (parameters, macs)), **given)
    return found


def decide_q1(inputs, answers):
    costs, kinds = [costs_q1(sizes) for sizes in inputs["networks"]], inputs["hidden kinds"].tolist()

    def part(number, index):
        """Number `index` of an answer's triple, or the answer itself when it is no triple."""
        answer = answers[str(number)]
        return answer if answer.value is None or answer.value.shape != (3,) else type(answer)(answer.value[index])

    def check(name, points, index, hints):
        looks = [compare(name, points, part(n, index), cost[index], hints(cost), 1e-12) for n, cost in enumerate(costs)]
        return together(name, points, looks)

    counted = say("Batch normalisation's moving averages were counted: no gradient moves them.")
    if all(answer.value is None for answer in answers.values()):
        fits, message = False, compare("question", 1, answers["0"], 0).message
    else:
        said = {kind: part(number, 2).value for number, kind in enumerate(kinds)}
        right = {"ample": 1, "exact": 1, "parameters": 0, "macs": 0}
        wrong = [name for name in right if said[name] is None or said[name].shape != () or said[name] != right[name]]
        fits = not wrong
        told = {
            "ample": say(
                "A network far below both budgets does not fit, you say: the third value should be True or False."
            ),
            "exact": say("A network that costs just what the budgets allow fits: at most, not less than."),
            "parameters": say("A network with one parameter too many does not fit, whatever its MACs."),
            "macs": say("A network with one MAC too many does not fit, whatever its parameters."),
        }
        message = told[wrong[0]] if wrong else ""
    return [
        check(say("parameters"), 3, 0, lambda cost: [(cost[0] + cost[2], counted)]),
        check(say("MACs"), 2, 1, lambda cost: [(2 * cost[1], say("These are FLOPs, two for each MAC."))]),
        passed("fits both budgets", 3, fits, message),
    ]


# Question 2: a shortcut that sees everything


def inputs_q2(rng):
    n, rows, columns, cin, cout = distinct(rng, 2, 9, 5)
    stride = 3  # the example's is 2
    return {
        "x": rng.normal(size=(n, stride * rows, stride * columns, cin + 2)).astype("float32"),
        "cout": cout + 10,
        "stride": stride,
        "weight seed": int(rng.integers(2**31)),
    }


def probe_q2(shortcut, inputs):
    import keras

    x, cout, stride = inputs["x"], inputs["cout"], inputs["stride"]
    cin = x.shape[-1]

    def run(*sizes):
        image = keras.Input(x.shape[1:])
        output = shortcut(image, *sizes)
        if output is None:
            raise NotImplementedError
        model = keras.Model(image, keras.layers.Identity()(output))  # Keras 3.13: no model whose output is its input
        rng = np.random.default_rng(inputs["weight seed"])
        model.set_weights([rng.normal(size=weight.shape).astype("float32") for weight in model.weights])
        return keras.ops.convert_to_numpy(model(x))

    return {
        "same": attempt(run, cin),
        "channels": attempt(run, cout),
        "smaller": attempt(run, cin, stride),
        "both": attempt(run, cout, stride),
    }


def decide_q2(inputs, answers):
    x, cout, stride = inputs["x"].astype(float), inputs["cout"], inputs["stride"]
    n, height, width, cin = x.shape

    def drawn(filters):
        """Kernel and bias as the probe draws them, whose order does not depend on the kernel's axes of length 1."""
        rng = np.random.default_rng(inputs["weight seed"])
        return rng.normal(size=(cin, filters)).astype("float32"), rng.normal(size=filters).astype("float32")

    kernel, bias = drawn(cout)
    square, square_bias = drawn(cin)
    tiles = x.reshape(n, height // stride, stride, width // stride, stride, cin)
    pooled, largest, dropped = tiles.mean((2, 4)), tiles.max((2, 4)), x[:, ::stride, ::stride]
    needless = say("A convolution is in the way where the number of channels stays: nothing needs to be learned there.")
    skips = say(
        "Only one of every {stride}×{stride} positions is seen. Average them first, then let the 1×1 follow.",
        stride=stride,
    )
    peak = say("That is the maximum of each tile: the average was asked for.")
    biased = say("The 1×1 convolution has a bias: leave it out, the block's batch normalisation has one.")
    same = compare("same shape", 4, answers["same"], x, [(x @ square, needless), (x @ square + square_bias, needless)])
    others = [
        compare("more channels", 4, answers["channels"], x @ kernel, [(x @ kernel + bias, biased)], 1e-3),
        compare(
            "smaller map",
            4,
            answers["smaller"],
            pooled,
            [
                (
                    dropped,
                    say("Only one of every {stride}×{stride} positions is seen: average them instead.", stride=stride),
                ),
                (largest, peak),
                (pooled @ square, needless),
                (dropped @ square, needless + " " + skips),
            ],
            1e-3,
        ),
        compare(
            "more channels with a smaller map",
            4,
            answers["both"],
            pooled @ kernel,
            [(dropped @ kernel, skips), (largest @ kernel, peak), (pooled @ kernel + bias, biased)],
            1e-3,
        ),
    ]
    return beside(others, [same], (needless, skips, peak, biased))


# Question 3: spend a budget


def costs_q3(inputs, width):
    """(parameters, MACs) of the probe's network of this width."""
    size, cin, classes = inputs["size"], inputs["cin"], inputs["classes"]
    kernels = 9 * cin * width, 9 * width * 2 * width
    macs = size**2 * kernels[0] + (size // 2) ** 2 * kernels[1] + 2 * width * classes
    return sum(kernels) + 3 * width + 2 * width * classes + classes, macs


def inputs_q3(rng):
    size, cin, classes = 2 * int(rng.integers(3, 7)), int(rng.integers(2, 6)), int(rng.integers(3, 12))
    sizes = {"size": size, "cin": cin, "classes": classes}
    first, second, third = distinct(rng, 5, 15, 3)
    few, work = costs_q3(sizes, first)[0], costs_q3(sizes, second)[1]
    return sizes | {
        "few parameters": (few + costs_q3(sizes, first + 1)[0]) // 2,
        "few MACs": (work + costs_q3(sizes, second + 1)[1]) // 2,
        "exact parameters": costs_q3(sizes, third)[0],
        "exact MACs": costs_q3(sizes, third)[1],
        "too little": costs_q3(sizes, 1)[0] - 1,
        "ample parameters": costs_q3(sizes, 40)[0],  # not endless: a search that ignores a budget should end
        "ample MACs": costs_q3(sizes, 40)[1],
    }


def probe_q3(widest, inputs):
    import keras
    from keras import layers

    def network(width):
        image = keras.Input((inputs["size"], inputs["size"], inputs["cin"]))
        x = layers.Conv2D(width, 3, padding="same", activation="relu")(image)
        x = layers.Conv2D(2 * width, 3, 2, padding="same", activation="relu")(x)
        return keras.Model(image, layers.Dense(inputs["classes"])(layers.GlobalAveragePooling2D()(x)))

    return {
        "parameters": attempt(widest, network, inputs["few parameters"], inputs["ample MACs"]),
        "macs": attempt(widest, network, inputs["ample parameters"], inputs["few MACs"]),
        "exact": attempt(widest, network, parameters=inputs["exact parameters"], macs=inputs["exact MACs"]),
        "nothing": attempt(widest, network, parameters=inputs["too little"], macs=inputs["ample MACs"]),
    }


def decide_q3(inputs, answers):
    def check(name, points, title, parameters, macs):
        fitting = [
            max((width for width in range(1, 60) if costs_q3(inputs, width)[index] <= most), default=0)
            for index, most in enumerate((parameters, macs))
        ]
        expected, value = min(fitting), answers[name].value
        hints = []
        if value is not None and value.shape == () and value.dtype.kind in "iuf":
            wide = say("Too wide: it costs more than a budget allows. Return the last width that keeps to both.")
            narrow = say("Too narrow: a cost that equals a budget, or is just below it, is allowed.")
            nothing = say("Not even width 1 fits here: the answer is 0.")
            hints = [(value, nothing if not expected else wide if value > expected else narrow)]
        return compare(title, points, answers[name], expected, hints, 1e-12)

    parameters, macs = inputs["ample parameters"], inputs["ample MACs"]
    values = [
        check("parameters", 4, say("parameters bind"), inputs["few parameters"], macs),
        check("macs", 4, say("MACs bind"), parameters, inputs["few MACs"]),
        check("exact", 3, say("both exactly"), inputs["exact parameters"], inputs["exact MACs"]),
    ]
    return beside(values, [check("nothing", 3, say("nothing fits"), inputs["too little"], macs)])


# Question 4: the design


def shifted(images, most, seed):
    """Each image moved by up to `most` pixels up or down, left or right. The notebook has this function too."""
    rng = np.random.default_rng(seed)
    padded = np.pad(images, ((0, 0), (most, most), (most, most), (0, 0)))
    height, width = images.shape[1:3]
    moves = rng.integers(0, 2 * most + 1, size=(len(images), 2))
    pairs = zip(padded, moves, strict=True)
    return np.stack([image[row : row + height, column : column + width] for image, (row, column) in pairs])


def inputs_q4(rng):
    return {"hidden seed": int(rng.integers(2**31))}


def probe_q4(build, inputs):
    import keras

    import __main__  # the notebook, whose nickname this is

    def described():
        model = build()
        if model is None:
            raise NotImplementedError
        if not isinstance(model, keras.Model):
            raise TypeError(say("build returned a {kind}, not a keras.Model", kind=type(model).__name__))
        return model.to_json()

    def nickname():
        name = getattr(__main__, "nickname", "")
        return name[:1000] if isinstance(name, str) else ""

    return {"first": attempt(described), "second": attempt(described), "nickname": attempt(nickname)}


def design(answer):
    """(the model, "") of a configuration, without weights and ready to be trained, or (None, what is wrong with it)."""
    if answer is None or answer.value is None:
        return None, compare("question", 0, answer, 0).message
    try:
        model = rebuild(str(answer.value))
    except ValueError as error:
        written = " " + say("Write layers.Add()([x, y]) for x + y, and so on.") if "keras.src.ops" in str(error) else ""
        return None, of_error(error) + "." + written
    if len(model.layers) > MOST_LAYERS:
        return None, say(
            "It has {layers} layers, and at most {most} are looked at.", layers=len(model.layers), most=MOST_LAYERS
        )
    model.trainable = True  # a frozen weight costs its parameters all the same
    return model, ""


def shapes_of(model):
    """(shape of the output for one image of 28×28×1, "") or (None, what is wrong)."""
    try:
        output = model.compute_output_shape((None, 28, 28, 1))
        inputs = model.input_shape
        if any(have not in (None, want) for have, want in zip(inputs, (None, 28, 28, 1), strict=True)):
            return None, say("It takes inputs of shape {shape}, where images of (28, 28, 1) come.", shape=inputs[1:])
        return tuple(output), ""
    except Exception as error:
        text = " ".join(str(error).split())[:200]
        return None, say("It does not take images of 28×28×1: {error}", error=text)


def fresh(model):
    """A network of this design with weights of its own."""
    import keras

    copy = keras.models.clone_model(model)
    copy.trainable = True
    return copy


def with_random_weights(model, rng):
    """The same network with trainable weights that hide nothing: no zeros where zeros are usual."""
    for weight in model.trainable_variables:
        shape = tuple(weight.shape)
        scale = 1 / np.sqrt(max(1, np.prod(shape[:-1])))
        weight.assign(rng.normal(size=shape, scale=scale).astype("float32"))
    return model


def same_for_all(model):
    """Whether the image makes no difference to the outputs, whatever the weights."""
    rng = np.random.default_rng(0)
    return not varies(model, rng.random((4, 28, 28, 1)), rng)


def wrong_outputs(model, x, rng):
    """Why these cannot be logits, or "": logits have both signs, for some weights at least."""
    import keras

    logits = []
    for _ in range(3):
        logits.append(keras.ops.convert_to_numpy(with_random_weights(model, rng)(x, training=False)))
    logits = np.stack(logits).astype(float)
    if (logits < 0).any():
        return ""
    if np.allclose(logits.sum(-1), 1, atol=1e-3):
        return say("The outputs are probabilities: leave the softmax out, the recipe's loss has it.")
    return say("No output is ever negative: is there an activation after the last layer? Logits need none.")


def starved(model, data, rng):
    """Why some weights learn nothing, or ""."""
    import keras

    from course_utils import checks

    images, labels = data.x_train[:64], data.y_train[:64]
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    norms = checks.gradient_norms(with_random_weights(model, rng), images, labels, loss)
    broken = [path for path, norm in norms.items() if not np.isfinite(norm) or norm == 0]
    if not norms:
        return say("There is nothing to learn in it: no layer has weights.")
    if broken:
        return say(
            "No gradient reaches {weight} ({broken} of {weights} weights): what does that layer do?",
            weight=broken[0],
            broken=len(broken),
            weights=len(norms),
        )
    return ""


def within(used, budget):
    """1 within the budget, 0 from twice the budget on, and in between as far as it is kept."""
    return float(np.clip(2 - used / budget, 0, 1))


def pictures(seed):
    """What the recipe trains on and what it is tested with: the course's training images and the hidden ones, moved."""
    from course_utils import data

    known = data.load("fashion-mnist-mini")
    with np.load(HIDDEN, allow_pickle=False) as hidden:
        x, y = hidden["x"], hidden["y"]
    x = x[..., None].astype("float32") / 255
    return SimpleNamespace(
        x_train=shifted(known.x_train, 4, 1), y_train=known.y_train, x_test=shifted(x, 4, seed), y_test=y.astype(int)
    )


def hidden_accuracy(model, data, seed):
    """(share of the hidden images that the network gets right once trained, "") or (0, why it cannot be trained)."""
    from course_utils import training

    try:
        results = training.compare({"design": lambda: fresh(model)}, data, seeds=[seed], progress=False, **RECIPE)
    except ValueError as error:
        return 0.0, say("It cannot be trained: {error}", error=" ".join(str(error).split())[:200])
    (run,) = results.runs
    if run["diverged"]:
        return 0.0, say("Training broke down: {how}.", how=run["diverged"])
    return run["history"]["test_accuracy"][-1], ""


def as_text(model):
    """Settings and wiring of the layers, shapes of the weights; not the names that Keras counts up (conv2d_7)."""
    names = {}

    def renamed(node, key=None):
        if isinstance(node, dict):
            return {k: renamed(value, k) for k, value in node.items()}
        if isinstance(node, list):
            return [renamed(value, key) for value in node]
        if isinstance(node, str) and key in ("name", "keras_history", "input_layers", "output_layers"):
            return names.setdefault(node, len(names))
        return node

    shapes = [tuple(weight.shape) for weight in model.weights]
    return json.dumps([renamed(json.loads(model.to_json())), shapes], sort_keys=True)


def slow_statistics(model):
    """Whether a batch normalisation averages over more steps than there are."""
    import keras

    kinds = [layer for layer in model.layers if isinstance(layer, keras.layers.BatchNormalization)]
    return any(layer.momentum > 0.95 for layer in kinds)


def decide_q4(inputs, answers):
    from course_utils import cost

    points = {
        say("images to logits"): 5,
        say("parameters"): 4,
        say("MACs"): 4,
        say("every weight learns"): 3,
        say("one design"): 2,
        "hidden images": 16,
    }

    def nothing(message):
        return [Finding("question", sum(points.values()), 0, message)]

    model, problem = design(answers["first"])
    if model is None:
        return nothing(problem)
    shape, problem = shapes_of(model)
    if shape != (None, 10):
        return nothing(
            problem or say("An image should become 10 numbers, and becomes {shape}: end in Dense(10).", shape=shape[1:])
        )
    table = cost.cost(model, (28, 28, 1))
    used = {"parameters": table.parameters, "MACs": table.macs}
    budget = {"parameters": PARAMETERS, "MACs": MACS}
    kept = table.training_bytes / MOST_KEPT
    if max(kept, *(used[name] / budget[name] for name in used)) > 20:  # before a weight of it takes up memory
        return nothing(
            say(
                "It costs {parameters:,} parameters and {macs:,} MACs: far too much to be tried.",
                parameters=table.parameters,
                macs=table.macs,
            )
        )

    seed = inputs["hidden seed"]
    rng, data, live = np.random.default_rng(seed), pictures(seed), fresh(model)
    if same_for_all(live):
        return nothing(say("The outputs are the same for all images: does anything of an image reach the end?"))
    not_logits, idle = wrong_outputs(live, data.x_test[:64], rng), starved(live, data, rng)
    second, other = design(answers["second"])
    same = second is not None and as_text(second) == as_text(model)
    shares = {name: within(used[name], budget[name]) for name in used}
    share, reached, accuracy = min(shares.values()), 0.0, None
    if share == 0:
        problem = say("It was not trained, since it costs twice a budget or more.")
    elif kept > 1:
        problem = say(
            "It was not trained: it keeps {size:.1f} MiB an image, more than 1.", size=table.training_bytes / 2**20
        )
    else:
        accuracy, problem = hidden_accuracy(model, data, seed)
        reached = float(np.clip((accuracy - NO_POINTS) / (ALL_POINTS - NO_POINTS), 0, 1))
        problem = problem or about(accuracy, model, reached, share)

    def spent(name):
        message = (
            say(
                "It costs {used:,} {name}, and the budget is {budget:,}.",
                used=used[name],
                name=say(name),
                budget=budget[name],
            )
            if shares[name] < 1
            else ""
        )
        return Finding(name, points[name], round(points[name] * shares[name], 2), message)

    def check(name, wrong):
        return passed(name, points[name], not wrong, wrong)

    found = [
        check("images to logits", not_logits),
        spent("parameters"),
        spent("MACs"),
        check("every weight learns", idle),
        check("one design", "" if same else other or say("Two calls of build gave two different designs.")),
    ]
    contract = all(finding.earned == finding.points for finding in found)
    found.append(Finding("hidden images", 16, round(16 * reached * share, 1), problem))
    return found + on_the_board(answers.get("nickname"), accuracy, table) * contract


def on_the_board(nickname, accuracy, table):
    """For who chose a nickname: what the class sees of the design, told to its author as well."""
    value = nickname.value if nickname else None
    if not accuracy or value is None or value.shape != () or value.dtype.kind != "U" or not str(value).strip():
        return []
    row = {"accuracy": accuracy, "parameters": table.parameters, "macs": table.macs}
    told = say(
        "The class's leaderboard shows under your nickname: {accuracy:.1%} of the hidden images, "
        "{parameters:,} parameters, {macs:,} MACs.",
        **row,
    )
    return [Finding("leaderboard", 0, 0, told, {"nickname": str(value)[:1000], **row})]


def about(accuracy, model, reached, share):
    """What the student reads about the hidden images; nothing when all points were earned."""
    told = []
    if reached < 1:
        told.append(
            say(
                "{accuracy:.1%} of the hidden images are right after training; all points take {share:.0%}.",
                accuracy=accuracy,
                share=ALL_POINTS,
            )
        )
        if slow_statistics(model):
            told.append(
                say(
                    "Your batch normalisation has Keras's momentum of 0.99: its averages are not yet right after so "
                    "few steps. Set momentum=0.9, as the course does."
                )
            )
    if share < 1:
        told.append(say("Beyond a budget, these points shrink as those of the budget do."))
    return in_a_row(told)


# Question 5: the ablation


def inputs_q5(rng):
    return {"nothing": 0}


def probe_q5(ablation, inputs):
    import keras

    found = ablation()
    if found is None:
        raise NotImplementedError
    if not isinstance(found, dict):
        raise TypeError(say("ablation returned a {kind}, not a dict", kind=type(found).__name__))

    def described(builder):
        if isinstance(builder, keras.Model) or not callable(builder):
            raise TypeError(
                say("a value of the dict is a {kind}: put the function itself there", kind=type(builder).__name__)
            )
        model = builder()
        if not isinstance(model, keras.Model):
            raise TypeError(say("a builder returned a {kind}, not a keras.Model", kind=type(model).__name__))
        return model.to_json()

    names = [name for name in found if name != "design"]
    answers = {"names": attempt(lambda: "\n".join(map(str, found)))}
    for key, name in zip(("design", "without"), ["design", *names[:1]], strict=False):
        answers[key] = attempt(lambda name=name: described(found[name]))
    return answers


def parts_of(model):
    """How often each kind of layer and activation occurs, at any depth."""
    import keras

    parts = Counter()
    for layer in model.layers:
        if isinstance(layer, keras.Model):
            parts += parts_of(layer)
            continue
        kind, activation = type(layer).__name__, getattr(layer, "activation", None)
        if kind == "Activation" or (kind not in ("Identity", "InputLayer") and activation is not None):
            name = getattr(activation, "__name__", str(activation))
            if name != "linear":
                parts[{"relu": "ReLU", "softmax": "Softmax"}.get(name, name)] += 1
        if kind not in ("Activation", "Identity", "InputLayer"):
            parts[kind] += 1
    return parts


# Words of a name, and the layers that such a part consists of; where it takes more with it, as a shortcut does, none.
PARTS = {
    "relu": ("ReLU",),
    "batch": ("BatchNormalization",),
    "norm": ("BatchNormalization",),
    "dropout": ("Dropout", "SpatialDropout2D"),
}


def named_part(name):
    """The kinds of layers that a name such as "without ReLUs" says are gone, or ()."""
    return next((kinds for word, kinds in PARTS.items() if word in name.lower()), ())


def all_of_them(names):
    """Whether the name says so: "without ReLUs", not "without the last ReLU" or "without one ReLU"."""
    words = next(name for name in names if name != "design").lower().split()
    return len(words) == 2 and words[1].endswith("s")


def decide_q5(inputs, answers):
    from course_utils import cost

    names = str(answers["names"].value).split("\n") if answers["names"].value is not None else []
    problem = ""
    if len(names) != 2 or "design" not in names:
        problem = say('Two entries are asked for, "design" and one more; the dict has {number}.', number=len(names))
    elif not next(name for name in names if name != "design").startswith("without "):
        problem = say('The second name should say what is gone: "without …".')
    models = {}
    for name in ("design", "without"):
        if not problem:
            models[name], problem = design(answers.get(name))
    for name, model in models.items():
        if not problem:
            shape, problem = shapes_of(model)
            if not problem and shape != (None, 10):
                problem = say(
                    "The network {name} gives {shape} an image, where 10 logits are needed.", name=name, shape=shape[1:]
                )
            elif not problem and cost.cost(model, (28, 28, 1)).macs > 20 * MACS:
                problem = say("The network {name} is far too large.", name=name)
            elif not problem and same_for_all(model):
                problem = say("The outputs of the network {name} are the same for all images.", name=name)
    if not problem and len(kernel_places(models["design"])) < 2:
        problem = say("The design has fewer than two layers with kernels: it has no part that it could do without.")
    if problem:
        return [Finding("question", 12, 0, problem)]
    whole, less = parts_of(models["design"]), parts_of(models["without"])
    gone, new = whole - less, less - whole
    named = named_part(next(name for name in names if name != "design"))
    weights = ("Conv2D", "DepthwiseConv2D", "SeparableConv2D", "Dense")
    before, after = (sum(parts[kind] for kind in weights) for parts in (whole, less))
    stays = say("The rest should be as it was.")
    if new:
        stays = say(
            "The second network has parts that the design has not ({parts}): remove, add nothing.",
            parts=", ".join(sorted(new)),
        )
    elif 2 * after < before:
        stays = say(
            "Of {before} layers with kernels {after} are left: remove one part and not half of the network.",
            before=before,
            after=after,
        )
    removed, missed = bool(gone), say("Both builders build the same parts: nothing was removed.")
    rng = np.random.default_rng(0)
    idle = set(kernel_places(models["design"])) - living(models["design"], rng.random((4, 28, 28, 1)), rng)
    if removed and idle:
        removed, missed = (
            False,
            say("The outputs of the design do not depend on {number} of its layers with kernels.", number=len(idle)),
        )
    if removed and named and not any(gone[kind] for kind in named):
        removed, missed = (
            False,
            say("The name promises a network without {part}, and there are as many in both.", part=named[0]),
        )
    elif removed and named and all_of_them(names) and any(less[kind] for kind in named):
        removed, missed = False, say("The name promises a network without {part}, and some are left.", part=named[0])
    strangers = sorted(kind for kind in gone if named and kind not in named)
    if not new and strangers:
        stays = say(
            "More than its name says is gone: {parts} as well. {stays}", parts=", ".join(strangers), stays=stays
        )
    rest = not new and not strangers and 2 * after >= before
    others = [passed("one part fewer", 5, removed, missed), passed("the rest stays", 3, rest, stays)]
    return beside(others, [passed("two builders", 4, True, "")])


QUESTIONS = (
    Question("a6-q1", 8, "report", inputs_q1, probe_q1, decide_q1),
    Question("a6-q2", 16, "shortcut", inputs_q2, probe_q2, decide_q2),
    Question("a6-q3", 14, "widest", inputs_q3, probe_q3, decide_q3, needs=("a6-q1",)),
    Question("a6-q4", 34, "build", inputs_q4, probe_q4, decide_q4, needs=("a6-q1", "a6-q2", "a6-q3")),
    Question("a6-q5", 12, "ablation", inputs_q5, probe_q5, decide_q5, needs=("a6-q1", "a6-q2", "a6-q3", "a6-q4")),
    Question("a6-q6", 16, manual=True),
)
