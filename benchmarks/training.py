"""What the first training step of a deep, narrow network costs: plain `compile` + `fit`, and this course's way.

    python benchmarks/training.py

Each way runs in a fresh process of its own, the ways take turns, and the median is printed: CPU seconds, which
two busy cores count twice. "First step" is compile, tracing and one step of 64 images.
"""

import argparse
import itertools
import json
import os
import statistics
import subprocess
import sys
import time

BAR = 8  # CPU seconds for the course's way, TensorFlow, depth 56
WAYS = {"plain": 'compile("adam", metrics=["accuracy"]) + fit', "course": "course_utils.training"}


def first_step(way, depth, width, size):
    """CPU and wall seconds of building, of the first step, and of one of the next ten, in this process."""
    import keras
    import numpy as np

    from course_utils.models import resnet_cifar
    from course_utils.training import networks

    keras.ops.convert_to_numpy(keras.ops.zeros(1))  # start-up of the backend is not what is measured
    rng = np.random.default_rng(1)
    x, y = rng.random((64, size, size, 1), "float32"), rng.integers(0, 10, 64)
    times = [_now()]
    model = resnet_cifar(depth, shortcut="A", width=width, input_shape=(size, size, 1))
    times.append(_now())
    if way == "plain":
        loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
        model.compile("adam", loss, metrics=["accuracy"])
        step = lambda: model.fit(x, y, batch_size=64, verbose=0)  # noqa: E731
    else:
        networks.compile_model(model, keras.optimizers.Adam(1e-3))
        step = lambda: model.train_on_batch(x, y)  # noqa: E731
    step()
    times.append(_now())
    for _ in range(10):
        step()
    times.append(_now())
    build, first, ten = ([b - a for a, b in zip(*pair, strict=True)] for pair in itertools.pairwise(times))
    return {"build": build, "first": first, "next": [seconds / 10 for seconds in ten]}


def _now():
    return time.process_time(), time.perf_counter()


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--depth", type=int, default=56, help="layers of the CIFAR ResNet (default 56)")
    parser.add_argument("--width", type=int, default=8, help="channels of its first stage (default 8)")
    parser.add_argument("--size", type=int, default=14, help="pixels along a side of the image (default 14)")
    parser.add_argument("--repeats", type=int, default=3, help="fresh processes for each way (default 3)")
    parser.add_argument("--way", choices=WAYS, help="measure one way in this process and print it as JSON")
    asked = parser.parse_args()
    sizes = (asked.depth, asked.width, asked.size)
    if asked.way:
        print(json.dumps(first_step(asked.way, *sizes)))
        return
    found = {way: [] for way in WAYS}
    options = [f"--{name}={value}" for name, value in zip(("depth", "width", "size"), sizes, strict=True)]
    for _ in range(asked.repeats):
        for way in WAYS:
            found[way].append(_fresh_process(way, options))
    backend = os.environ.get("KERAS_BACKEND", "tensorflow")
    print(f"ResNet-{asked.depth}, width {asked.width}, {asked.size}×{asked.size}×1, batch 64, {backend}")
    print(f"median of {asked.repeats} fresh processes; CPU seconds (wall seconds)\n")
    print(f"{'':46}{'build':>14}{'first step':>16}{'a later step':>18}")
    for way, text in WAYS.items():
        cells = []
        for part, digits, width in (("build", 1, 14), ("first", 1, 16), ("next", 3, 18)):
            cpu, wall = (statistics.median(run[part][clock] for run in found[way]) for clock in (0, 1))
            cells.append(f"{cpu:.{digits}f} ({wall:.{digits}f})".rjust(width))
        print(f"{text:46}{''.join(cells)}")
    firsts = {way: [run["first"][0] for run in found[way]] for way in WAYS}
    print(
        "\nfirst step, CPU seconds, lowest to highest: "
        + ", ".join(f"{way} {min(cpu):.1f}–{max(cpu):.1f}" for way, cpu in firsts.items())
    )
    if sizes == (56, 8, 14) and backend == "tensorflow":
        ours = statistics.median(firsts["course"])
        print(f"bar: at most {BAR} CPU seconds: {'kept' if ours <= BAR else 'MISSED'} ({ours:.1f})")


def _fresh_process(way, options):
    done = subprocess.run(
        [sys.executable, __file__, f"--way={way}", *options],
        env={**os.environ, "TF_CPP_MIN_LOG_LEVEL": "2"},
        capture_output=True,
        text=True,
    )
    if done.returncode:
        sys.exit(f"{way} failed:\n{done.stderr[-2000:]}")
    return json.loads(done.stdout.splitlines()[-1])


if __name__ == "__main__":
    main()
