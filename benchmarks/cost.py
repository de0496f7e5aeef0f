"""Cost tables side by side: this course's, and what other tools say of the same networks.

    python benchmarks/cost.py                    every tool that is installed
    python benchmarks/cost.py --nets vgg19       one network
    python benchmarks/cost.py --backend torch    Keras on another backend

First, the same small networks whose cost is known by hand, written for each tool in its own framework: who is wrong?
Then real networks: totals, seconds, and the memory that the process needed at its peak beyond what it had with
everything imported and one small model built. Every measurement runs in a process of its own. Peers: model.summary()
and tf.profiler see the Keras model; torchinfo, fvcore and torch's FlopCounterMode the same layers in PyTorch
(`pip install "course_utils[bench]"`). What is missing is named and left out.
"""

import argparse
import importlib.util
import json
import os
import resource
import subprocess
import sys
import time

# Small networks with known answers: (layer for Keras, layer for PyTorch, input height, width, channels, MACs).
KNOWN = {
    "grouped convolution": (
        "layers.Conv2D(16, 3, groups=4, use_bias=False)",
        "nn.Conv2d(8, 16, 3, groups=4, bias=False)",
        (10, 10, 8),
        8 * 8 * 9 * 2 * 16,
    ),
    "depthwise convolution": (
        "layers.DepthwiseConv2D(3, use_bias=False)",
        "nn.Conv2d(8, 8, 3, groups=8, bias=False)",
        (10, 10, 8),
        8 * 8 * 9 * 8,
    ),
    "transposed convolution": (
        "layers.Conv2DTranspose(16, 2, 2, use_bias=False)",
        "nn.ConvTranspose2d(8, 16, 2, 2, bias=False)",
        (10, 10, 8),
        10 * 10 * 4 * 8 * 16,
    ),
    "dense on a map": (
        "layers.Dense(16, use_bias=False)",
        "nn.Sequential(Last(), nn.Linear(8, 16, bias=False))",
        (10, 10, 8),
        10 * 10 * 8 * 16,
    ),
    "layer used twice": (
        "Twice(layers.Conv2D(8, 3, padding='same', use_bias=False))",
        "Twice(nn.Conv2d(8, 8, 3, padding=1, bias=False))",
        (10, 10, 8),
        2 * 100 * 9 * 64,
    ),
}
NETS = {
    "vgg19": "models.vgg(19)",
    "resnet152": "models.resnet(152)",
    "densenet264": "models.densenet(264)",
}
TOOLS = {
    "course_utils": None,
    "model.summary()": None,
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

    if net in NETS:
        from course_utils import models

        return lambda: eval(NETS[net], {"models": models})
    code, _, shape, _ = KNOWN[net]

    def build():
        image = keras.Input(shape)
        layer = eval(code, {"layers": layers, "Twice": lambda layer: lambda x: layer(layer(x))})
        return keras.Model(image, layer(image))

    return build


def torch_net(net):
    """The network in PyTorch, and an input for it."""
    import torch
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

    _, code, (height, width, channels), _ = KNOWN[net]
    return eval(code, {"nn": nn, "Twice": Twice, "Last": Last}), torch.zeros(1, channels, height, width)


def count(tool, net):
    """(parameters, MACs) as the tool gives them; None for what it does not give."""
    if tool == "course_utils":
        from course_utils.cost import cost

        table = cost(keras_builder(net))
        return table.parameters, None if table.unknown else table.macs
    if tool == "model.summary()":
        model = keras_builder(net)()
        model.summary(print_fn=lambda text: None)
        return model.count_params(), None
    if tool == "tf.profiler":
        import tensorflow as tf
        from tensorflow.python.framework.convert_to_constants import convert_variables_to_constants_v2_as_graph

        model = keras_builder(net)()
        spec = tf.TensorSpec((1, *model.input_shape[1:]))
        _, graph = convert_variables_to_constants_v2_as_graph(tf.function(model).get_concrete_function(spec))
        options = tf.compat.v1.profiler.ProfileOptionBuilder.float_operation()
        options["output"] = "none"
        with tf.Graph().as_default() as fresh:
            tf.graph_util.import_graph_def(graph, name="")
            flops = tf.compat.v1.profiler.profile(fresh, options=options).total_float_ops
        return None, flops // 2
    model, x = torch_net(net)
    if tool == "torchinfo":
        import torchinfo

        found = torchinfo.summary(model, input_data=x, verbose=0)
        return found.total_params, found.total_mult_adds
    if tool == "fvcore":
        from fvcore.nn import FlopCountAnalysis

        return None, int(FlopCountAnalysis(model, x).unsupported_ops_warnings(False).total())
    from torch.utils.flop_counter import FlopCounterMode

    with FlopCounterMode(display=False) as counter:
        model(x)
    return None, counter.get_total_flops() // 2


def measure(tool, net):
    """One measurement, in this process; printed as JSON for the parent."""
    warm = "depthwise convolution" if net != "depthwise convolution" else "dense on a map"
    count(tool, warm)  # imports, and what a framework sets up at its first use
    if tool == "course_utils":
        build_unrelated()
    before, start = peak(), time.perf_counter()
    parameters, macs = count(tool, net)
    seconds, grown = time.perf_counter() - start, peak() - before
    result = {"parameters": parameters, "macs": macs, "seconds": seconds, "peak": grown}
    if tool == "course_utils":  # weights that are only put off would appear with the next layer that is built
        build_unrelated()
        result["later"] = peak() - before
    print("RESULT" + json.dumps(result))


def build_unrelated():
    """Build a small layer of one's own, which Keras tries out in a StatelessScope."""
    import keras

    class Own(keras.layers.Layer):
        def build(self, shape):
            self.kernel = self.add_weight(shape=(shape[-1], 2))

        def call(self, x):
            return keras.ops.matmul(x, self.kernel)

    Own()(keras.Input((3,)))


def peak():
    """Highest memory of this process so far, in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1e6 if sys.platform == "darwin" else 1e3)


def run(tool, net, backend):
    """`measure` in a fresh process; its result, or {"error": last line}."""
    environment = {**os.environ, "KERAS_BACKEND": backend, "TF_CPP_MIN_LOG_LEVEL": "3"}
    command = [sys.executable, __file__, "--measure", tool, net]
    done = subprocess.run(command, env=environment, capture_output=True, text=True)
    lines = [line for line in done.stdout.splitlines() if line.startswith("RESULT")]
    if lines:
        return json.loads(lines[0][len("RESULT") :])
    return {"error": (done.stderr.strip().splitlines() or ["no output"])[-1]}


def installed(tool, backend):
    if tool == "tf.profiler" and backend != "tensorflow":
        return False
    return TOOLS[tool] is None or importlib.util.find_spec(TOOLS[tool]) is not None


def number(value):
    return "–" if value is None else f"{value:,}"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--nets", nargs="+", choices=NETS, default=list(NETS), help="real networks to count")
    parser.add_argument("--tools", nargs="+", choices=TOOLS, default=list(TOOLS), help="tools to compare")
    parser.add_argument("--backend", choices=["tensorflow", "jax", "torch"], default="tensorflow", help="Keras's")
    parser.add_argument("--measure", nargs=2, metavar=("TOOL", "NET"), help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.measure:
        measure(*options.measure)
        return
    tools = [tool for tool in options.tools if installed(tool, options.backend)]
    missing = [tool for tool in options.tools if tool not in tools]
    print(
        f"Keras on {options.backend}. Left out, not installed or not for this backend: {', '.join(missing) or 'none'}\n"
    )

    print(f"{'known answer':24}{'MACs':>12}  " + "".join(f"{tool:>24}" for tool in tools if tool != "model.summary()"))
    for net, (*_, right) in KNOWN.items():
        cells = []
        for tool in tools:
            if tool == "model.summary()":  # counts parameters only
                continue
            found = run(tool, net, options.backend)
            macs = found.get("macs")
            wrong = (
                "failed" if "error" in found else "unknown" if macs is None else f"{100 * (macs / right - 1):+.1f} %"
            )
            cells.append("right" if macs == right else f"WRONG {number(macs)} {wrong}")
        print(f"{net:24}{right:12,}  " + "".join(f"{cell:>24}" for cell in cells), flush=True)

    print(f"\n{'network':14}{'tool':18}{'parameters':>14}{'MACs':>18}{'seconds':>10}{'peak MB':>10}{'later MB':>10}")
    for net in options.nets:
        for tool in tools:
            if tool in TORCH:
                continue  # they see PyTorch's own modules: a network of this course is none
            found = run(tool, net, options.backend)
            if "error" in found:
                print(f"{net:14}{tool:18}{found['error']}")
                continue
            later = f"{found['later']:.1f}" if "later" in found else "–"
            print(
                f"{net:14}{tool:18}{number(found['parameters']):>14}{number(found['macs']):>18}"
                f"{found['seconds']:10.2f}{found['peak']:10.1f}{later:>10}",
                flush=True,
            )


if __name__ == "__main__":
    main()
