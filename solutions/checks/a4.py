"""Hidden checks of a4: inputs that nobody can foresee, probes that collect answers, deciders that compare them.

A probe runs beside the submission, from its source text alone; a decider runs in another process: see
autograder. The expected numbers are counted here; measured fields and designs are looked at with
course_utils.checks and course_utils.cost, of which no answer can import the second while graded.
"""

import json
import math

import numpy as np

from autograder.answers import Answer, attempt
from autograder.deciding import beside, compare, passed, shared, together
from autograder.looking import leaves, varies
from autograder.questions import Question, distinct
from autograder.rebuild import rebuild
from autograder.sentences import cut, of_error, say

NOTEBOOK = "../a4_ledger_and_receptive_field.ipynb"
FORBIDDEN = ("course_utils.blocks", "course_utils.cost", "course_utils.models", "course_utils.reference")
EXACT = 1e-12


def rounded_up(a, b):
    return -(-a // b)


def positions(size, kernel, stride=1, padding="valid"):
    if padding == "same":
        return rounded_up(size, stride)
    return (size + 2 * (0 if padding == "valid" else padding) - kernel) // stride + 1


def part(answer, *index):
    """The part `index` of an answer's array, or the answer itself when it has no such part."""
    try:
        return Answer(answer.value[index], answer.error, answer.changed)
    except (IndexError, TypeError):
        return answer


# Question 1: what size comes out


def inputs_q1(rng):
    cases = []
    for stride in (1, 2, 2, 3, 3, 4):
        kernel = int(rng.integers(stride + 1, 9))
        size = int(rng.integers(2, 9)) * stride + kernel + (stride > 1)  # the last step hangs over the edge
        size += stride * (size % stride == 0)
        cases.append((size, kernel, stride, int(rng.integers(1, 4))))
    return {"cases": np.array(cases)}


def probe_q1(output_size, inputs):
    def each(padding):
        found = [
            output_size(size, kernel, stride, zeros if padding == "number" else padding)
            for size, kernel, stride, zeros in inputs["cases"].tolist()
        ]
        return None if any(number is None for number in found) else found

    return {name: attempt(each, name) for name in ("valid", "number", "same")}


def decide_q1(inputs, answers):
    size, kernel, stride, zeros = inputs["cases"].T

    def fits(length):
        return (length - kernel) // stride + 1

    def hints(length):
        return [
            (
                (length - stride) // kernel + 1,
                say("Kernel and stride are exchanged."),
            ),
            (
                rounded_up(length - kernel, stride) + 1,
                say("A position that hangs over the edge was counted: round down."),
            ),
            (fits(length) - 1, say("The first position is missing: the steps are one fewer than the positions.")),
            (length - kernel + 1, say("The stride has no effect.")),
        ]

    once = (fits(size + zeros), say("The padding was counted once: the zeros are added at both ends."))
    every = (size, say('"same" keeps the size only with stride 1: with stride s, n becomes n / s, rounded up.'))
    down = (size // stride, say('"same" rounds up, not down.'))
    both = size + 2 * zeros
    return [
        compare("no padding", 3, answers["valid"], fits(size), hints(size), EXACT),
        compare("padding by a number", 3, answers["number"], fits(both), [once, *hints(both)], EXACT),
        compare("same", 2, answers["same"], rounded_up(size, stride), [every, down], EXACT),
    ]


# Question 2: a convolution in groups


def inputs_q2(rng):
    groups, stride = int(rng.integers(3, 5)), 3  # in no example, as the kernel
    kernel = int(rng.choice([5, 7]))
    a, b, c, d = distinct(rng, 5, 14, 4)
    height, width = (kernel + (n + 3) * stride + 1 for n in (a, b))  # the last step hangs over the edge
    cin, cout = c * groups, d * groups
    return {
        "sizes": np.array([height, width, cin, cout]),
        "kernel": kernel,
        "stride": stride,
        "zeros": int(rng.integers(1, 3)) * stride,  # moves the edge by whole steps
        "groups": groups,
    }


def probe_q2(conv_cost, inputs):
    sizes, kernel, stride = inputs["sizes"].tolist(), inputs["kernel"], inputs["stride"]
    zeros, groups = inputs["zeros"], inputs["groups"]
    return {
        "whole": attempt(conv_cost, *sizes, kernel, stride=stride, padding=zeros),
        "groups": attempt(conv_cost, *sizes, kernel, stride=stride, groups=groups),
    }


def decide_q2(inputs, answers):
    (height, width, cin, cout), kernel, stride = inputs["sizes"].tolist(), inputs["kernel"], inputs["stride"]
    zeros, groups = inputs["zeros"], inputs["groups"]
    whole = kernel * kernel * cin * cout
    dealt = whole // groups
    one_group = dealt // groups
    padded = positions(height, kernel, stride, zeros) * positions(width, kernel, stride, zeros)
    bare = positions(height, kernel, stride) * positions(width, kernel, stride)

    def parameter_hints(weights):
        return [
            (weights, say("The biases are missing: one for each filter.")),
            (weights + 1, say("There is one bias for each filter, not one in all.")),
            (weights + 2 * cout, say("The biases are counted twice.")),
            (weights + groups, say("There is one bias for each filter, not one for each group.")),
            (weights + cout // groups, say("Every filter keeps its bias: biases are not divided by the groups.")),
            (weights // kernel + cout, say("The kernel is `kernel` wide and `kernel` high: that factor comes twice.")),
        ]

    def mac_hints(weights, fits, over):
        return [
            (
                weights * height * width,
                say("Positions of the input were counted: a filter works at those of the output."),
            ),
            ((weights + cout) * fits, say("The biases were counted: MACs are the kernel's multiplications only.")),
            (2 * weights * fits, say("One multiply-accumulate is one MAC; those are the FLOPs, twice as many.")),
            (weights // kernel * fits, say("The kernel is `kernel` wide and `kernel` high: that factor comes twice.")),
            (weights * over, say("A position that hangs over the edge was counted: round down.")),
        ]

    over = (rounded_up(height - kernel, stride) + 1) * (rounded_up(width - kernel, stride) + 1)
    forgotten, twice = (
        say("The groups have no effect: a filter sees the channels of its own group only."),
        say("Divided by the groups twice: that is the cost of one group, and there are more of them."),
    )
    in_groups = [
        *((whole + bias, forgotten) for bias in (cout, 0)),
        *((one_group + bias, twice) for bias in (cout, cout // groups, 0)),
    ]
    mac_groups = [(whole * bare, forgotten), (one_group * bare, twice)]
    shown = mac_hints(dealt, bare, over)
    padded_over = (rounded_up(height + 2 * zeros - kernel, stride) + 1) * (
        rounded_up(width + 2 * zeros - kernel, stride) + 1
    )
    return [
        compare("parameters", 4, part(answers["whole"], 0), whole + cout, parameter_hints(whole), EXACT),
        compare("MACs", 3, part(answers["whole"], 1), whole * padded, mac_hints(whole, padded, padded_over), EXACT),
        compare(
            "parameters in groups",
            4,
            part(answers["groups"], 0),
            dealt + cout,
            [*in_groups, *parameter_hints(dealt)],
            EXACT,
        ),
        compare("MACs in groups", 3, part(answers["groups"], 1), dealt * bare, [*mac_groups, *shown], EXACT),
    ]


# Question 3: the ledger


def row(shape, layer):
    """(output shape, parameters, MACs), counted in the open."""
    kind, *settings = layer
    if kind == "dense":
        return (settings[0],), (shape[0] + 1) * settings[0], shape[0] * settings[0]
    if kind == "flatten":
        return (math.prod(shape),), 0, 0
    window = settings[-2:] if kind == "pool" else settings[1:4]
    rows, columns = (positions(side, *window) for side in shape[:2])
    if kind == "pool":
        return (rows, columns, shape[2]), 0, 0
    filters, kernel, _, _, groups = settings
    weights = kernel * kernel * (shape[2] // groups) * filters
    return (rows, columns, filters), weights + filters, weights * rows * columns


def flat(found):
    shape, parameters, macs = found
    return [*shape, parameters, macs]


def inputs_q3(rng):
    height, width, channels, filters = distinct(rng, 5, 14, 4)
    kernel, stride = 5, 3
    conv = ("conv", 3 * filters, kernel, stride, int(rng.integers(1, 3)), 3)
    same = ("conv", filters + 1, 3, stride, "same", 1)
    # The pooling's windows overlap, and its last step hangs over the edge.
    pool_height, pool_width = 4 + 3 * int(rng.integers(3, 6)) + 1, 4 + 3 * int(rng.integers(6, 9)) + 1
    length, units = distinct(rng, 20, 90, 2)
    lines = [
        ((height + kernel, height + width + kernel, 3 * channels), conv),  # so that rows and columns come out unequal
        ((height + 7, height + width + 7, channels), same),
        ((pool_height, pool_width, channels), ("pool", 4, 3)),
        ((height, width, channels), ("flatten",)),
        ((length,), ("dense", units)),
    ]
    return {"lines": json.dumps(lines)}


def probe_q3(layer_row, inputs):
    import json

    def line(shape, layer):
        found = layer_row(tuple(shape), tuple(layer))
        if found is None or found is ...:
            return found
        try:
            shape, parameters, macs = found
        except (TypeError, ValueError):
            raise TypeError(say("it returned no tuple of three: (output shape, parameters, MACs)")) from None
        return [*np.atleast_1d(shape), parameters, macs]

    lines = json.loads(inputs["lines"])
    names = ("convolution", "same", "pooling", "flatten", "dense")
    return {name: attempt(line, *pair) for name, pair in zip(names, lines, strict=True)}


def decide_q3(inputs, answers):
    lines = [(tuple(shape), tuple(layer)) for shape, layer in json.loads(inputs["lines"])]
    conv, same, pool, flatten, dense = (flat(row(*line)) for line in lines)
    height, width, channels = lines[2][0]
    over = [rounded_up(side - 4, 3) + 1 for side in (height, width)]
    pool_hints = [
        ([*over, channels, 0, 0], say("A pooling position that hangs over the edge was counted: round down.")),
        ([height // 4, width // 4, channels, 0, 0], say("The pooling moves by its stride, not by its kernel.")),
        ([*pool[:2], pool[2], channels, 0], say("A pooling has no parameters.")),
    ]
    height, width, channels = lines[3][0]
    flatten_hints = [
        ([channels, 0, 0], say("A flatten keeps every number of the map, not one for each channel.")),
        ([height * width, 0, 0], say("A flatten keeps every number of the map: the channels were left out.")),
        ([height, width, channels, 0, 0], say("A flatten makes a vector: its shape is (length,).")),
    ]
    units, parameters, macs = dense
    dense_hints = [
        ([units, macs, macs], say("A unit of a fully connected layer has a bias as well.")),
        ([units, parameters, parameters], say("Biases are no MACs.")),
        ([units, parameters, 0], say("A fully connected layer has MACs as well: each weight is used once.")),
        ([units, parameters, 2 * macs], say("One multiply-accumulate is one MAC; those are FLOPs, twice as many.")),
    ]
    turned = ([conv[1], conv[0], *conv[2:]], say("Height and width are exchanged."))
    return [
        compare("convolution", 2, answers["convolution"], conv, [turned], EXACT),
        compare("convolution with same", 2, answers["same"], same, (), EXACT),
        compare("pooling", 4, answers["pooling"], pool, pool_hints, EXACT),
        compare("flatten", 2, answers["flatten"], flatten, flatten_hints, EXACT),
        compare("fully connected", 4, answers["dense"], dense, dense_hints, EXACT),
    ]


# Question 4: what two variants under the same seeds allow to conclude


LEVEL = 0.05
APART, TIED = ("overlap", "crashes", "lost runs"), ("few seeds", "ties", "one crash")
MISTAKES = {
    "one side": say("That is the one-sided test: either variant might have won, so both sides count."),
    "ties": say("A seed with equal accuracies says nothing: it counts for neither side, and not among the pairs."),
    "lost": say("A seed that only one variant has is no pair, and no win either."),
    "rows": say("The rows are in no order: a pair is two runs of the same seed."),
    "means": say("The means were compared: one run that crashed moves a mean, and counts once among the pairs."),
    "ranges": say("The ranges were compared: what seeds do to both variants alike hides there, and a pair shows it."),
    "more": say("More wins alone are no conclusion: luck would do that too, unless p is below 0.05."),
    "lenient": say("Conclude where p is below 0.05, not where it is below 0.1."),
}


SLIPS = "one side", "ties", "lost", "rows"  # in counting; the others are in the idea


def inputs_q4(rng):
    names = [str(name) for name in rng.permutation(["plain", "with dropout", "wide", "5×5", "3×3 twice", "grouped"])]
    drawn = {"names": json.dumps(names)}

    def case(wins, losses, ties=0, spread=0.1, gap=0.004):
        """Accuracies of a winner and of another over the same seeds; what a seed does to both is far larger."""
        count = wins + losses + ties
        sides = np.repeat([1, -1, 0], [wins, losses, ties])
        better = rng.uniform(0.75 - spread, 0.75 + spread, size=count)
        return better, better - sides * rng.uniform(0.5, 1.5, size=count) * gap

    def rows(name, better, other, lost=((), ())):
        first, second = names[:2] if rng.integers(2) else names[1::-1]  # the winner's, the other's
        seeds = [int(seed) for seed in rng.choice(range(1, 500), len(better), replace=False)]
        found = [
            (first, seed, float(value))
            for n, (seed, value) in enumerate(zip(seeds, better, strict=True))
            if n not in lost[0]
        ]
        found += [
            (second, seed, float(value))
            for n, (seed, value) in enumerate(zip(seeds, other, strict=True))
            if n not in lost[1]
        ]
        while True:  # an order in which pairing row by row shows nothing: neither 1 nor another mistake's number
            ordered = [found[place] for place in rng.permutation(len(found))]
            conclusion, p = concluded(ordered, "rows")
            others = [1, *(concluded(ordered, mistake)[1] for mistake in ("", "one side", "ties", "lost"))]
            if name == "few seeds" or (conclusion == "not told apart" and not np.isclose(p, others).any()):
                break
        drawn[name] = json.dumps(ordered)

    rows("overlap", *case(18, 2))
    better, other = case(17, 3)
    better[-3:] = rng.uniform(0.1, 0.12, size=3)  # the mean speaks for the other one
    rows("crashes", better, other)
    better, other = case(18, 5)
    rows("lost runs", better, other, ((19,), (0, 1)))  # leaves 16 to 4; counted as wins 18 to 5, or 16 to 7
    rows("few seeds", *case(5, 0, spread=0.005, gap=0.05))  # the ranges do not even touch
    rows("ties", *case(11, 3, ties=6))
    better, other = case(12, 8)
    better[-1] = 0.1  # of one that it loses anyhow: its mean is now the smaller one
    rows("one crash", better, other)
    return drawn


def probe_q4(verdict, inputs):
    import json

    def part(case, index):
        answer = verdict([tuple(row) for row in json.loads(inputs[case])])
        if answer is None or answer is ...:
            return answer
        if not isinstance(answer, tuple | list) or len(answer) != 2:
            raise TypeError(say("it did not return a pair (conclusion, p)"))
        return answer[1] if index else str(answer[0])

    cases = [name for name in inputs if name != "names"]
    return {f"{case} {kind}": attempt(part, case, index) for case in cases for index, kind in enumerate(("name", "p"))}


def concluded(rows, mistake=""):
    """(conclusion, p) of rows (variant, seed, accuracy), as somebody says who makes this mistake."""
    first, second = dict.fromkeys(variant for variant, _, _ in rows)
    values = [[value for variant, _, value in rows if variant == name] for name in (first, second)]
    seen = [{seed: value for variant, seed, value in rows if variant == name} for name in (first, second)]
    pairs = [(seen[0][seed], seen[1][seed]) for seed in seen[0] if seed in seen[1]]
    if mistake == "rows":
        pairs = list(zip(*values, strict=False))
    above, below = (sum(np.sign(a - b) == side for a, b in pairs) for side in (1, -1))
    if mistake == "lost":
        above, below = above + len(seen[0]) - len(pairs), below + len(seen[1]) - len(pairs)
    count = len(pairs) if mistake == "ties" else above + below
    p = sum(math.comb(count, wins) for wins in range(max(above, below), count + 1)) / 2**count
    p = p if mistake == "one side" else min(1.0, 2 * p)
    winner, level = (first if above > below else second), {"lenient": 0.1, "more": 2}.get(mistake, LEVEL)
    apart = p < level
    if mistake == "means":
        winner, apart = (first if np.mean(values[0]) > np.mean(values[1]) else second), True
    if mistake == "ranges":
        winner = first if np.mean(values[0]) > np.mean(values[1]) else second
        apart = max(map(min, values)) > min(map(max, values))
    return (winner if apart else "not told apart"), p


def decide_q4(inputs, answers):
    rows = {case: json.loads(inputs[case]) for case in (*APART, *TIED)}

    def p_check(check, points, cases):
        found = [answers[f"{case} p"] for case in cases]
        broken = next((answer for answer in found if answer.value is None or answer.value.shape != ()), None)
        values = broken or Answer(np.array([answer.value for answer in found]))
        hints = [(np.array([concluded(rows[case], m)[1] for case in cases]), told) for m, told in MISTAKES.items()]
        return compare(check, points, values, np.array([concluded(rows[case])[1] for case in cases]), hints, 1e-9)

    def made(mistake):
        """Whether all answers are those of this mistake."""
        for case in rows:
            conclusion, p = concluded(rows[case], mistake)
            name, number = answers[f"{case} name"].value, answers[f"{case} p"].value
            if str(name) != conclusion or number is None or number.shape != () or not np.isclose(float(number), p):
                return False
        return True

    known = next((told for mistake, told in MISTAKES.items() if made(mistake)), "")

    def name_check(check, points, cases):
        found = [answers[f"{case} name"] for case in cases]
        broken = next((answer for answer in found if answer.value is None), None)
        if broken:
            return compare(check, points, broken, 0)
        wrong = sum(str(answer.value) != concluded(rows[case])[0] for case, answer in zip(cases, found, strict=True))
        often = say(
            "{wrong} of {number} experiments end in another conclusion by the rule.", wrong=wrong, number=len(cases)
        )
        return passed(check, points, not wrong, known or often)

    core = [
        p_check(say("p"), 4, ("overlap", "crashes", "few seeds", "one crash")),
        p_check(say("p with ties"), 2, ("ties",)),
        p_check(say("p with lost runs"), 2, ("lost runs",)),
        name_check(say("told apart"), 6, APART),
    ]
    findings = beside(core, [name_check(say("not told apart"), 6, TIED)], MISTAKES.values())
    return shared(findings, [MISTAKES[slip] for slip in SLIPS])


# Question 5: the receptive field


def pairs(layers, mistake=""):
    """[(field, jump)], right or with a known mistake."""
    found, field, jump = [], 1, 1
    for kind, *settings in layers:
        if kind == "conv" or (kind == "pool" and mistake != "poolings"):
            kernel, stride = settings[-2:] if kind == "pool" else settings[1:3]
            stride = 1 if mistake == "strides" else stride
            field += (kernel - (mistake != "minus")) * jump * (stride if mistake == "before" else 1)
            jump = jump + stride - 1 if mistake == "added" else jump * stride
            found.append((field, jump))
    return found


def inputs_q5(rng):
    def conv(stride=1):
        return ("conv", int(rng.integers(4, 90)), int(rng.choice([3, 5, 7, 11])), stride, "same", 1)

    plain = [conv() for _ in range(int(rng.integers(3, 6)))]
    mixed = [conv(int(rng.integers(2, 5))), ("pool", 3, 2)]
    for pool in ((2, 2), (3, 2), (3, 3)):  # windows that overlap, and windows that do not
        mixed += [conv() for _ in range(int(rng.integers(1, 4)))]
        mixed.append(("pool", *pool))
    mixed.append(conv(2))
    return {
        "plain": json.dumps(plain),
        "mixed": json.dumps(mixed),
        "head": json.dumps([conv(), conv(), ("flatten",), ("dense", 30), ("dense", 10)]),
    }


def probe_q5(fields, inputs):
    import json

    return {
        name: attempt(lambda text=text: fields([tuple(layer) for layer in json.loads(text)]))
        for name, text in inputs.items()
    }


def decide_q5(inputs, answers):
    plain, mixed = (json.loads(inputs[name]) for name in ("plain", "mixed"))
    mistakes = {
        "strides": say("The strides have no effect: after a stride neighbours are further apart."),
        "before": say("A layer's own stride was multiplied in before adding: it counts for later layers only."),
        "minus": say("A layer adds kernel − 1 steps: the first of its inputs is in the field already."),
        "added": say("The jump is multiplied by each stride; yours are added up."),
        "poolings": say("The poolings are missing: they have no weights, but they look and they stride."),
    }

    def check(name, points, index):
        """One column of the pairs."""
        shape = np.shape(answers["mixed"].value)
        if shape == np.shape(pairs(mixed, "poolings")):
            return passed(name, points, False, mistakes["poolings"])
        hints = [(np.array(pairs(mixed, mistake))[:, index], told) for mistake, told in mistakes.items()]
        found = part(answers["mixed"], slice(None), index)
        return compare(name, points, found, np.array(pairs(mixed))[:, index], hints, EXACT)

    head_shape = np.shape(answers["head"].value)
    longer = len(head_shape) == 2 and head_shape[0] > 2
    plain_hints = [(pairs(plain, "minus"), mistakes["minus"])]
    extra = say("Flatten and fully connected layers have no pair: the list ends before them.")
    values = [
        compare("stride 1", 3, answers["plain"], pairs(plain), plain_hints, EXACT),
        check(say("fields with strides and poolings"), 5, 0),
        check(say("jumps"), 4, 1),
    ]
    head = (
        passed("no pair for the head", 2, False, extra)
        if longer
        else compare("no pair for the head", 2, part(answers["head"], slice(None), 1), [1, 1], (), EXACT)
    )
    return beside(values, [head], mistakes.values())


# Question 6: the field, measured


def inputs_q6(rng):
    height, width = distinct(rng, 17, 26, 2)
    rows, columns = height // 2, width // 2
    shape = (height, width)
    return {
        # Lines of kind (0: convolution, 1: the same with a ReLU, 2: max pooling), kernel size, stride.
        "one image": np.array([(0, 3, 1), (0, int(rng.choice([3, 5])), 2), (0, 3, 1)]),
        "one image images": rng.normal(size=(1, *shape, 3)).astype("float32"),
        "one image position": np.array([rows // 2 - 1, columns // 2 + 1]),
        "at the border": np.array([(0, 5, 1), (0, 3, 1)]),
        "at the border images": rng.normal(size=(1, *shape, 1)).astype("float32"),
        "at the border position": np.array([1, width - 2]),
        "several images": np.array([(1, 3, 1), (2, 2, 2), (1, 3, 1), (2, 2, 2)]),
        "several images images": rng.normal(size=(3, *shape, 2)).astype("float32"),
        "several images position": np.array([1, columns // 2 - 2]),
        "weight seed": int(rng.integers(2**31)),
    }


def probe_q6(seen_pixels, inputs):
    import keras

    def measured(name):
        images, position = inputs[f"{name} images"], tuple(inputs[f"{name} position"].tolist())
        model = keras.Sequential([keras.Input(images.shape[1:])])
        for kind, kernel, stride in inputs[name].tolist():
            if kind == 2:
                model.add(keras.layers.MaxPooling2D(kernel, stride))
            else:
                activation = "relu" if kind else None
                model.add(keras.layers.Conv2D(4, kernel, stride, padding="same", activation=activation))
        rng = np.random.default_rng(inputs["weight seed"])
        weights = [rng.normal(size=weight.shape).astype("float32") for weight in model.weights]
        if name == "one image":
            weights[0][:, :, 0] = 0  # this model is blind to the first channel
            weights[0][:, :, 2] = -weights[0][:, :, 1]  # and its gradients add up to 0 over the channels
            weights[0] *= 1e3  # a threshold shows at the border, always, and never here by chance
        if name == "at the border":
            weights[0] *= 1e-4  # small gradients are gradients
        model.set_weights(weights)
        return seen_pixels(model, images.copy(), position)

    return {name: attempt(measured, name) for name in ("one image", "at the border", "several images")}


def decide_q6(inputs, answers):
    from course_utils.checks import input_gradient

    gradients = probe_q6(input_gradient, inputs)  # the same models and weights, without the submission
    middles = probe_q6(lambda model, images, position: input_gradient(model, images), inputs)
    findings = []
    for name, points in ((say("one image"), 5), (say("at the border"), 4), (say("several images"), 5)):
        gradient, middle = gradients[name]["value"], middles[name]["value"] != 0
        seen = gradient != 0
        hints = [
            (seen[0].any(axis=-1), say("A pixel counts when any of the images shows it, not the first one only.")),
            (seen.all(axis=0).any(axis=-1), say("A pixel counts when any of the images shows it, not all of them.")),
            (seen[..., 0].any(axis=0), say("A pixel has several channels: it counts when any of them has a gradient.")),
            (seen.all(axis=-1).any(axis=0), say("A pixel counts when any of its channels has a gradient, not all.")),
            ((gradient > 0).any(axis=(0, 3)), say("A gradient may be negative: ask whether it is not zero.")),
            (
                middle.any(axis=(0, 3)),
                say("That is the field of the middle of the map, not of the position asked for."),
            ),
            (gradient, say("That is the gradient itself: ask where it is not zero.")),
        ]
        findings.append(compare(name, points, answers[name], seen.any(axis=(0, 3)), hints))
    return findings


# Question 7: design it yourself


def inputs_q7(rng):
    # A small image, one convolution beyond those before the poolings, and little to spend; a large one, two, and much:
    # what is right for one of them only is seen.
    small, large = int(rng.integers(33, 51)), int(rng.integers(84, 101))
    cases = [
        (small, int(rng.integers(rounded_up(3 * small, 4), 39)), int(rng.integers(15_000, 30_000))),
        (large, int(rng.integers(80, large + 1)), int(rng.integers(45_000, 60_000))),
    ]
    return {"cases": np.array(cases), "hidden weight seed": int(rng.integers(2**31))}


def probe_q7(vgg_like, inputs):
    import keras

    def text(case):
        model = vgg_like(*case)
        if model is None or model is ...:
            return model
        if not isinstance(model, keras.Model):
            raise TypeError(say("it returned a {kind}, not a keras.Model", kind=type(model).__name__))
        try:
            return model.to_json()
        except NotImplementedError:
            raise TypeError(say("only a functional or Sequential model can be written as its configuration")) from None

    return {str(number): attempt(text, case) for number, case in enumerate(inputs["cases"].tolist())}


def foreign(layer):
    """What is wrong with a layer that VGG does not have, or ""."""
    kind, settings = type(layer).__name__, layer.get_config()
    if kind == "Conv2D":
        wanted = {"kernel_size": (3, 3), "strides": (1, 1), "dilation_rate": (1, 1), "groups": 1, "use_bias": True}
        wrong = [name for name, value in wanted.items() if _plain(settings[name]) != value]
        return say("a convolution has {setting} {value}", setting=wrong[0], value=settings[wrong[0]]) if wrong else ""
    if kind == "MaxPooling2D":
        sizes = _plain(settings["pool_size"]), _plain(settings["strides"])
        told = say("a pooling has the size {size} and the stride {stride}", size=sizes[0], stride=sizes[1])
        return "" if sizes == ((2, 2), (2, 2)) else told
    if kind == "ZeroPadding2D" and not all(0 <= side <= 1 for pair in settings["padding"] for side in pair):
        # a 3×3 convolution needs one a side
        return say("zeros are put around a map, {zeros} of them", zeros=settings["padding"])
    allowed = ("InputLayer", "Activation", "ReLU", "ZeroPadding2D", "Identity")
    return "" if kind in allowed else say("it has a layer of the kind {kind}", kind=kind)


def seen_by(layers):
    """The receptive field of 3×3 convolutions with stride 1 and 2×2 poolings in a row."""
    field = jump = 1
    for kind in (type(layer).__name__ for layer in layers):
        field += {"Conv2D": 2, "MaxPooling2D": 1}.get(kind, 0) * jump
        jump *= 2 if kind == "MaxPooling2D" else 1
    return field


def _plain(value):
    return tuple(value) if isinstance(value, list) else value


def unlike_relu(model, rng):
    """Which of a chain's convolutions no ReLU follows, in a sentence; "" when all are followed by one."""
    import keras

    shapes = [tuple(variable.shape) for variable in model.trainable_variables]
    kernels = [np.abs(rng.normal(size=shape)) / math.prod(shape[:3]) for shape in shapes]
    kernels = [kernel * (kernel.ndim == 4) for kernel in kernels]  # the biases are 0
    places = [place for place, kernel in enumerate(kernels) if kernel.ndim == 4]
    image = np.abs(rng.normal(size=(1, *model.input_shape[1:])))

    def run(image, flipped=()):
        weights = [-kernel if place in flipped else kernel for place, kernel in enumerate(kernels)]
        weights = [keras.ops.convert_to_tensor(weight, "float32") for weight in weights]
        image = keras.ops.convert_to_tensor(image, "float32")
        return keras.ops.convert_to_numpy(model.stateless_call(weights, [], image)[0])

    try:
        output, larger = run(image), run(100 * image)
        # Two kernels in a row turn negative: without a ReLU between them, minus times minus gets through.
        leaks = [number for number in range(len(places)) if run(image, places[number : number + 2]).any()]
    except Exception as error:
        return say("The model cannot be run: {error}.", error=str(error)[:200])
    if not np.all(output > 0) or not np.allclose(larger, 100 * output, rtol=1e-3):
        return say("Positive values should go through as they are, and they do not: a ReLU is asked for, nothing else.")
    return say("No ReLU follows convolution number {number}.", number=leaks[0] + 1) if leaks else ""


def decide_q7(inputs, answers):
    cases = inputs["cases"].tolist()
    rng = np.random.default_rng(inputs["hidden weight seed"])
    looks = [look_at_vgg(answers[str(number)], *case, rng) for number, case in enumerate(cases)]
    return [together(pair[0].check, pair[0].points, pair) for pair in zip(*looks, strict=True)]


def look_at_vgg(answer, side, field, budget, rng):
    """The findings on one network."""
    from course_utils.cost import cost

    names = {"layers": 2, "last map": 2, "receptive field": 5, "budget": 4, "ReLUs": 3}
    if answer.value is None:
        return [compare(name, points, answer, 0) for name, points in names.items()]
    try:
        model = rebuild(str(answer.value))
        ends = [getattr(model, name, None) or () for name in ("inputs", "outputs")]
        if [len(tensors) for tensors in ends] != [1, 1]:
            raise ValueError(say("The model should start with a keras.Input and have one input and one output"))
        shape = tuple(model.output_shape[1:])
        if tuple(model.input_shape) != (None, side, side, 3) or len(shape) != 3:
            given = tuple(model.input_shape[1:])
            told = say(
                "The model should turn {size} into a map, and turns {given} into {shape}",
                size=(side, side, 3),
                given=given,
                shape=shape,
            )
            raise ValueError(told)
        model.trainable = True  # frozen weights are parameters as well
        table = cost(model)
    except (ValueError, TypeError, AttributeError) as error:
        told = cut(of_error(error), 300) + "."
        return [passed(name, points, False, told) for name, points in names.items()]
    layers = leaves(model)
    kinds = [type(layer).__name__ for layer in layers]
    wrong = next(filter(None, map(foreign, layers)), "" if "Conv2D" in kinds else say("it has no convolution"))
    if not wrong and sum(row.kind == "Conv2D" for row in table.rows) > kinds.count("Conv2D"):
        wrong = say("a convolution is used more than once")
    large = table.macs > 3 * 10**9 or table.activation_bytes > 2**28
    if wrong and not large and not varies(model, rng.normal(size=(2, side, side, 3)), rng):
        told = say("The map is the same for all images.")
        return [passed(name, points, False, told) for name, points in names.items()]
    rows = side // 2 ** kinds.count("MaxPooling2D")
    seen, parameters = table.rows[-1].receptive_field, table.parameters
    least = parameters
    if wrong:  # what the layers that are asked for see and hold counts, and nothing that another layer bought
        asked = [layer for layer in layers if not foreign(layer)]
        least = sum(layer.count_params() for layer in asked)
        seen = min(seen, seen_by(asked)) if isinstance(seen, int) else seen_by(asked)
    if rows < 4:
        told = say(
            "Images of {side} pixels end in a map of {rows_left} rows, fewer than 4: pool less often.",
            side=side,
            rows_left=shape[0],
        )
    else:
        told = say(
            "The last map has {rows_left} rows: after the poolings {rows} should be left.",
            rows_left=shape[0],
            rows=rows,
        )
    if wrong:
        relu = say("Not looked at, because of the other layers.")
    elif large:
        relu = say("The model is far too large to be run.")
    else:
        relu = unlike_relu(model, rng)
    if parameters > budget:
        spent = say(
            "{parameters:,} parameters are more than the budget of {budget:,}.", parameters=parameters, budget=budget
        )
    else:
        spent = say(
            "{least:,} parameters use less than half of the budget of {budget:,}: make it wider.",
            least=least,
            budget=budget,
        )
    near = say("An output sees {seen} pixels along a side, and should see at least {field}.", seen=seen, field=field)
    return [
        passed(
            "layers",
            2,
            not wrong,
            say("Only 3×3 convolutions, ReLUs and 2×2 poolings are asked for; {wrong}.", wrong=wrong),
        ),
        passed("last map", 2, shape[:2] == (rows, rows) and rows >= 4, told),
        passed("receptive field", 5, isinstance(seen, int) and seen >= field, near),
        passed("budget", 4, budget <= 2 * least and parameters <= budget, spent),
        passed("ReLUs", 3, not relu, relu),
    ]


QUESTIONS = (
    Question("a4-q1", 8, "output_size", inputs_q1, probe_q1, decide_q1),
    Question("a4-q2", 14, "conv_cost", inputs_q2, probe_q2, decide_q2, needs=("a4-q1",)),
    Question("a4-q3", 14, "layer_row", inputs_q3, probe_q3, decide_q3, needs=("a4-q1", "a4-q2")),
    Question("a4-q4", 20, "verdict", inputs_q4, probe_q4, decide_q4),
    Question("a4-q5", 14, "fields", inputs_q5, probe_q5, decide_q5),
    Question("a4-q6", 14, "seen_pixels", inputs_q6, probe_q6, decide_q6),
    Question("a4-q7", 16, "vgg_like", inputs_q7, probe_q7, decide_q7, needs=("a4-q1", "a4-q2", "a4-q3", "a4-q5")),
)
