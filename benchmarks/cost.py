"""Cost tables side by side: this course's, and what other tools say of the same networks.

    python course.py bench cost                      every tool that is installed
    python course.py bench cost --nets VGG-19        one network
    python course.py bench cost --backend torch      Keras on another backend
    python course.py bench cost --only models        the course's networks beside the published numbers, no peers
    python course.py bench cost --only cost --tools course_utils "Keras alone" --nets applications
                                                     seconds of each network of keras.applications, or name some

The peers are model.summary() and tf.profiler, which see the Keras model, and torchinfo, fvcore and PyTorch's
FlopCounterMode, which see the same layers in PyTorch (peers/twin.py). `pip install -e .[bench]` installs them;
what is missing is named and left out.

1. models: every variant, counted and published.
2. known: networks whose cost is known by hand. Who is wrong? Up to 1 % more is another convention (a bias, an
   activation is counted), which the percentage shows.
3. cost: totals, seconds, megabytes of real networks, each in a fresh process after a small network has been counted.
   peak: highest resident memory while the network is built and counted, beyond what the process had just before.
   stays: what it still has then, the result in hand. later: the same after an unrelated layer has been built, which
   would make weights that were only put off. "Keras alone" builds the network without its weights and counts nothing:
   what is above it is the table's own.
"""

import argparse
import gc
import importlib.util
import json
import os
import resource
import subprocess
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests" / "course"))  # published.py

# Networks with known answers: (layer for Keras, layer for PyTorch, MACs), on maps of 10×10 with 8 channels.
SHAPE = (10, 10, 8)
KNOWN = {
    "grouped": (
        "layers.Conv2D(16, 3, groups=4, use_bias=False)",
        "nn.Conv2d(8, 16, 3, groups=4, bias=False)",
        8 * 8 * 9 * 2 * 16,
    ),
    "depthwise": (
        "layers.DepthwiseConv2D(3, use_bias=False)",
        "nn.Conv2d(8, 8, 3, groups=8, bias=False)",
        8 * 8 * 9 * 8,
    ),
    "dilated": (
        "layers.Conv2D(16, 3, dilation_rate=2, use_bias=False)",
        "nn.Conv2d(8, 16, 3, dilation=2, bias=False)",
        6 * 6 * 9 * 8 * 16,
    ),
    "transposed": (
        "layers.Conv2DTranspose(16, 2, 2, use_bias=False)",
        "nn.ConvTranspose2d(8, 16, 2, 2, bias=False)",
        10 * 10 * 4 * 8 * 16,
    ),
    "dense on a map": (
        "layers.Dense(16, use_bias=False)",
        "nn.Sequential(Last(), nn.Linear(8, 16, bias=False))",
        10 * 10 * 8 * 16,
    ),
    "layer used twice": (
        "Twice(layers.Conv2D(8, 3, padding='same', use_bias=False))",
        "Twice(nn.Conv2d(8, 8, 3, padding=1, bias=False))",
        2 * 100 * 9 * 64,
    ),
    "VGG-16": (None, None, 15_470_264_320),
}
NETS = ("VGG-19", "ResNet-152", "DenseNet-264")
SMALL = "small"
COUNTING = {"Keras alone": None, "model.summary()": None}  # tools that count no MACs; and what each tool needs:
TOOLS = {
    "course_utils": None,
    **COUNTING,
    "tf.profiler": "tensorflow",
    "torchinfo": "torchinfo",
    "fvcore": "fvcore",
    "FlopCounterMode": "torch",
}
TORCH = ("torchinfo", "fvcore", "FlopCounterMode")


def keras_builder(net):
    """A function that builds the network in Keras."""
    import keras
    from keras import layers
    from published import PUBLISHED, application, applications_of_keras

    from course_utils import models

    if net in PUBLISHED:
        return PUBLISHED[net].build
    if net in applications_of_keras():
        return application(net)
    if net == SMALL:
        return lambda: models.densenet_cifar(7)
    code, _, _ = KNOWN[net]

    def build():
        image = keras.Input(SHAPE)
        layer = eval(code, {"layers": layers, "Twice": lambda layer: lambda x: layer(layer(x))})
        return keras.Model(image, layer(image))

    return build


def torch_builder(net):
    """A function that builds the network in PyTorch, and the shape of an image for it."""
    from torch import nn

    class Twice(nn.Module):
        def __init__(self, layer):
            super().__init__()
            self.layer = layer

        def forward(self, x):
            return self.layer(self.layer(x))

    class Last(nn.Module):
        def forward(self, x):
            return x.permute(0, 2, 3, 1)

    code = KNOWN.get(net, (None, None))[1]
    if code:
        height, width, channels = SHAPE
        return lambda: eval(code, {"nn": nn, "Twice": Twice, "Last": Last}), (channels, height, width)
    from peers.twin import Twin

    from course_utils.cost.weightless import weightless

    model = weightless(keras_builder(net))
    _, height, width, channels = model.input_shape
    return lambda: Twin(model), (channels, height, width)


def counter(tool, net):
    """A function that builds and counts: it returns (parameters, MACs), None for what the tool does not give, and
    what it keeps in memory."""
    if tool in TORCH:
        build, shape = torch_builder(net)
        return lambda: torch_count(tool, build(), shape)
    build = keras_builder(net)
    if tool == "course_utils":
        from course_utils.cost import cost

        def count():
            table = cost(build)
            return table.parameters, None if table.unknown else table.macs, table

    elif tool == "Keras alone":
        from course_utils.cost.weightless import weightless

        def count():
            model = weightless(build)
            return model.count_params(), None, model

    elif tool == "model.summary()":

        def count():
            model = build()
            model.summary(print_fn=lambda text: None)
            return model.count_params(), None, model

    else:

        def count():
            model = build()
            return None, tf_profiler(model), model

    return count


def tf_profiler(model):
    """MACs as half of the floating-point operations that TensorFlow's profiler finds."""
    import tensorflow as tf
    from tensorflow.python.framework.convert_to_constants import convert_variables_to_constants_v2_as_graph

    spec = tf.TensorSpec((1, *model.input_shape[1:]))
    _, graph = convert_variables_to_constants_v2_as_graph(tf.function(model).get_concrete_function(spec))
    options = tf.compat.v1.profiler.ProfileOptionBuilder.float_operation()
    options["output"] = "none"
    with tf.Graph().as_default() as fresh:
        tf.graph_util.import_graph_def(graph, name="")
        return tf.compat.v1.profiler.profile(fresh, options=options).total_float_ops // 2


def torch_count(tool, model, shape):
    """(parameters, MACs, the model) as a tool for PyTorch gives them."""
    import torch

    model, x = model.eval(), torch.zeros(1, *shape)
    if tool == "torchinfo":
        import torchinfo

        found = torchinfo.summary(model, input_data=x, verbose=0)
        return found.total_params, found.total_mult_adds, model
    if tool == "fvcore":
        from fvcore.nn import FlopCountAnalysis, parameter_count

        analysis = FlopCountAnalysis(model, x).unsupported_ops_warnings(False)  # its flops are MACs
        return parameter_count(model)[""], int(analysis.total()), model
    from torch.utils.flop_counter import FlopCounterMode

    with torch.no_grad(), FlopCounterMode(display=False) as counting:
        model(x)
    return None, counting.get_total_flops() // 2, model


# Measuring, in a process of its own -----------------------------------------------------------------------------


def measure(tool, net):
    """One measurement, printed as JSON for the parent."""
    if tool == "FlopCounterMode":
        import torch.utils.flop_counter  # noqa: F401  before TensorFlow: after it, PyTorch's compiler ends the process
    counter(tool, SMALL)()  # imports, and what a framework sets up at its first use
    build_unrelated()
    count = counter(tool, net)
    gc.collect()
    before, start = forget_peak(), time.perf_counter()
    parameters, macs, kept = count()
    seconds, highest = time.perf_counter() - start, peak()
    stays = resident() - before
    build_unrelated()
    del kept
    result = {"parameters": parameters, "macs": macs, "seconds": seconds}
    result |= {"peak": highest - before, "stays": stays, "later": resident() - before}
    print("RESULT" + json.dumps(result))


def answer(tool, nets):
    """MACs of several networks as a tool gives them, None where it does not know, "failed" where it breaks."""
    found = {}
    for net in nets:
        try:
            found[net] = counter(tool, net)()[1]
        except Exception as error:  # of any tool
            found[net] = "failed"
            print(f"{tool}, {net}: {error!r}", file=sys.stderr)
    print("RESULT" + json.dumps(found))


def build_unrelated():
    """Build a small layer of one's own, which Keras tries out in a StatelessScope."""
    import keras

    class Own(keras.layers.Layer):
        def build(self, shape):
            self.kernel = self.add_weight(shape=(shape[-1], 2))

        def call(self, x):
            return keras.ops.matmul(x, self.kernel)

    Own()(keras.Input((3,)))


def status(field):
    """A figure of /proc/self/status (Linux), in MB."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) * 1024 / 1e6 for line in lines if line.startswith(field))


def resident():
    """Memory that the process has now, in MB; where that cannot be read, the highest so far."""
    return status("VmRSS") if sys.platform == "linux" else peak()


def peak():
    """Highest memory since `forget_peak`, in MB; where that cannot be told, of the process so far."""
    if sys.platform == "linux":
        return status("VmHWM")
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1e6 if sys.platform == "darwin" else 1e3)


def forget_peak():
    """Let the peak start from what the process has now, which is returned, in MB."""
    if sys.platform == "linux":
        Path("/proc/self/clear_refs").write_text("5")
    return resident()


def run(backend, *arguments):
    """`measure` or `answer` in a fresh process; its result, or {"error": last line}."""
    environment = {**os.environ, "KERAS_BACKEND": backend, "TF_CPP_MIN_LOG_LEVEL": "3"}
    done = subprocess.run([sys.executable, __file__, *arguments], env=environment, capture_output=True, text=True)
    lines = [line for line in done.stdout.splitlines() if line.startswith("RESULT")]
    if lines:
        return json.loads(lines[0][len("RESULT") :])
    return {"error": (done.stderr.strip().splitlines() or ["no output"])[-1]}


# The three tables -----------------------------------------------------------------------------------------------


def print_models():
    """Every variant: ours, and what is published."""
    from published import PUBLISHED

    from course_utils.cost import cost

    print(f"{'variant':20}{'parameters':>13}  {'published':>13}{'MACs':>17}  {'published':>17}{'field':>8}  published")
    for name, published in PUBLISHED.items():
        table = cost(published.build)
        pairs = [(getattr(table, key), getattr(published, key)) for key in ("parameters", "macs", "receptive_field")]
        equal = all(other in (None, ours) for ours, other in pairs)
        cells = [text for pair, width in zip(pairs, (13, 17, 6), strict=True) for text in _cells(pair, width)]
        print(f"{name:20}{'  '.join(cells)}  {'equal' if equal else 'DIFFERENT'}", flush=True)


def _cells(pair, width):
    return [number(value).rjust(width) for value in pair]


def print_known(tools, backend):
    """Who is wrong on networks with known answers."""
    tools = [tool for tool in tools if tool not in COUNTING]
    answers = {tool: run(backend, "--answer", tool) for tool in tools}
    print(f"{'known answer':18}{'MACs':>16}" + "".join(f"{tool:>18}" for tool in tools))
    for net, (_, _, right) in KNOWN.items():
        cells = [verdict(answers[tool].get(net, "failed"), right) for tool in tools]
        print(f"{net:18}{right:16,}" + "".join(f"{cell:>18}" for cell in cells), flush=True)


def verdict(macs, right):
    """What a tool's answer is worth."""
    if macs in (None, "failed"):
        return macs or "unknown"
    off = 100 * (macs / right - 1)
    return "right" if macs == right else f"{off:+.2f} %" if abs(off) <= 1 else f"WRONG {off:+.1f} %"


def print_costs(nets, tools, backend):
    """Totals, time and memory."""
    heads = f"{'parameters':>13}{'MACs':>17}{'seconds':>9}{'peak MB':>9}{'stays':>8}{'later':>8}"
    print(f"{'network':18}{'tool':17}{heads}")
    for net in nets:
        for tool in tools:
            found = run(backend, "--measure", tool, net)
            if "error" in found:
                print(f"{net:18}{tool:17}{found['error']}")
                continue
            counts = f"{number(found['parameters']):>13}{number(found['macs']):>17}"
            memory = "".join(f"{found[key]:{width}.1f}" for key, width in (("peak", 9), ("stays", 8), ("later", 8)))
            print(f"{net:18}{tool:17}{counts}{found['seconds']:9.2f}{memory}", flush=True)


def nets_of(names):
    """The names, with those of keras.applications for "applications"."""
    if "applications" not in names:
        return names
    from published import applications_of_keras

    return [name for name in names if name != "applications"] + applications_of_keras()


def number(value):
    return "–" if value is None else f"{value:,}"


def installed(tool, backend):
    if tool == "tf.profiler" and backend != "tensorflow":
        return False
    return TOOLS[tool] is None or importlib.util.find_spec(TOOLS[tool]) is not None


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", nargs="+", choices=["models", "known", "cost"], default=["models", "known", "cost"])
    parser.add_argument("--nets", nargs="+", metavar="NET", default=list(NETS), help="networks of the third table")
    parser.add_argument("--tools", nargs="+", choices=TOOLS, default=list(TOOLS), help="tools to compare")
    parser.add_argument("--backend", choices=["tensorflow", "jax", "torch"], default="tensorflow", help="Keras's")
    parser.add_argument("--measure", nargs=2, metavar=("TOOL", "NET"), help=argparse.SUPPRESS)
    parser.add_argument("--answer", metavar="TOOL", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.measure or options.answer:
        measure(*options.measure) if options.measure else answer(options.answer, KNOWN)
        return
    tools = [tool for tool in options.tools if installed(tool, options.backend)]
    missing = ", ".join(tool for tool in options.tools if tool not in tools)
    print(f"Keras on {options.backend}. Left out, not installed or not for this backend: {missing or 'none'}")
    for part in options.only:
        print()
        if part == "models":
            print_models()
        elif part == "known":
            print_known(tools, options.backend)
        else:
            print_costs(nets_of(options.nets), tools, options.backend)


if __name__ == "__main__":
    main()
