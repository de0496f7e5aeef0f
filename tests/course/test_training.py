"""Comparisons are fair, repeat to the last bit, survive an interrupt, and refuse what they cannot train."""

import dataclasses
import itertools
import json
import math
import subprocess
import sys
from types import SimpleNamespace

import keras
import matplotlib
import matplotlib.pyplot as plt
import numpy as np
import pytest
from keras import layers

from course_utils import data, figures, training
from course_utils.training import comparing


def small(width=4, classes=10, dropout=0.0, shape=(14, 14, 1), last=None):
    image = keras.Input(shape)
    x = layers.Conv2D(width, 3, strides=2, activation="relu")(image)
    x = layers.BatchNormalization()(x)
    x = layers.Dropout(dropout)(layers.GlobalAveragePooling2D()(x))
    return keras.Model(image, layers.Dense(classes, activation=last)(x))


def tiny(rate=0.0):
    """The quickest to trace, for tests of what is kept and what is said."""
    image = keras.Input((14, 14, 1))
    return keras.Model(image, layers.Dense(10)(layers.Dropout(rate)(layers.Flatten()(image))))


TINY = {"first": tiny, "second": lambda: tiny(0.5)}
BUILDERS = {"narrow": small, "wide": lambda: small(8, dropout=0.2)}


@pytest.fixture(scope="module")
def images():
    clothes = data.load("fashion-mnist-mini")
    return dataclasses.replace(
        clothes,
        x_train=clothes.x_train[:200, ::2, ::2],
        y_train=clothes.y_train[:200],
        x_test=clothes.x_test[:50, ::2, ::2],
        y_test=clothes.y_test[:50],
    )


@pytest.fixture(scope="module")
def measured(images):
    return training.compare(BUILDERS, images, epochs=2, seeds=(1, 2), progress=False)


class Counted(dict):
    """Builders that count how often each is called."""

    def __init__(self, builders):
        self.calls = dict.fromkeys(builders, 0)
        super().__init__({name: self.counting(name, builder) for name, builder in builders.items()})

    def counting(self, name, builder):
        def build():
            self.calls[name] += 1
            return builder()

        return build


def histories(results):
    return {(run["variant"], run["seed"]): run["history"] for run in results.runs}


# Reproducible


def test_the_same_seed_gives_the_same_numbers_whatever_ran_before(images, measured):
    np.random.seed(99)
    small(3)(np.ones((1, 14, 14, 1), "float32"))  # uses up random numbers and names
    again = training.compare({"wide": BUILDERS["wide"]}, images, epochs=2, seeds=(2,), progress=False)
    assert histories(again)["wide", 2] == histories(measured)["wide", 2]
    assert histories(measured)["wide", 1] != histories(measured)["wide", 2]


def test_another_process_gives_the_same_numbers(images, measured, tmp_path):
    np.savez(tmp_path / "images.npz", **{k: getattr(images, k) for k in ("x_train", "y_train", "x_test", "y_test")})
    script = (
        "import json, sys, types, numpy; sys.path.insert(0, sys.argv[1])\n"
        "from tests.course.test_training import BUILDERS, training\n"
        "images = types.SimpleNamespace(**numpy.load(sys.argv[2] + '/images.npz'))\n"
        "runs = training.compare(BUILDERS, images, 2, seeds=[2], progress=False).runs\n"
        "json.dump(runs, open(sys.argv[2] + '/other.json', 'w'))"
    )
    root = str(data.BUNDLED.parent.parent)
    subprocess.run([sys.executable, "-c", script, root, str(tmp_path)], check=True, capture_output=True)
    other = histories(training.Results(json.loads((tmp_path / "other.json").read_text()), {}))
    assert other == {place: history for place, history in histories(measured).items() if place[1] == 2}


@keras.saving.register_keras_serializable()
class Witness(layers.Layer):
    """Folds the batches that it sees in training into one number, in which their order counts."""

    def build(self, shape):
        self.seen = self.add_weight(shape=(), initializer="zeros", trainable=False)
        self.steps = self.add_weight(shape=(), initializer="zeros", trainable=False)

    def call(self, x, training=False):
        if training:
            places = keras.ops.arange(1.0, 1.0 + x.shape[0])
            weighted = keras.ops.sum(keras.ops.mean(x, axis=(1, 2, 3)) * places) / 1000
            self.seen.assign(0.9 * self.seen + weighted)
            self.steps.assign_add(1.0)
        return x


def test_all_variants_see_the_same_batches_in_the_same_order(images):
    models = []

    def watched(width, dropout):
        inner = small(width, dropout=dropout)
        image = keras.Input((14, 14, 1))
        models.append(keras.Model(image, inner(Witness()(image))))
        return models[-1]

    builders = {"one": lambda: watched(2, 0.0), "other": lambda: watched(5, 0.5)}
    training.compare(builders, images, epochs=2, seeds=(1, 2), batch_size=32, progress=False)
    witnesses = [next(layer for layer in model.layers if isinstance(layer, Witness)) for model in models[2:]]
    assert [float(w.steps) for w in witnesses] == [2 * (200 // 32)] * 4
    first, second = [float(w.seen) for w in witnesses[:2]], [float(w.seen) for w in witnesses[2:]]
    assert first[0] == first[1] and second[0] == second[1]
    assert first[0] != second[0]


def test_a_part_of_the_training_images_is_the_same_part_each_time(images):
    once, again = (
        training.compare({"first": tiny}, images, 1, seeds=[3], train_size=64, progress=False) for _ in range(2)
    )
    assert histories(once) == histories(again)
    assert once.settings["train_images"] == 64 and once.settings["steps"] == 1


# Results


def test_the_training_loss_is_the_mean_over_the_epoch(images):
    """At a learning rate of almost nothing it is the untrained model's loss on all images, not on the last batch."""
    kept = []

    def build():
        kept.append(tiny())
        return kept[-1]

    options = {"epochs": 2, "seeds": [1], "learning_rate": 1e-12, "train_size": 192, "progress": False}
    run = training.compare({"tiny": build}, images, schedule="constant", **options).runs[0]
    chosen = SimpleNamespace(x=images.x_train, y=images.y_train)
    logits = keras.ops.convert_to_numpy(kept[-1](chosen.x))
    losses = np.log(np.exp(logits).sum(axis=1)) - logits[np.arange(len(logits)), chosen.y]
    means = [np.mean(np.sort(losses)[:192]), np.mean(np.sort(losses)[-192:])]  # 192 of the 200 images were drawn
    assert all(means[0] <= loss <= means[1] for loss in run["history"]["loss"])
    assert run["history"]["loss"][0] == pytest.approx(run["history"]["loss"][1], rel=1e-6)
    assert run["history"]["accuracy"][0] == run["history"]["accuracy"][1]


def test_results_are_plain_data_with_ranges(measured):
    assert json.loads(json.dumps(measured.runs, allow_nan=False)) == measured.runs
    assert [(run["variant"], run["seed"]) for run in measured.runs] == [
        ("narrow", 1),
        ("narrow", 2),
        ("wide", 1),
        ("wide", 2),
    ]
    for metric in ("loss", "accuracy", "test_loss", "test_accuracy"):
        for name, seeds in measured.values(metric, epoch=0).items():
            assert measured.ranges(metric, epoch=0)[name] == (min(seeds), max(seeds))
            assert seeds == [curve[0] for curve in measured.curves(metric)[name]]
    assert measured.values("parameters")["narrow"] == [4 * 9 + 4 + 8 + 4 * 10 + 10] * 2
    assert all(len(run["epoch_seconds"]) == 2 and run["seconds_per_step"] > 0 for run in measured.runs)
    assert "narrow" in repr(measured) and "98" in repr(measured)


def test_unknown_metrics_and_epochs_are_named(measured):
    with pytest.raises(ValueError, match=r"no metric 'val_loss'.*test_loss"):
        measured.ranges("val_loss")
    with pytest.raises(ValueError, match="epoch=2: there are 2, from 0 to 1"):
        measured.values("loss", epoch=2)


# Interrupts


def test_an_interrupt_keeps_what_was_measured(images, capsys):
    class Interrupting(keras.Model):
        def evaluate(self, *args, **kwargs):
            raise KeyboardInterrupt

    def interrupting():
        model = tiny()
        return Interrupting(model.inputs, model.outputs[0])

    builders = {"first": tiny, "second": interrupting, "third": tiny}
    results = training.compare(builders, images, 1, seeds=(1, 2), progress=False)
    assert list(histories(results)) == [("first", 1)]
    assert "the 1 of 6 runs that were finished" in capsys.readouterr().out


# Divergence


@keras.saving.register_keras_serializable()
class Exploding(layers.Layer):
    """Gives NaN from its `after`-th training step on."""

    def __init__(self, after, **kwargs):
        super().__init__(**kwargs)
        self.after = after

    def build(self, shape):
        self.steps = self.add_weight(shape=(), initializer="zeros", trainable=False)

    def call(self, x, training=False):
        if training:
            self.steps.assign_add(1.0)
            x = x + keras.ops.where(self.steps >= self.after, math.nan, 0.0)
        return x

    def get_config(self):
        return {**super().get_config(), "after": self.after}


def test_a_run_that_diverges_is_stopped_said_and_recorded(images, capsys):
    def exploding():
        image = keras.Input((14, 14, 1))
        return keras.Model(image, Exploding(after=5)(tiny()(image)))

    builders = {"bad": exploding, "good": tiny}
    results = training.compare(builders, images, 3, seeds=[1], progress=False)
    bad, good = results.runs
    assert bad["diverged"] == "the training loss became nan in step 2 of epoch 2"  # three steps an epoch
    assert len(bad["history"]["loss"]) == 1 and len(bad["epoch_seconds"]) == 2
    assert good["diverged"] is None and len(good["history"]["loss"]) == 3
    assert "bad, seed 1: diverged, the training loss became nan in step 2 of epoch 2" in capsys.readouterr().out
    assert all(map(math.isnan, results.ranges("loss")["bad"])) and math.isfinite(results.ranges("loss")["good"][0])
    assert math.isfinite(results.ranges("loss", epoch=0)["bad"][0])
    assert "1 diverged" in repr(results)


# Progress


def test_progress_is_one_line_outside_a_terminal(images, capsys):
    training.compare(TINY, images, 1, seeds=(1, 2))
    out, bar = capsys.readouterr()
    assert out.startswith("4 runs, in ") and len(out.splitlines()) == 1 and not bar


def test_progress_in_a_terminal_is_a_bar(images, capsys, monkeypatch):
    training.compare({"first": tiny}, images, 1, seeds=(1,), progress=False)
    assert capsys.readouterr() == ("", "")
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True, raising=False)
    training.compare({"first": tiny}, images, 2, seeds=(1,))
    out, bar = capsys.readouterr()
    assert "first, seed 1" in bar and "/6" in bar
    assert out.splitlines()[-1].startswith("1 runs, in ")


def test_a_bar_sends_a_notebook_few_messages(images, monkeypatch):
    """Of thousands nbval loses some, and with them a cell's end: tqdm by itself looks ten times a second."""
    bars = []

    class Bar(comparing.tqdm):
        def __init__(self, **settings):
            bars.append(settings)
            super().__init__(**settings)

    monkeypatch.setattr(comparing, "tqdm", Bar)
    training.compare({"first": tiny}, images, 1, seeds=(1,), progress=False)
    assert [settings["mininterval"] >= 1 for settings in bars] == [True]


# Refusals


def subset(images, **changed):
    return SimpleNamespace(**{k: getattr(images, k) for k in ("x_train", "y_train", "x_test", "y_test")} | changed)


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"builders": small}, "builders must be a dict"),
        ({"builders": {}}, "builders must be a dict"),
        ({"builders": {1: small}}, "name of a variant must be a text"),
        ({"builders": {"net": None}}, "net is NoneType, not a function"),
        ({"builders": {"net": lambda: None}}, "builder of net returned NoneType, not a keras.Model"),
        ({"builders": {"net": lambda: small(classes=5)}}, "net has 5 outputs, too few for labels up to 9"),
        ({"builders": {"net": lambda: small(last="softmax")}}, "net ends in a softmax"),
        ({"builders": {"net": lambda: small(shape=(28, 28, 3))}}, r"net cannot take images of shape \(14, 14, 1\)"),
        ({"epochs": 0}, "epochs must be a whole number of at least 1, not 0"),
        ({"seeds": ()}, "seeds=.*give one or more"),
        ({"seeds": (1, 1)}, "seeds=.*no two alike"),
        ({"seeds": 3}, r"seeds=\(3,\) asks for one seed"),
        ({"seeds": (-1,)}, "a seed must be a whole number of at least 0"),
        ({"batch_size": 201}, "batch_size=201 is more than the 200 training images"),
        ({"train_size": 500}, "train_size=500, but there are 200"),
        ({"learning_rate": 0}, "learning_rate must be a positive number"),
        ({"schedule": "step"}, "schedule must be"),
        ({"optimizer": "adam"}, "optimizer='adam': give a function"),
    ],
)
def test_what_cannot_be_compared_is_refused(changed, message, images):
    with pytest.raises(ValueError, match=message):
        training.compare(**{"builders": {"net": small}, "data": images, "epochs": 1} | changed)


def test_models_are_no_builders_and_several_outputs_are_refused(images):
    model = small()
    for builder, message in [
        (model, "net is a model.*give a function"),
        (lambda: model, "returned the same model twice"),
        (lambda: keras.Model(model.inputs, [model.output, model.output]), "net returns 2 outputs"),
        (lambda: keras.Model(model.inputs, model.layers[1].output), r"output of shape \(6, 6, 4\)"),
    ]:
        with pytest.raises(ValueError, match=message):
            training.compare({"net": builder}, images, 1, progress=False)


def around(base):
    return lambda: keras.Sequential([keras.Input((14, 14, 1)), base, layers.Dense(10)])


def test_builders_that_share_what_is_trained_are_refused(images):
    base = keras.Sequential([keras.Input((14, 14, 1)), layers.Flatten(), layers.Dense(6)])
    with pytest.raises(ValueError, match=r"second: .*shares .*kernel with another.*inside of the builder"):
        training.compare({"first": around(base), "second": around(base)}, images, 1, seeds=[1])
    with pytest.raises(ValueError, match=r"first: .*shares .*kernel with another"):
        training.compare({"first": around(base)}, images, 1, seeds=[1])


def test_averages_that_training_moves_may_not_be_shared(images):
    base = keras.Sequential([keras.Input((14, 14, 1)), layers.BatchNormalization(scale=False, center=False)])
    with pytest.raises(ValueError, match=r"second: .*shares .*moving_mean with another"):
        training.compare({"first": around_a_map(base), "second": around_a_map(base)}, images, 1, seeds=[1])


class MovingMean(layers.Layer):
    """Takes the mean of what it has seen away: an average that no gradient moves."""

    def build(self, shape):
        self.mean = self.add_weight(shape=(shape[-1],), initializer="zeros", trainable=False, name="mean")

    def call(self, x, training=False):
        if training:
            self.mean.assign(0.9 * self.mean + 0.1 * keras.ops.mean(x, axis=(0, 1, 2)))
        return x - self.mean


def test_averages_of_a_layer_of_ones_own_may_not_be_shared_those_of_normalization_may(images):
    mean, adapted = MovingMean(), layers.Normalization(mean=0.5, variance=1)
    with pytest.raises(ValueError, match=r"second: .*shares .*mean with another"):
        training.compare({"first": around_a_map(mean), "second": around_a_map(mean)}, images, 1, seeds=[1])
    builders = {"first": around_a_map(adapted), "second": around_a_map(adapted)}
    assert len(training.compare(builders, images, 1, seeds=[1], progress=False).runs) == 2


def around_a_map(base):
    return lambda: keras.Sequential([keras.Input((14, 14, 1)), base, layers.Flatten(), layers.Dense(10)])


def test_builders_may_share_what_is_frozen(images):
    base = keras.Sequential([keras.Input((14, 14, 1)), layers.BatchNormalization(), layers.Flatten(), layers.Dense(6)])
    base.trainable = False
    before = base.get_weights()
    results = training.compare({"first": around(base), "second": around(base)}, images, 1, seeds=[1], progress=False)
    values = results.values("loss")
    assert values["first"] == values["second"]
    assert all(np.array_equal(a, b) for a, b in zip(before, base.get_weights(), strict=True))


def test_a_softmax_is_found_wherever_it_is_computed(images):
    def at_the_end(function):
        image = keras.Input((14, 14, 1))
        return lambda: keras.Model(image, function(layers.Dense(10)(layers.Flatten()(image))))

    inner = keras.Sequential([keras.Input((10,)), layers.Dense(10, activation="softmax")])
    for builder in (
        at_the_end(keras.ops.softmax),
        at_the_end(lambda x: layers.Reshape((10,))(layers.Softmax()(x))),
        at_the_end(inner),
    ):
        with pytest.raises(ValueError, match="net ends in a softmax; the loss needs logits"):
            training.compare({"net": builder}, images, 1, seeds=[1])


def test_outputs_that_happen_to_sum_to_one_are_no_softmax(images):
    def build():
        last = layers.Dense(10, kernel_initializer="zeros", bias_initializer=keras.initializers.Constant(0.1))
        return keras.Sequential([keras.Input((14, 14, 1)), layers.Flatten(), last])

    with_softmax = lambda: keras.Sequential([*build().layers, layers.Softmax()])  # noqa: E731
    assert len(training.compare({"net": build}, images, 1, seeds=[1], progress=False).runs) == 1
    with pytest.raises(ValueError, match="net ends in a softmax"):
        training.compare({"net": with_softmax}, images, 1, seeds=[1])


@pytest.mark.parametrize(
    ("shape", "advice"), [((3,), "one-hot"), ((1,), r"Take y\[..., 0\]"), ((8, 8, 3), "one-hot"), ((8, 8, 1), "Take y")]
)
def test_labels_with_an_axis_too_many_are_named(shape, advice):
    rng = np.random.default_rng(0)
    x = rng.random((32, *shape[:-1], 5), dtype="float32")
    y = np.eye(3, dtype=int)[rng.integers(0, 3, (32, *shape[:-1]))][..., : shape[-1]]
    data = SimpleNamespace(x_train=x, y_train=y, x_test=x, y_test=y)
    with pytest.raises(ValueError, match=advice):
        training.compare({"net": lambda: keras.Sequential([layers.Dense(3)])}, data, 1, batch_size=16)


def test_data_that_does_not_fit_is_refused(images):
    for changed, message in [
        ({"x_train": images.x_train[:9]}, r"x_train has shape \(9, 14, 14, 1\), y_train \(200,\)"),
        ({"x_test": (images.x_test * 255).astype("uint8")}, "x_test is uint8"),
        ({"y_train": images.y_train.astype("float32")}, "y_train must hold whole numbers"),
        ({"y_train": images.y_train - 1}, "y_train must hold whole numbers"),
        ({"x_test": images.x_test[:, :7]}, "they must agree"),
        (
            {"y_train": images.y_train[:, None], "y_test": images.y_test[:, None]},
            r"those in y_train have shape \(1,\). Take y\[..., 0\]",
        ),
        (
            {"y_train": np.eye(10, dtype=int)[images.y_train]},
            r"those in y_train have shape \(10,\).*y.argmax\(axis=-1\)",
        ),
        ({"y_test": np.eye(10)[images.y_test]}, r"y_test must hold whole numbers.*y.argmax\(axis=-1\)"),
        ({"y_test": np.eye(10, dtype=int)[images.y_test]}, r"those in y_test have shape \(10,\).*y.argmax\(axis=-1\)"),
        ({"y_train": np.array(["cat"] * len(images.y_train))}, "y_train holds texts.*np.unique"),
        ({"x_test": np.full_like(images.x_test, np.nan)}, "x_test holds NaN or infinite values"),
        ({"x_train": np.full_like(images.x_train, np.inf)}, "x_train holds NaN or infinite values"),
    ]:
        with pytest.raises(ValueError, match=message):
            training.compare({"net": small}, subset(images, **changed), 1)
    with pytest.raises(ValueError, match="data has no y_train, x_test, y_test"):
        training.compare({"net": small}, SimpleNamespace(x_train=images.x_train), 1)


def test_a_bad_variant_is_found_before_the_first_is_trained(images):
    builders = Counted({"good": small, "bad": lambda: small(classes=3)})
    with pytest.raises(ValueError, match="bad has 3 outputs"):
        training.compare(builders, images, 1, progress=False)
    assert builders.calls == {"good": 1, "bad": 1}


def test_labels_may_be_maps_and_models_unbuilt(images):
    pixels = subset(
        images, y_train=(images.x_train[..., 0] > 0.5).astype(int), y_test=(images.x_test[..., 0] > 0.5).astype(int)
    )
    build = lambda: keras.Sequential([layers.Conv2D(4, 1, activation="relu"), layers.Conv2D(2, 1)])  # noqa: E731
    results = training.compare(
        {"map": build}, pixels, 5, seeds=[1], batch_size=16, learning_rate=0.05, schedule="constant", progress=False
    )
    assert results.ranges("test_accuracy")["map"][0] > 0.9
    assert results.runs[0]["parameters"] == 8 + 10


# Measured time


def test_measured_time_leaves_the_model_alone():
    model = small()
    before = [np.array(weight) for weight in model.get_weights()]
    alone = training.measure(model, batch_size=2, repeats=3)
    both = training.measure({"model": model, "builder": small}, repeats=1)
    assert set(alone) == {"batch_size", "forward", "forward_cpu", "step", "step_cpu"} and alone["batch_size"] == 2
    assert set(both) == {"model", "builder"} and all(both["builder"][kind] > 0 for kind in ("forward", "step"))
    assert all(np.array_equal(a, b) for a, b in zip(before, model.get_weights(), strict=True))
    assert not model.compiled


@pytest.mark.parametrize("devices", [["CPU:0"], ["cpu:0", "cpu:1"], ["GPU:0"], ["CPU:0", "GPU:0"]])
def test_only_tensorflow_on_a_cpu_does_without_a_compiler(devices, monkeypatch):
    if keras.backend.backend() == "tensorflow":
        monkeypatch.setattr(keras.distribution, "list_devices", lambda: devices)
    without = keras.backend.backend() == "tensorflow" and "GPU:0" not in devices
    assert training.jit_compile() == (False if without else "auto")


def test_measuring_asks_for_a_size_where_the_model_has_none():
    model = small(shape=(None, None, 1))
    with pytest.raises(ValueError, match=r"\(None, None, 1\): say input_shape"):
        training.measure(model)
    assert training.measure(model, repeats=1, input_shape=(20, 20, 1))["forward"] > 0
    with pytest.raises(ValueError, match="repeats must be a whole number"):
        training.measure(model, repeats=0)


# The figure


def test_bands_span_the_seeds_and_name_each_line_once(measured, drawn):
    figures.bands(measured, "test_loss", "finding")
    axis = plt.gca()
    assert sorted(text.get_text() for text in axis.texts) == ["narrow", "wide"]
    assert "2 seeds" in axis.get_xlabel() and (axis.get_ylabel(), axis.get_title()) == ("test loss", "finding")
    assert (
        len({str(line.get_linestyle()) for line in axis.lines}) == len({line.get_marker() for line in axis.lines}) == 2
    )
    for band, curves in zip(axis.collections, measured.curves("test_loss").values(), strict=True):
        heights = band.get_paths()[0].vertices[:, 1]
        assert np.isclose(heights.min(), np.min(curves)) and np.isclose(heights.max(), np.max(curves))


def test_names_of_lines_that_end_together_do_not_cover_each_other(drawn):
    figures.bands({f"net {n}": [[1.0, 0.5 + n / 1000]] for n in range(5)})
    figure = plt.gcf()
    figure.canvas.draw()
    extent = matplotlib.text.Text.get_window_extent  # an annotation's own counts its arrow as well
    boxes = sorted((extent(text) for text in plt.gca().texts), key=lambda box: box.y0)
    assert all(low.y1 <= high.y0 + 1 for low, high in itertools.pairwise(boxes))


def test_a_band_ends_where_a_seed_diverged(drawn):
    figures.bands({"wild": [[2.0, 1.0, math.nan], [2.0, 1.5, 1.0]], "tame": [[2.0, 1.0, 0.5]] * 2})
    assert [text.get_text() for text in plt.gca().texts if "wild" in text.get_text()] == ["wild (diverged)"]
    assert len(plt.gca().lines[0].get_xdata()) == 2


def test_bands_refuse_what_they_cannot_draw(measured):
    for curves, message in [({}, "any variant"), ({"a": [[1, 2], [1]]}, "different length, for \\['a'\\]")]:
        with pytest.raises(ValueError, match=message):
            figures.bands(curves)
    with pytest.raises(ValueError, match="no metric 'time'"):
        figures.bands(measured, "time")
