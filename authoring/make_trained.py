"""Train networks to the end on all 60,000 images of Fashion-MNIST: trained_NAME_f16.npz and trained.json.

    python -m authoring.make_trained resnet-20          # where it stopped, it goes on; --help says more

The originals are those of make_fashion_mnist.py. The recipe is below, chosen before the first run and the same for all
networks; each is trained once, and the 10,000 test images are looked at once, after the last epoch. Checkpoints lie in
.recordings/. The weights are float16, one array a variable, named `{layer}_{number}` as `layer.get_weights()` has them.
"""

import argparse
import datetime
import json
import sys
import time
from pathlib import Path

import numpy as np

from authoring.experiments import KEPT, machine, write
from authoring.make_fashion_mnist import read_images, read_labels
from authoring.npz import save
from course_utils.data import BUNDLED

SEED, BATCH, EPOCHS = 1, 128, 30
RATE, MOMENTUM, DECAY, SHIFT = 0.1, 0.9, 5e-4, 2  # the last in pixels
RECIPE = {
    "optimizer": f"SGD, Nesterov momentum {MOMENTUM}",
    "learning_rate": f"up to {RATE} in the first two epochs, then down to 0 along a cosine",
    "weight_decay": DECAY,
    "augmentation": f"shifted by up to {SHIFT} pixels each way, mirrored half of the time",
    "batch_size": BATCH,
    "epochs": EPOCHS,
    "seed": SEED,
}


def networks():
    """{name: builder}."""
    from course_utils import models

    return {"resnet-20": lambda: models.resnet_cifar(20, input_shape=(28, 28, 1))}


def augmented(x, rng):
    """A batch of images, each shifted by up to SHIFT pixels each way and mirrored half of the time."""
    padded = np.pad(x, ((0, 0), (SHIFT, SHIFT), (SHIFT, SHIFT), (0, 0)))
    windows = np.lib.stride_tricks.sliding_window_view(padded, x.shape[1:3], axis=(1, 2))
    top, left = rng.integers(2 * SHIFT + 1, size=(2, len(x)))
    chosen = windows[np.arange(len(x)), top, left].transpose(0, 2, 3, 1)  # it puts the channels first
    mirrored = rng.random(len(x)) < 0.5
    return np.where(mirrored[:, None, None, None], chosen[:, :, ::-1], chosen)


def compiled(build, steps):
    """A new model, ready to be trained by the recipe; `steps` an epoch."""
    import keras

    keras.utils.set_random_seed(SEED)
    model = build()
    rate = keras.optimizers.schedules.CosineDecay(0.0, (EPOCHS - 2) * steps, warmup_target=RATE, warmup_steps=2 * steps)
    optimizer = keras.optimizers.SGD(rate, momentum=MOMENTUM, nesterov=True, weight_decay=DECAY)
    optimizer.exclude_from_weight_decay(var_names=["gamma", "beta", "bias"])
    optimizer.build(model.trainable_variables)
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(optimizer, loss, metrics=["accuracy"], jit_compile=False)
    return model


def train(build, x, y, folder):
    """(model, curve, seconds): trained by the recipe, from the last checkpoint in `folder` on.

    curve has for each epoch the loss and the accuracy on the augmented training images, as they were seen.
    """
    from keras import ops

    steps = len(x) // BATCH
    model = compiled(build, steps)
    state, weights = folder / "state.json", folder / "checkpoint.npz"
    curve, seconds = [], 0.0
    if state.is_file():
        curve, seconds = (json.loads(state.read_text(encoding="utf-8"))[key] for key in ("curve", "seconds"))
        with np.load(weights.with_stem(f"checkpoint-{len(curve)}")) as kept:
            for number, variable in enumerate([*model.variables, *model.optimizer.variables]):
                variable.assign(kept[str(number)].reshape(variable.shape))  # a file has no scalars
    for epoch in range(len(curve), EPOCHS):
        began, rng = time.time(), np.random.default_rng([SEED, epoch])
        order = rng.permutation(len(x))
        batches = np.split(order[: steps * BATCH], steps)
        seen = [model.train_on_batch(augmented(x[batch], rng), y[batch]) for batch in batches]
        loss, accuracy = np.mean(np.array(seen, dtype="float64"), axis=0)
        curve.append([float(loss), float(accuracy)])
        seconds += time.time() - began
        print(f"epoch {epoch + 1} of {EPOCHS}: loss {loss:.3f}, accuracy {accuracy:.4f}, {seconds:.0f} s", flush=True)
        arrays = [ops.convert_to_numpy(variable) for variable in (*model.variables, *model.optimizer.variables)]
        save(weights.with_stem(f"checkpoint-{epoch + 1}"), {str(number): array for number, array in enumerate(arrays)})
        write(state, {"curve": curve, "seconds": seconds})
        weights.with_stem(f"checkpoint-{epoch}").unlink(missing_ok=True)
    return model, curve, seconds


def make(name, build, originals):
    """Train one network; write its weights and its line of trained.json."""
    import keras

    def images(kind):
        pixels = read_images(originals / f"{kind}-images-idx3-ubyte.gz").astype("float32")[..., None] / 255
        return pixels, read_labels(originals / f"{kind}-labels-idx1-ubyte.gz").astype("int32")

    folder = KEPT / f"trained-{name}"
    folder.mkdir(parents=True, exist_ok=True)
    model, curve, seconds = train(build, *images("train"), folder)
    arrays = {
        f"{layer.name}_{number}": weight.astype("float16")
        for layer in model.layers
        for number, weight in enumerate(layer.get_weights())
    }
    save(BUNDLED / f"trained_{name.replace('-', '_')}_f16.npz", arrays)
    for layer in model.layers:  # what is measured is what travels
        layer.set_weights([weight.astype("float16").astype("float32") for weight in layer.get_weights()])
    loss, accuracy = model.evaluate(*images("t10k"), batch_size=500, verbose=0)
    print(f"{name}: test accuracy {accuracy:.4f}")
    line = {"test_accuracy": accuracy, "test_loss": loss, "curve": curve, "seconds": round(seconds), "recipe": RECIPE}
    line |= {"parameters": model.count_params(), "machine": machine(), "date": datetime.date.today().isoformat()}
    line |= {"keras": keras.version(), "backend": keras.backend.backend()}
    table = BUNDLED / "trained.json"
    write(table, (json.loads(table.read_text(encoding="utf-8")) if table.is_file() else {}) | {name: line})


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="+", choices=networks(), metavar="NAME", help=", ".join(networks()))
    parser.add_argument(
        "--originals", type=Path, default="/usr/share/datasets/fashion-mnist", help="the four .gz files"
    )
    options = parser.parse_args()
    for name in options.names:
        try:
            make(name, networks()[name], options.originals)
        except OSError as error:
            sys.exit(f"cannot read the originals: {error}. Name their folder with --originals; see --help.")


if __name__ == "__main__":
    main()
