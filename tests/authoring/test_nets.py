"""authoring/nets.py and authoring/torch_twin.py, with small networks and few images."""

import dataclasses
import hashlib
import json

import keras
import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="only who records networks needs PyTorch")

from authoring import nets  # noqa: E402
from authoring.torch_twin import Twin  # noqa: E402
from course_utils import blocks, models  # noqa: E402
from course_utils.models.trained import BUILDERS  # noqa: E402

RECIPE = nets.Recipe(epochs=3, small_epochs=1, falling=1, batch=16)
RNG = np.random.default_rng(0)
X, Y = RNG.integers(0, 256, (40, 28, 28)).astype(np.uint8), RNG.integers(0, 10, 40)


def small_net(seed=0):
    keras.utils.set_random_seed(seed)
    return models.resnet_cifar(8, width=4, input_shape=(28, 28, 1))


def weights(model):
    return [keras.ops.convert_to_numpy(weight) for weight in model.weights]


def same(first, second):
    return all(np.array_equal(a, b) for a, b in zip(weights(first), weights(second), strict=True))


def logits(model, images):
    return keras.ops.convert_to_numpy(model(images, training=False))


# --- the twin -----------------------------------------------------------------------------------------------------


def inception_net():
    image = keras.Input((28, 28, 1))
    x = keras.layers.Conv2D(4, 3, padding="same", name="conv1")(image)
    x = blocks.inception(x, 2, 2, 3, 1, 2, 2, name="inception")
    x = keras.layers.GlobalAveragePooling2D(name="pool")(x)
    return keras.Model(image, keras.layers.Dense(10, name="logits")(x))


def with_projections():
    return models.resnet_cifar(8, "B", 4, input_shape=(28, 28, 1))


@pytest.mark.parametrize("build", [*BUILDERS.values(), inception_net, with_projections])
def test_the_twin_computes_what_the_network_does(build):
    model = build()
    rng = np.random.default_rng(1)
    for weight in model.weights:  # not the zeros and ones that biases and statistics start with
        weight.assign(weight + rng.uniform(-0.05, 0.1, weight.shape).astype(np.float32))
    images = rng.random((3, 28, 28, 1), dtype=np.float32)
    expected = logits(model, images)
    twin = Twin(model).eval()
    found = twin(torch.from_numpy(images.transpose(0, 3, 1, 2))).detach().numpy()
    assert expected.std() > 0
    np.testing.assert_allclose(found, expected, rtol=1e-4)
    other = twin.copy_to(build())
    assert same(model, other)


def test_the_twin_keeps_the_statistics_of_a_batch_as_keras_does():
    model = small_net()
    images = X[..., None].astype(np.float32) / 255
    twin = Twin(model).train()
    twin(torch.from_numpy(images.transpose(0, 3, 1, 2)))
    model(images, training=True)
    ours, theirs = (net.get_layer("conv1_bn").moving_mean for net in (twin.copy_to(small_net()), model))
    np.testing.assert_allclose(*map(keras.ops.convert_to_numpy, (ours, theirs)), rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize(
    "layer",
    [keras.layers.LayerNormalization(), keras.layers.Conv2D(4, 2, padding="same"), keras.layers.Dense(3, "gelu")],
)
def test_the_twin_refuses_what_it_does_not_know(layer):
    image = keras.Input((28, 28, 4))
    with pytest.raises(NotImplementedError):
        Twin(keras.Model(image, layer(image)))


# --- the recipe ---------------------------------------------------------------------------------------------------


def test_the_rate_rises_stays_and_falls_to_zero():
    recipe = nets.Recipe(epochs=6, small_epochs=0, falling=2, rate=1.0)
    rates = [recipe.rate_at(done) for done in (0, 0.5, 1, 3, 4, 5, 6)]
    assert rates == pytest.approx([0, 0.5, 1, 1, 1, 0.5, 0])


def epoch_of(number, recipe=RECIPE, x=X, y=Y):
    images, labels = zip(*nets.batches(x, y, recipe, number), strict=True)
    return torch.cat(images).numpy()[:, 0], torch.cat(labels).numpy()


def test_an_epoch_has_each_image_once_with_its_label_in_an_order_of_its_own():
    recipe = dataclasses.replace(RECIPE, small_epochs=0, shift=0)
    number = np.zeros((40, 28, 28), np.uint8)
    number[:, 3:5] = np.arange(40)[:, None, None]
    orders = []
    for epoch in (1, 2):
        images, labels = epoch_of(epoch, recipe, number, np.arange(40))
        assert (np.rint(images[:, 3, 0] * 255) == labels).all() and sorted(labels) == list(range(40))
        orders.append(labels.tolist())
    assert orders[0] != orders[1] and orders[0] == epoch_of(1, recipe, number, np.arange(40))[1].tolist()


def test_an_image_is_mirrored_in_every_other_epoch_and_moves_by_a_pixel_at_most():
    recipe = dataclasses.replace(RECIPE, small_epochs=0)
    dot = np.zeros((40, 28, 28), np.uint8)
    dot[:, 10, 4] = 255
    sides, places = [], set()
    for epoch in (1, 2, 3):
        images, labels = epoch_of(epoch, recipe, dot, np.arange(40))
        assert (images.sum((1, 2)) == 1).all()
        row, column = np.unravel_index(images.reshape(40, -1).argmax(1), (28, 28))
        mirrored = column > 14
        places |= {(r - 10, c - (23 if m else 4)) for r, c, m in zip(row, column, mirrored, strict=True)}
        sides.append(mirrored[np.argsort(labels)])
    assert (sides[0] != sides[1]).all() and (sides[0] == sides[2]).all() and 10 < sides[0].sum() < 30
    assert places == {(r, c) for r in (-1, 0, 1) for c in (-1, 0, 1)}


def test_the_first_epochs_see_small_images():
    assert epoch_of(1)[0].shape == (40, 20, 20) and epoch_of(2)[0].shape == (40, 28, 28)


# --- training -----------------------------------------------------------------------------------------------------


def test_an_interrupted_training_ends_with_the_weights_of_an_uninterrupted_one(tmp_path):
    whole, first, rest = small_net(), small_net(), small_net(seed=5)  # the rest takes its weights from the checkpoint
    curve = nets.train(whole, tmp_path / "whole", X, Y, RECIPE)
    nets.train(first, tmp_path / "parts", X, Y, RECIPE, stop_after=1)
    (tmp_path / "parts" / "epoch002.part").write_bytes(b"half of a checkpoint")
    again = nets.train(rest, tmp_path / "parts", X, Y, RECIPE)
    assert same(whole, rest) and not same(whole, first) and not same(first, small_net())
    assert [(row["epoch"], row["loss"]) for row in again] == [(row["epoch"], row["loss"]) for row in curve]
    assert [row["side"] for row in curve] == [20, 28, 28] and curve[-1]["rate"] == 0


def test_it_learns(tmp_path):
    x = np.zeros((64, 28, 28), np.uint8)
    y = np.arange(64) % 2
    x[y == 1, 8:20] = 255
    curve = nets.train(small_net(), tmp_path, x, y, dataclasses.replace(RECIPE, epochs=6))
    assert curve[-1]["accuracy"] > 0.9 and curve[-1]["loss"] < curve[0]["loss"] / 2


def test_a_checkpoint_of_another_recipe_is_refused_but_a_longer_plan_is_not(tmp_path):
    nets.train(small_net(), tmp_path, X, Y, RECIPE, stop_after=1)
    for change in ({"decay": 0.0}, {"seed": 1}, {"small_epochs": 0}, {"epochs": 1}):
        with pytest.raises(ValueError, match="made by another recipe"):
            nets.train(small_net(), tmp_path, X, Y, dataclasses.replace(RECIPE, **change))
    longer = dataclasses.replace(RECIPE, epochs=4, small_epochs=2, falling=1)
    assert [row["side"] for row in nets.train(small_net(), tmp_path, X, Y, longer)] == [20, 20, 28, 28]


# --- what is kept -------------------------------------------------------------------------------------------------


def test_what_is_stored_is_what_was_tested(tmp_path, monkeypatch):
    model = small_net()
    curve = nets.train(model, tmp_path, X, Y, RECIPE)
    line = nets.store("small", model, RECIPE, curve, X, Y, bundled=tmp_path)
    path = tmp_path / "nets" / "small.npz"
    assert line == f"{hashlib.sha256(path.read_bytes()).hexdigest()}  nets/small.npz"
    record = json.loads(path.with_suffix(".json").read_text(encoding="utf-8"))
    loaded = small_net(seed=7)
    nets.load_bundled_weights(loaded, path)
    assert all((w == w.astype(np.float16)).all() for w in weights(loaded))
    right = logits(loaded, X[..., None].astype(np.float32) / 255).argmax(1) == Y
    assert record["test_accuracy"] == right.mean() and record["test_images"] == 40
    assert record["curve"] == curve and nets.Recipe(**record["recipe"]) == RECIPE
    assert record["parameters"] == model.count_params() - sum(
        w.shape[0] * 2 for w in model.weights if w.name == "gamma"
    )
