"""Train one of the course's small networks on all of Fashion-MNIST, well, and keep everything about it.

    python -m authoring.nets resnet20-fashion --folder ~/nets

A checkpoint an epoch: stop it at any time, the same line goes on. At the end it looks at the 10,000 test images, once,
and writes two files into course_utils/bundled/nets: the weights, rounded to float16 before that look, and the record,
which has the recipe, a row an epoch, the result, the machine. `models.trained("resnet20-fashion")` reads them.

The recipe is today's: SGD with Nesterov momentum, weight decay on kernels only; a rate that rises, stays, and falls
along half a cosine to 0; half of the images mirrored in each epoch, the other half in the next; all moved by up to a
pixel; the first epochs on smaller images, which cost half. One seed; the weights of the last epoch count.

Needs PyTorch, and Debian's package dataset-fashion-mnist.
"""

import argparse
import datetime
import hashlib
import json
import math
import os
import platform
from dataclasses import asdict, dataclass
from pathlib import Path
from time import perf_counter, process_time

os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")  # before torch: a waiting thread leaves the processor to others
os.environ.setdefault("KERAS_BACKEND", "torch")

import keras
import numpy as np
import torch
from numpy.lib.stride_tricks import sliding_window_view
from torch.nn import functional

from authoring.experiments import machine
from authoring.make_fashion_mnist import read_images, read_labels
from authoring.npz import save
from authoring.torch_twin import Twin
from course_utils.cost import cost
from course_utils.data import BUNDLED
from course_utils.models.imagenet import bundled_name, load_bundled_weights
from course_utils.models.trained import BUILDERS, FOLDER

ORIGINALS = Path("/usr/share/datasets/fashion-mnist")


@dataclass(frozen=True)
class Recipe:
    """How a network is trained. While the rate does not fall yet, more epochs may still be planned."""

    epochs: int
    small_epochs: int  # so many epochs see the images reduced to small_side pixels a side
    falling: int  # in so many epochs, the last ones, the rate falls
    small_side: int = 20
    warmup: int = 1  # epochs
    rate: float = 0.15  # the highest
    momentum: float = 0.9
    decay: float = 5e-4
    batch: int = 128
    shift: int = 1  # pixels
    seed: int = 0

    def rate_at(self, done):
        """The learning rate when `done` epochs, a fraction, lie behind."""
        fallen = max(0, done - (self.epochs - self.falling)) / self.falling
        return self.rate * min(1, done / self.warmup) * (1 + math.cos(math.pi * fallen)) / 2

    def side(self, epoch):
        """Pixels a side in this epoch; the first is 1."""
        return self.small_side if epoch <= self.small_epochs else 28


RECIPES = {"resnet20-fashion": Recipe(epochs=16, small_epochs=9, falling=7)}


def images(part):
    """(uint8 (n, 28, 28), int64 (n,)) of "train", 60,000 images, or "t10k", the 10,000 for testing."""
    pixels = read_images(ORIGINALS / f"{part}-images-idx3-ubyte.gz")
    return pixels, read_labels(ORIGINALS / f"{part}-labels-idx1-ubyte.gz").astype(np.int64)


def batches(x, y, recipe, epoch):
    """One epoch's batches in random order: images (b, 1, side, side) from 0 to 1, labels (b,); the last may be smaller.

    What is random depends on seed and epoch only: a training that goes on sees what it would have seen.
    """
    mirrored = np.random.default_rng(recipe.seed).integers(0, 2, len(x)) == epoch % 2
    rng = np.random.default_rng((recipe.seed, epoch - 1))
    reach = recipe.shift
    padded = np.pad(x, ((0, 0), (reach, reach), (reach, reach)))
    windows = sliding_window_view(padded, x.shape[1:], axis=(1, 2))  # a view: each image at each of its places
    order, (rows, columns) = rng.permutation(len(x)), rng.integers(0, 2 * reach + 1, (2, len(x)))
    for first in range(0, len(x), recipe.batch):
        some = order[first : first + recipe.batch]
        pixels = windows[some, rows[some], columns[some]]
        pixels = np.where(mirrored[some, None, None], pixels[:, :, ::-1], pixels)
        pixels = torch.from_numpy(pixels.astype(np.float32)[:, None] / 255)
        if recipe.side(epoch) != 28:
            pixels = functional.interpolate(pixels, (recipe.side(epoch),) * 2, mode="bilinear", antialias=True)
        yield pixels.contiguous(memory_format=torch.channels_last), torch.from_numpy(y[some])


def train(model, folder, x, y, recipe, stop_after=None):
    """Train to the end of the recipe; go on where `folder` has a checkpoint.

    Args:
        model: a Keras model as it was built: its weights are the first ones.
        folder: a checkpoint an epoch goes there: weights, optimizer's state, recipe, curve.
        x, y: training images, uint8 (n, 28, 28), and labels (n,).
        stop_after: stop when so many epochs lie behind, as if interrupted.

    Returns:
        The curve, a row an epoch; `model` has the last weights.

    Raises:
        ValueError: the checkpoint was made by another recipe.
    """
    twin = Twin(model).to(memory_format=torch.channels_last)
    kernels, others = ([w for w in twin.parameters() if (w.ndim > 1) == decayed] for decayed in (True, False))
    groups = [{"params": kernels, "weight_decay": recipe.decay}, {"params": others, "weight_decay": 0}]
    optimizer = torch.optim.SGD(groups, recipe.rate, momentum=recipe.momentum, nesterov=True)
    curve = resume(folder, twin, optimizer, recipe)
    for epoch in range(len(curve) + 1, (stop_after or recipe.epochs) + 1):
        curve.append(one_epoch(twin, optimizer, x, y, recipe, epoch))
        print(curve[-1], flush=True)
        state = {"weights": twin.state_dict(), "optimizer": optimizer.state_dict()}
        keep(Path(folder) / f"epoch{epoch:03d}.pt", {**state, "recipe": asdict(recipe), "curve": curve})
    twin.copy_to(model)
    return curve


def one_epoch(twin, optimizer, x, y, recipe, epoch):
    """Train on every image once; returns the curve's row: loss and accuracy are means over the epoch's own batches."""
    torch.manual_seed(1000 * recipe.seed + epoch)  # for dropout
    twin.train()
    wall, cpu, loss_sum, right, steps = perf_counter(), process_time(), 0.0, 0, math.ceil(len(x) / recipe.batch)
    for step, (pixels, labels) in enumerate(batches(x, y, recipe, epoch), start=1):
        for group in optimizer.param_groups:
            group["lr"] = recipe.rate_at(epoch - 1 + step / steps)
        logits = twin(pixels)
        loss = functional.cross_entropy(logits, labels)
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        optimizer.step()
        loss_sum += loss.item() * len(labels)
        right += (logits.argmax(1) == labels).sum().item()
    return {
        "epoch": epoch,
        "side": recipe.side(epoch),
        "rate": recipe.rate_at(epoch),
        "loss": round(loss_sum / len(x), 5),
        "accuracy": round(right / len(x), 5),
        "seconds": round(perf_counter() - wall, 1),
        "cpu_seconds": round(process_time() - cpu, 1),
        "threads": torch.get_num_threads(),
    }


def keep(path, state):
    """Write a checkpoint aside first, so that an interruption leaves no half of one."""
    path.parent.mkdir(parents=True, exist_ok=True)
    torch.save(state, path.with_suffix(".part"))
    path.with_suffix(".part").replace(path)


def resume(folder, twin, optimizer, recipe):
    """Load the last checkpoint of `folder`, if there is one; returns its curve.

    Raises:
        ValueError: it was made by another recipe. The plan for epochs that are still to come may differ.
    """
    paths = sorted(Path(folder).glob("epoch*.pt"))
    if not paths:
        return []
    state = torch.load(paths[-1], weights_only=True)
    theirs, ours = ({**r, "epochs": 0, "small_epochs": 0, "falling": 0} for r in (state["recipe"], asdict(recipe)))
    planned = [(recipe.side(row["epoch"]), recipe.rate_at(row["epoch"])) for row in state["curve"]]
    if theirs != ours or planned != [(row["side"], row["rate"]) for row in state["curve"]]:
        raise ValueError(f"{paths[-1]} was made by another recipe, {state['recipe']}. Move it away to begin anew.")
    twin.load_state_dict(state["weights"])
    optimizer.load_state_dict(state["optimizer"])
    return state["curve"]


def store(name, model, recipe, curve, x_test, y_test, bundled=BUNDLED):
    """Write weights and record into the bundle; what is tested is what was written.

    Returns:
        The line of the weights for SHA256SUMS.
    """
    path = Path(bundled) / FOLDER / f"{name}.npz"
    path.parent.mkdir(exist_ok=True)
    arrays = {bundled_name(layer, w): keras.ops.convert_to_numpy(w) for layer in model.layers for w in layer.weights}
    save(path, {name: array.astype(np.float16) for name, array in arrays.items()})
    load_bundled_weights(model, path)
    right = 0
    for first in range(0, len(x_test), 500):
        logits = model(x_test[first : first + 500, ..., None].astype(np.float32) / 255, training=False)
        right += (keras.ops.convert_to_numpy(logits).argmax(1) == y_test[first : first + 500]).sum()
    table = cost(model)
    record = {
        "name": name,
        "test_accuracy": float(right / len(x_test)),
        "test_images": len(x_test),
        "parameters": table.parameters,
        "macs": table.macs,
        "seconds": round(sum(row["seconds"] for row in curve)),
        "cpu_seconds": round(sum(row["cpu_seconds"] for row in curve)),
        "machine": machine(),
        "system": platform.system(),
        "python": platform.python_version(),
        "keras": keras.version(),
        "torch": torch.__version__,
        "numpy": np.__version__,
        "date": datetime.date.today().isoformat(),
        "recipe": asdict(recipe),
        "curve": curve,
    }
    path.with_suffix(".json").write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8")
    print({key: record[key] for key in ("name", "test_accuracy", "parameters", "macs", "seconds", "cpu_seconds")})
    return f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {FOLDER}/{path.name}"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("name", choices=RECIPES)
    parser.add_argument("--folder", type=Path, required=True, help="where checkpoints go, in a folder of that name")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--stop-after", type=int, help="stop when so many epochs lie behind")
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    recipe = RECIPES[options.name]
    keras.utils.set_random_seed(recipe.seed)
    model = BUILDERS[options.name]()
    curve = train(model, options.folder / options.name, *images("train"), recipe, options.stop_after)
    if len(curve) == recipe.epochs:
        print(store(options.name, model, recipe, curve, *images("t10k")))


if __name__ == "__main__":
    main()
