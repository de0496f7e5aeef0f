"""Is the cost table right? Two witnesses that share nothing with it, on Keras's PyTorch backend.

    KERAS_BACKEND=torch python benchmarks/cost_oracles.py --graphs 0 1000        random networks
    KERAS_BACKEND=torch python benchmarks/cost_oracles.py --applications         every network of keras.applications
    … --write                                                                    keep what was measured, for the tests
    KERAS_BACKEND=jax python benchmarks/cost_oracles.py --stored                 another backend's tables against that

Matrix and convolution work is what PyTorch's FlopCounterMode counts, half of it, while the network runs. What an output
sees is found by breaking the image: where a row of pixels is NaN (not a number), every output that looks at it is NaN,
however small its share. In float64, where PyTorch convolves without the tricks that would carry a NaN further.

A network is counted wrongly if the table says a number that is not the measured one, and does not say that it is
unknown or a lower bound. tests/course/cost_oracles.json keeps the measured numbers, so that tests need no PyTorch; the
field of a random network stands there as the table says it, after the broken images have contradicted none of its rows.
"""

import argparse
import collections
import contextlib
import json
import math
import os
import sys
import time
from pathlib import Path

os.environ.setdefault("KERAS_BACKEND", "torch")
TESTS = Path(__file__).parents[1] / "tests" / "course"
STORE = TESTS / "cost_oracles.json"
sys.path[:0] = [str(TESTS), str(TESTS.parents[1])]


def work(model, shape):
    """MACs of one image, as PyTorch counts them."""
    import torch
    from torch.utils.flop_counter import FlopCounterMode

    plain = torch.nn.attention.sdpa_kernel(torch.nn.attention.SDPBackend.MATH)  # attention as the products it is
    with torch.no_grad(), plain, FlopCounterMode(display=False) as counter:
        model(torch.zeros((1, *shape), dtype=getattr(torch, model.inputs[0].dtype)), training=False)
    return counter.get_total_flops() // 2


def trainable(model):
    """Parameters, counted by PyTorch in a model in which nothing is frozen."""
    model.trainable = True
    ids = {id(weight.value): weight for weight in model.trainable_weights}
    return sum(weight.value.numel() for weight in ids.values())


def broken(model, shape, axis, layout):
    """For each map that the model returns: which image rows (along `axis`) reach which output row, a truth table."""
    import torch

    first = layout == "channels_first"
    length, place = shape[axis + first], 1 + axis + first
    images = torch.ones((length, *shape), dtype=torch.float64)
    index = torch.arange(length)
    images[(index, slice(None), index) if place == 2 else (index, index) if place == 1 else (index, ..., index)] = (
        math.nan
    )
    with torch.no_grad():
        outputs = model(images, training=False)
    outputs = outputs if isinstance(outputs, (list, tuple)) else [outputs]
    tables = []
    for y in outputs:
        others = tuple(i for i in range(1, y.ndim) if i != place or y.ndim != 4)
        tables.append((y.isnan().any(dim=others) if others else y.isnan()).numpy())
    return tables


def compare_rows(row, table, axis, length):
    """What the truth table of one row contradicts, or ""."""
    size, stride, offset = (
        value[axis] if isinstance(value, tuple) else value for value in (row.receptive_field, row.stride, row.offset)
    )
    columns = table.T if table.ndim == 2 else table[None]
    seen = {o: (hit[0], hit[-1]) for o, column in enumerate(columns) if len(hit := column.nonzero()[0])}
    largest, inside = 0, 0
    for o, (low, high) in seen.items():
        if high - low + 1 > size:
            return f"output {o} sees {low}–{high}, more than {size}"
        if offset is None:
            continue
        begin = math.floor(offset + o * stride)
        if low < begin or high > begin + size - 1:
            return f"output {o} sees {low}–{high}, said {begin}–{begin + size - 1}"
        if stride == 0 and (low > 8 or high < length - 9) and (low, high) != (begin, begin + size - 1):
            return f"all outputs see {low}–{high}, said {begin}–{begin + size - 1}"
        if len(columns) / 3 <= o <= 2 * len(columns) / 3 and begin >= 8 and begin + size <= length - 8:
            inside += 1
            largest = max(largest, high - low + 1)
            if low != begin:
                return f"output {o} begins at {low}, said {begin}"
    period = getattr(stride, "denominator", 1)
    if inside >= period and largest != size:
        return f"the largest field is {largest}, said {size}"
    return ""


def examine(seed):
    """One random network: ([parameters, MACs, field], list of differences, whether something is said to be unknown)."""
    import keras
    import random_graphs

    from course_utils.cost import cost

    table = cost(lambda: random_graphs.network(seed))
    keras.utils.clear_session()  # equal names again
    with with_floats("float64"):
        model = random_graphs.network(seed)
    layout = random_graphs.Maker(seed).format
    shape = tuple(model.inputs[0].shape[1:])
    measured = {"parameters": trainable(model), "macs": work(model, shape)}
    wrong = []
    for key, value in measured.items():
        rows = [getattr(row, key) for row in table.rows]
        said = getattr(table, key)
        if said != value and not (None in rows and said < value):
            wrong.append(f"{key} {said}, measured {value}")
    again = {row.name.split(" (use ")[0] for row in table.rows if " (use " in row.name}
    rows = {row.name: row for row in table.rows if row.receptive_field is not None and row.name not in again}
    outputs = {}
    for op in model.operations[1:]:
        row = rows.get(op.name)  # of layers that move positions elsewhere, the next one's row is looked at
        usual = row is not None and (len(row.output_shape) == 3 or row.sees == "all")
        if usual and row.kind not in ("Permute", "Dense")[: 2 * (layout == "channels_first")]:
            outputs[op.name] = op.output
    axis = seed % 2
    if outputs:
        length = shape[axis + (layout == "channels_first")]
        looked = keras.Model(model.inputs, list(outputs.values()))
        for name, table_of in zip(outputs, broken(looked, shape, axis, layout), strict=True):
            if told := compare_rows(rows[name], table_of, axis, length):
                wrong.append(f"{name}: {told}")
    return [*measured.values(), table.totals()[-1]], wrong, bool(table.unknown)


def graphs(first, last, write):
    found, unknown, differ, start = {}, 0, [], time.time()
    for seed in range(first, last):
        measured, wrong, partly = examine(seed)
        found[seed] = measured
        unknown += partly
        if wrong:
            differ.append(seed)
            print(f"{seed}: {'; '.join(wrong[:3])}", flush=True)
        if seed % 20 == 19:
            so_far = f"{len(differ)} differ, {unknown} partly unknown"
            print(f"… {seed + 1}, {time.time() - start:.0f} s, {so_far}", flush=True)
            if write:
                keep("graphs", found)
    print(f"{last - first} networks: {len(differ)} differ {differ}, {unknown} are partly unknown and say so")
    if write:
        keep("graphs", found)


# Total parameters in millions, those that are not trained included, as keras.io/api/applications prints them.
MILLIONS = {
    **{"Xception": 22.9, "VGG16": 138.4, "VGG19": 143.7, "ResNet50": 25.6, "ResNet50V2": 25.6, "ResNet101": 44.7},
    **{"ResNet101V2": 44.7, "ResNet152": 60.4, "ResNet152V2": 60.4, "InceptionV3": 23.9, "InceptionResNetV2": 55.9},
    **{"MobileNet": 4.3, "MobileNetV2": 3.5, "DenseNet121": 8.1, "DenseNet169": 14.3, "DenseNet201": 20.2},
    **{"NASNetMobile": 5.3, "NASNetLarge": 88.9, "EfficientNetB0": 5.3, "EfficientNetB1": 7.9, "EfficientNetB2": 9.2},
    **{"EfficientNetB3": 12.3, "EfficientNetB4": 19.5, "EfficientNetB5": 30.6, "EfficientNetB6": 43.3},
    **{"EfficientNetB7": 66.7, "EfficientNetV2B0": 7.2, "EfficientNetV2B1": 8.2, "EfficientNetV2B2": 10.2},
    **{"EfficientNetV2B3": 14.5, "EfficientNetV2S": 21.6, "EfficientNetV2M": 54.4, "EfficientNetV2L": 119.0},
    **{"ConvNeXtTiny": 28.6, "ConvNeXtSmall": 50.2, "ConvNeXtBase": 88.5, "ConvNeXtLarge": 197.7},
    **{"ConvNeXtXLarge": 350.1},
}
# The smallest of each family, whose field is measured as well.
FAMILIES = ["ConvNeXtTiny", "DenseNet121", "EfficientNetB0", "EfficientNetV2B0", "InceptionResNetV2", "InceptionV3"]
FAMILIES += ["MobileNet", "MobileNetV2", "MobileNetV3Large", "MobileNetV3Small", "NASNetMobile", "ResNet50"]
FAMILIES += ["ResNet50V2", "VGG16", "Xception"]


def reach(build, row, side, across, axis):
    """The first and the last pixel along an axis that the middle output of a row's layer sees, by where the NaNs end.

    The image is `side` long along that axis, and `across` along the other. Looked at first is where the row says that
    they end, which two runs confirm; if they do not, by halving.
    """
    import keras
    import torch

    keras.utils.clear_session()
    with with_floats("float64"):
        model = build((side, across, 3) if axis == 0 else (across, side, 3))
    part = keras.Model(model.inputs, model.get_layer(row.name).output)
    shape, middle = model.input_shape[1:], part.output_shape[1 + axis] // 2

    def sees(low, high):
        image = torch.ones((1, *shape), dtype=torch.float64)
        image[(0, slice(low, high)) if axis == 0 else (0, slice(None), slice(low, high))] = math.nan
        with torch.no_grad():
            output = part(image, training=False)[0]
        return bool((output[middle] if axis == 0 else output[:, middle]).isnan().any())

    def edge(question, said):
        """The lowest number for which the answer is yes."""
        if 0 < said < side and question(said) and not question(said - 1):
            return said
        low, high = 0, side  # question(low) is false, question(high) is true
        while high - low > 1:
            half = (low + high) // 2
            low, high = (low, half) if question(half) else (half, high)
        return high

    size, stride, offset = (_of(value, axis) for value in (row.receptive_field, row.stride, row.offset))
    first = math.floor(offset + middle * stride)
    begins = edge(lambda n: sees(0, n), first + 1) - 1
    return begins, side - edge(lambda n: sees(side - n, side), side - (first + size - 1))


def applications(names, write):
    """A line a network: what was measured, whether the table says the same, and what Keras publishes."""
    import keras
    from published import application, applications_of_keras

    from course_utils.cost import cost

    heads = f"{'trainable':>12}{'MACs':>16}  {'table':9}{'total':>12}{'published':>11}  {'field':>12}  measured"
    print(f"{'network':18}{heads}", flush=True)
    for name in names or applications_of_keras():
        keras.utils.clear_session()  # equal names in every model of it
        try:
            table, model = cost(application(name)), application(name)()
        except ValueError as error:  # Keras builds no NASNet on PyTorch
            print(f"{name:18}{error}", flush=True)
            continue
        total, macs, parameters = model.count_params(), work(model, model.input_shape[1:]), trainable(model)
        del model
        measured = {"parameters": parameters, "macs": macs}
        equal = (table.parameters, table.macs, table.unknown) == (parameters, macs, ())
        field = table.receptive_field if isinstance(table.receptive_field, tuple) else (table.receptive_field,) * 2
        if name in FAMILIES and table.receptive_field is not None:
            measured["field"] = [reached(name, table, axis, field) for axis in (0, 1)]
            equal = equal and all(a in (b, "all") for a, b in zip(measured["field"], field, strict=True))
        if write:
            keep("applications", {name: measured})
        print(
            f"{name:18}{parameters:12,}{macs:16,}  {'equal' if equal else 'DIFFERENT':9}{total:12,}"
            f"{_published(name, total):>11}  {'×'.join(map(str, field)):>12}  {measured.get('field', '')}",
            flush=True,
        )


def _published(name, total):
    if name not in MILLIONS:
        return "–"
    return f"{MILLIONS[name]}M" + ("" if abs(total / 1e6 - MILLIONS[name]) < 0.1 else " ≠")


def reached(name, table, axis, field):
    """How many pixels along an axis the layer that sees most was found to see; "all" where a gate lets it see all."""
    import keras

    seen = [row for row in table.rows if "Conv" in row.kind and row.sees == "map"]
    most = next(row for row in seen if _of(row.window, axis) == field[axis])
    gated, usual = most.stride == 0, table.rows[0].output_shape[axis]
    side = usual + 32 * max(0, -(-(max(field) + 100 - usual) // 32))  # maps as odd or even as the network's usual ones
    constructor = getattr(keras.applications, name)
    build = lambda shape: constructor(weights=None, include_top=False, input_shape=shape)  # noqa: E731
    across = 75 if name.startswith(("Inception", "Xception")) else 32  # the least that they take
    begins, ends = reach(build, most, 128 if gated else side, across, axis)
    return "all" if gated and (begins, ends) == (0, 127) else ends - begins + 1


@contextlib.contextmanager
def with_floats(kind):
    """Models that are built here have weights and inputs of this kind."""
    import keras

    before = keras.config.dtype_policy()
    keras.config.set_floatx(kind)
    keras.config.set_dtype_policy(kind)
    yield
    keras.config.set_floatx("float32")
    keras.config.set_dtype_policy(before)


def _of(value, axis):
    return value[axis] if isinstance(value, tuple) else value


def keep(part, found):
    """Write one part of the store."""
    store = json.loads(STORE.read_text()) if STORE.exists() else {}
    store[part] = {**store.get(part, {}), **{str(key): value for key, value in found.items()}}
    lines = [
        f"{json.dumps(name)}: "
        + "{\n"
        + ",\n".join(f"{json.dumps(k)}: {json.dumps(v)}" for k, v in part.items())
        + "\n}"
        for name, part in store.items()
    ]
    STORE.write_text("{\n" + ",\n".join(lines) + "\n}\n")


def tell():
    """Which backend says what of the stored networks: a line, for the table over the backends."""
    import keras
    import random_graphs

    from course_utils.cost import cost

    stored, counts, start = json.loads(STORE.read_text())["graphs"], collections.Counter(), time.time()
    for seed, (parameters, macs, field) in stored.items():
        table = cost(lambda s=int(seed): random_graphs.network(s))
        counts["partly unknown" if table.unknown else "fully known"] += 1
        counts["parameters differ"] += table.parameters != parameters
        counts["MACs differ"] += table.macs != macs and None not in [row.macs for row in table.rows]
        counts["fields differ"] += table.totals()[-1] != field
    print(f"{keras.backend.backend()}: {len(stored)} networks, {dict(counts)}, {time.time() - start:.0f} s")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--graphs", nargs=2, type=int, metavar=("FIRST", "LAST"))
    parser.add_argument("--applications", nargs="*", metavar="NAME")
    parser.add_argument("--stored", action="store_true", help="this backend's table against the stored numbers")
    parser.add_argument("--write", action="store_true")
    asked = parser.parse_args()
    if asked.graphs:
        graphs(*asked.graphs, asked.write)
    if asked.applications is not None:
        applications(asked.applications, asked.write)
    if asked.stored:
        tell()


if __name__ == "__main__":
    main()
