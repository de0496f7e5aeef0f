"""Is the cost table right? Two witnesses that share nothing with it, on Keras's PyTorch backend.

    KERAS_BACKEND=torch python benchmarks/cost_oracles.py --graphs 0 1000        random networks
    KERAS_BACKEND=torch python benchmarks/cost_oracles.py --applications         keras.applications, a network a family
    … --write                                                                    keep what was measured, for the tests

Matrix and convolution work is what PyTorch's FlopCounterMode counts, half of it, while the network runs. What an output
sees is found by breaking the image: where a row of pixels is NaN (not a number), every output that looks at it is NaN,
however small its share. In float64, where PyTorch convolves without the tricks that would carry a NaN further.

A network is counted wrongly if the table says a number that is not the measured one, and does not say that it is
unknown or a lower bound. tests/course/cost_oracles.json keeps the measured numbers, so that tests need no PyTorch.
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
    """One random network: (measured numbers, list of differences, whether something is said to be unknown)."""
    import keras
    import random_graphs

    from course_utils.cost import cost

    table = cost(lambda: random_graphs.network(seed))
    keras.utils.clear_session()  # equal names again
    with with_floats("float64"):
        model = random_graphs.network(seed)
    layout = random_graphs.Maker(seed).format
    shape = tuple(model.inputs[0].shape[1:])
    measured = {"macs": work(model, shape), "parameters": trainable(model)}
    wrong = []
    for key, value in measured.items():
        rows = [getattr(row, key) for row in table.rows]
        said = getattr(table, key)
        if said != value and not (None in rows and said < value):
            wrong.append(f"{key} {said}, measured {value}")
    rows = {row.name: row for row in table.rows if row.uses == 1 and row.receptive_field is not None}
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
    return measured, wrong, bool(table.unknown)


def graphs(first, last, write):
    found, unknown, differ, start = {}, 0, [], time.time()
    for seed in range(first, last):
        measured, wrong, partly = examine(seed)
        found[seed] = [measured["parameters"], measured["macs"]]
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


def one_of_each_family():
    """{name: options} of the smallest network of each family, at its own input size."""
    names = "ConvNeXtTiny DenseNet121 EfficientNetB0 EfficientNetV2B0 InceptionResNetV2 InceptionV3 MobileNet "
    names += "MobileNetV2 MobileNetV3Large MobileNetV3Small NASNetMobile ResNet50 ResNet50V2 VGG16 Xception"
    size = {"input_shape": (224, 224, 3)}  # which these leave open
    return {name: size if name.startswith("MobileNetV3") else {} for name in names.split()}


def reach(build, name, side, axis):
    """How many pixels along an axis the middle output of layer `name` sees, by halving where the NaNs end."""
    import keras
    import torch

    keras.utils.clear_session()
    with with_floats("float64"):
        model = build((side, 96, 3) if axis == 0 else (96, side, 3))
    part = keras.Model(model.inputs, model.get_layer(name).output)
    shape, middle = model.input_shape[1:], part.output_shape[1 + axis] // 2

    def sees(low, high):
        image = torch.ones((1, *shape), dtype=torch.float64)
        image[(0, slice(low, high)) if axis == 0 else (0, slice(None), slice(low, high))] = math.nan
        with torch.no_grad():
            output = part(image, training=False)[0]
        return bool((output[middle] if axis == 0 else output[:, middle]).isnan().any())

    def edge(question):
        low, high = 0, side  # question(low) is false, question(high) is true
        while high - low > 1:
            half = (low + high) // 2
            low, high = (low, half) if question(half) else (half, high)
        return high

    begins, ends = edge(lambda n: sees(0, n)) - 1, side - edge(lambda n: sees(side - n, side))
    return begins, ends


def applications(names, write):
    import keras

    from course_utils.cost import cost

    found = {}
    for name, options in one_of_each_family().items():
        if names and name not in names:
            continue
        start, constructor = time.time(), getattr(keras.applications, name)
        keras.utils.clear_session()  # equal names in every model of it
        table = cost(lambda c=constructor, o=options: c(weights=None, **o))
        model = constructor(weights=None, **options)
        macs, parameters = work(model, model.input_shape[1:]), trainable(model)
        del model
        seen = [row for row in table.rows if "Conv" in row.kind and row.sees == "map"]
        field = table.receptive_field if isinstance(table.receptive_field, tuple) else (table.receptive_field,) * 2
        fields = []
        for axis in (0, 1) if table.receptive_field is not None else ():  # else the table says that it is not known
            most = next(r for r in seen if _of(r.receptive_field, axis) == field[axis])
            gated, side = most.stride == 0, max(field) + 200
            build = lambda shape, c=constructor: c(weights=None, include_top=False, input_shape=shape)  # noqa: E731
            begins, ends = reach(build, most.name, 128 if gated else side, axis)
            fields.append("all" if gated and (begins, ends) == (0, 127) else ends - begins + 1)
        found[name] = {"parameters": parameters, "macs": macs, "field": fields}
        if write:
            keep("applications", found)
        equal = (table.parameters, table.macs) == (parameters, macs)
        print(
            f"{name:18} {parameters:>12,} {macs:>15,} {'equal' if equal else 'DIFFERENT'}  field {field} "
            f"measured {fields}  {time.time() - start:.0f} s",
            flush=True,
        )


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
    for seed, (parameters, macs) in stored.items():
        table = cost(lambda s=int(seed): random_graphs.network(s))
        counts["partly unknown" if table.unknown else "fully known"] += 1
        counts["parameters differ"] += table.parameters != parameters
        counts["MACs differ"] += table.macs != macs and None not in [row.macs for row in table.rows]
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
