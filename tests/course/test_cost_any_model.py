"""Whatever Keras model is given: the cost table is right, or says what is unknown, or refuses."""

import json
from pathlib import Path

import keras
import numpy as np
import pytest
import random_graphs
from keras import layers

from course_utils.cost import compare, cost


def net(*parts, shape=(8, 8, 6)):
    """A builder of a chain of layers, each given by a function that makes it."""

    def build():
        image = keras.Input(shape, name="image")
        x = image
        for part in parts:
            x = part()(x)
        return keras.Model(image, x, name="tiny")

    return build


def conv(**options):
    return lambda: layers.Conv2D(4, 3, **options)


# Another input size


def with_a_dense_head(side=16):
    return net(conv(strides=2), layers.Flatten, lambda: layers.Dense(3), shape=(side, side, 3))


def test_another_input_size_gives_the_weights_of_a_model_of_that_size():
    assert cost(with_a_dense_head()).parameters == 112 + 7 * 7 * 4 * 3 + 3
    right = [(row.parameters, row.macs) for row in cost(with_a_dense_head(24)).rows]
    for model in (with_a_dense_head(), with_a_dense_head()()):
        assert [(row.parameters, row.macs) for row in cost(model, (24, 24, 3)).rows] == right
    both = compare({"tiny": with_a_dense_head()}, (24, 24, 3))
    assert both.tables["tiny"].parameters == cost(with_a_dense_head(24)).parameters


def test_a_layer_that_is_used_twice_stays_one_at_another_size():
    def build():
        image = keras.Input((8, 8, 4))
        shared = layers.Conv2D(4, 3)
        return keras.Model(image, shared(shared(image)))

    assert cost(build, (16, 16, 4)).parameters == cost(build).parameters == 3 * 3 * 4 * 4 + 4


def test_a_model_that_cannot_have_another_size_is_refused():
    fixed = net(conv(), lambda: layers.Reshape((36, 4)))
    with pytest.raises(ValueError, match=r"tiny cannot be built for input_shape \(9, 8, 6\).*builds it for this size"):
        cost(fixed, (9, 8, 6))
    image = keras.Input((None, None, 6))
    with pytest.raises(ValueError, match=r"inside of the model, takes \(8, 8, 6\)"):
        cost(keras.Model(image, fixed()(image)), (9, 9, 6))
    nested = keras.Sequential([keras.Input((8, 8, 6)), fixed()])
    with pytest.raises(ValueError, match="cannot be built for"):
        cost(nested, (9, 9, 6))


@pytest.mark.parametrize(
    ("shape", "says"),
    [
        (224, "input_shape must be the shape of one image"),
        ((), "input_shape must be the shape of one image"),
        ("8x8", "input_shape must be the shape of one image"),
        ({"a": (8, 8, 6)}, "in the order of model.inputs"),
        ((None, 8, 8, 6), "does not fit. Leave the number of images out"),
        ((6, 8, 8), r"keep to the order \(height, width, channels\)"),
        (((8, 8, 6), (8, 8, 6)), "does not fit"),
    ],
)
def test_a_wrong_input_shape_is_explained(shape, says):
    with pytest.raises(ValueError, match=says):
        cost(net(conv(), shape=(None, None, 6)), shape)


@pytest.mark.parametrize("shape", [[8, 8, 6], np.array([8, 8, 6]), (np.int64(8), 8, 6), [(8, 8, 6)]])
def test_an_input_shape_may_be_a_list_or_numpys(shape):
    assert cost(net(conv(), shape=(None, None, 6)), shape).macs == 36 * 216


# Positions in the batch axis


def test_a_1x1_convolution_written_as_a_dense_layer_on_positions_costs_the_same():
    image = keras.Input((8, 8, 16))
    positions = layers.Dense(4, name="dense")(keras.ops.reshape(image, (-1, 16)))
    table = cost(keras.Model(image, keras.ops.reshape(positions, (-1, 8, 8, 4))))
    right = cost(net(lambda: layers.Conv2D(4, 1), shape=(8, 8, 16)))
    assert (table.macs, table.receptive_field, table.unknown) == (right.macs, 1, ())
    row = next(row for row in table.rows if row.name == "dense")
    assert (row.output_shape, row.activation_bytes) == ((64, 4), 64 * 4 * 4)


def test_windows_in_the_batch_axis_are_all_counted():
    image = keras.Input((8, 8, 16))
    table = cost(keras.Model(image, layers.Dense(4)(keras.ops.reshape(image, (-1, 16, 16)))))
    assert table.macs == 64 * 16 * 4
    assert table.receptive_field is None and table.unknown  # rows are torn apart


def test_a_model_for_a_fixed_number_of_images_is_counted_for_one():
    image = keras.Input(batch_shape=(4, 8, 8, 6))
    assert cost(keras.Model(image, layers.Conv2D(4, 3)(image))).macs == 36 * 216


# Receptive field


def resized(interpolation):
    return lambda: layers.UpSampling2D(2, interpolation=interpolation)


@pytest.mark.parametrize(
    ("parts", "field", "printed"),
    [
        ((conv(), conv()), 5, "5"),
        ((conv(data_format="channels_first"),), 3, "3"),
        ((conv(), resized("bilinear"), conv()), None, "≥ 3"),
        ((resized("bilinear"), conv()), None, "unknown"),
        ((lambda: layers.AdaptiveAveragePooling2D(2), conv(padding="same")), None, "unknown"),
        ((conv(), lambda: layers.GlobalAveragePooling2D(keepdims=True), lambda: layers.Conv2D(9, 1)), 3, "3"),
    ],
    ids=["followed", "a layer's own layout", "in part", "not at all", "adaptive pooling", "behind global pooling"],
)
def test_the_field_of_the_whole_is_right_or_says_that_it_is_not_known(parts, field, printed):
    table = cost(net(*parts))
    assert (table.receptive_field, table.totals()[-1]) == (field, printed)
    assert bool(table.unknown) == (field is None)
    row = str(compare({"one": net(*parts)})).splitlines()[3]
    assert f" {printed} " in row


def test_augmentation_does_nothing_in_inference():
    table = cost(
        net(
            lambda: layers.RandomFlip("horizontal"),
            lambda: layers.RandomRotation(0.1),
            lambda: layers.Rescaling(1 / 255),
            conv(padding="same"),
            layers.MaxPooling2D,
            conv(padding="same"),
            shape=(20, 20, 3),
        )
    )
    assert (table.receptive_field, table.unknown) == (8, ())
    assert [row.activation_bytes for row in table.rows[1:3]] == [0, 0]


def test_a_field_behind_upsampling_begins_where_the_row_says():
    table = cost(net(lambda: layers.UpSampling2D(2), conv(padding="same")))
    image, up, behind = table.rows
    begins = [np.floor(float(behind.offset + o * behind.stride)) for o in range(1, 5)]
    assert begins == [0, 0, 1, 1] and (up.offset, image.offset) == (0, 0)
    assert "rounded down" in str(table)


def test_behind_a_gate_everything_is_seen():
    def build():
        image = keras.Input((32, 32, 4))
        x = layers.Conv2D(4, 3, 2, "same")(image)
        gate = layers.Conv2D(4, 1, activation="sigmoid")(layers.GlobalAveragePooling2D(keepdims=True)(x))
        return keras.Model(image, layers.Conv2D(4, 3)(layers.Multiply()([x, gate])))

    table = cost(build)
    assert [row.sees for row in table.rows] == ["map", "map", "all", "all", "map", "map"]
    assert (table.rows[-1].receptive_field, table.rows[-1].stride) == (33, 0)


def test_a_sum_with_what_sees_less_and_the_same_everywhere_is_unknown():
    image = keras.Input((32, 32, 4))
    corner = layers.GlobalAveragePooling2D(keepdims=True)(layers.Cropping2D(((0, 24), (0, 24)))(image))
    table = cost(keras.Model(image, image + corner))
    assert table.rows[-1].sees == "unknown" and table.receptive_field is None


def test_a_sum_of_height_with_width_is_unknown():
    image = keras.Input((8, 8, 4))
    table = cost(keras.Model(image, image + keras.ops.mean(image, axis=2)))  # its height meets the map's width
    assert table.rows[-1].sees == "unknown"


# Weights


def test_frozen_and_quantised_weights_are_counted():
    parts = (layers.Normalization, conv(), layers.BatchNormalization, layers.Flatten, lambda: layers.Dense(10))

    def frozen():
        model = net(*parts)()
        model.trainable = False
        return model

    assert cost(frozen).parameters == cost(frozen()).parameters == 220 + 8 + 1450
    inner = net(lambda: layers.Bidirectional(layers.LSTM(3)), shape=(8, 6))()
    right = cost(inner).parameters
    inner.layers[-1].forward_layer.trainable = False  # a part of a layer
    assert cost(inner).parameters == right == inner.count_params()
    model = net(conv(), layers.Flatten, lambda: layers.Dense(10))()
    model.quantize("int8")
    assert cost(model).parameters == 220 + 1450


class Nameless(layers.Layer):
    """A layer whose settings are not written down, so that no second one can be made."""

    def __init__(self, function):
        super().__init__()
        self.function = function

    def build(self, shape):
        self.scale, self.average = (self.add_weight(shape=(), trainable=flag) for flag in (True, False))

    def call(self, x):
        return self.function(x) * self.scale


def test_frozen_weights_that_cannot_be_told_from_statistics_are_unknown():
    model = net(lambda: Nameless(abs))()
    assert cost(model).parameters == 1
    model.trainable = False
    table = cost(model)
    assert table.rows[-1].parameters is None and table.totals()[0] == "≥ 0" and table.unknown


@pytest.mark.parametrize("how", ["compiled", "loaded", "weights loaded"])
def test_a_builder_that_needs_weights_is_called_with_them(how, tmp_path):
    build = net(conv())
    saved = build()
    saved.save(tmp_path / "tiny.keras")
    saved.save_weights(tmp_path / "tiny.weights.h5")

    def compiled():
        model = build()
        model.compile("adam", "mse")
        return model

    def weights_loaded():
        model = build()
        model.load_weights(tmp_path / "tiny.weights.h5")
        return model

    loaded = lambda: keras.models.load_model(tmp_path / "tiny.keras")  # noqa: E731
    builder = {"compiled": compiled, "loaded": loaded, "weights loaded": weights_loaded}[how]
    assert (cost(builder).parameters, cost(builder).macs) == (220, 36 * 216)


# What it does not know


def test_a_model_inside_whose_call_cannot_be_read_is_a_row_that_is_unknown():
    class Bent(keras.Model):
        def call(self, x):
            return 2 * super().call(x)

    image = keras.Input((8, 8, 6))
    bent = Bent(image, layers.Conv2D(4, 3)(image), name="bent")
    table = cost(keras.Model(image, layers.Conv2D(2, 1)(bent(image))))
    assert table.unknown[0] == "bent" and table.receptive_field is None
    assert table.totals()[1] == f"≥ {36 * 8:,}" and table.parameters == 220 + 10


@pytest.mark.parametrize("model", [[lambda: net(conv())], None, {}], ids=["a list", "None", "an empty dict"])
def test_compare_says_what_it_needs(model):
    with pytest.raises(ValueError, match="needs a dict of at least one model"):
        compare(model)


# Random networks, measured by PyTorch (benchmarks/cost_oracles.py)

MEASURED = json.loads((Path(__file__).parent / "cost_oracles.json").read_text())["graphs"]


@pytest.mark.parametrize("seed", list(MEASURED)[:30])
def test_random_networks_cost_what_was_measured_or_more_than_the_table_says(seed):
    table = cost(lambda: random_graphs.network(int(seed)))
    for key, measured in zip(("parameters", "macs"), MEASURED[seed], strict=True):
        a_lower_bound = None in [getattr(row, key) for row in table.rows]
        assert getattr(table, key) == measured or (a_lower_bound and getattr(table, key) < measured)
