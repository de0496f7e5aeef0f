"""Whatever Keras model is given: the cost table is right, or says what is unknown, or refuses."""

import json
from pathlib import Path

import keras
import numpy as np
import published
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


class Own(layers.Layer):
    """Holds a convolution, and forgets in get_config how wide it is."""

    def __init__(self, width=2, **kwargs):
        super().__init__(**kwargs)
        self.conv = layers.Conv2D(width, 3)

    def call(self, x):
        return self.conv(x)

    def get_config(self):
        return super().get_config()


def test_what_a_copy_would_lose_is_refused_at_another_size():
    def sharing():
        image, shared = keras.Input((16, 16, 3)), layers.Conv2D(4, 3)
        open_size = [keras.Input((None, None, 3)) for _ in range(2)]
        parts = [keras.Model(size, shared(size)) for size in open_size]
        return keras.Model(image, [part(image) for part in parts])

    assert cost(sharing).parameters == 112
    with pytest.raises(ValueError, match=r"share weights.*Give cost"):
        cost(sharing, (32, 32, 3))
    forgetful = net(lambda: Own(8))
    assert cost(forgetful).parameters == 8 * (9 * 6 + 1)
    with pytest.raises(ValueError, match="forgets a setting"):
        cost(forgetful, (16, 16, 6))


def test_an_unbuilt_sequential_model_that_cannot_be_copied_is_refused():
    assert cost(keras.Sequential([Own(name="own"), layers.Flatten()]), (8, 8, 3)).parameters == 56
    for part, shape in ((layers.Lambda(lambda x: 2 * x), (8, 8, 3)), (layers.Conv2D(4, 3), (8, 8))):
        with pytest.raises(ValueError, match=r"cannot be built for input_shape.*Give cost"):
            cost(keras.Sequential([part, layers.Flatten()]), shape)


@pytest.mark.parametrize(
    ("shape", "says"),
    [
        ((8.5, 8, 6), "input_shape must be the shape of one image"),
        (224, "input_shape must be the shape of one image"),
        ((), "input_shape must be the shape of one image"),
        ("8x8", "input_shape must be the shape of one image"),
        ({"a": (8, 8, 6)}, "in the order of model.inputs"),
        ((None, 8, 8, 6), "Leave the number of images out"),
        ((8, 8, 8, 6), "does not fit"),
        ((6, 8, 8), r"Keep to the order \(height, width, channels\)"),
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
        ((lambda: layers.Permute((2, 1, 3)), conv(padding="same")), None, "unknown"),
        ((lambda: layers.AdaptiveAveragePooling2D(2), conv(padding="same")), 12, "12"),
        ((conv(), lambda: layers.GlobalAveragePooling2D(keepdims=True), lambda: layers.Conv2D(9, 1)), 3, "3"),
    ],
    ids=[
        "followed",
        "a layer's own layout",
        "in part",
        "not at all",
        "axes exchanged",
        "adaptive",
        "behind global pooling",
    ],
)
def test_the_field_of_the_whole_is_right_or_says_that_it_is_not_known(parts, field, printed):
    table = cost(net(*parts))
    assert (table.receptive_field, table.totals()[-1]) == (field, printed)
    assert bool(table.unknown) == (field is None)
    row = str(compare({"one": net(*parts)})).splitlines()[3]
    assert f" {printed} " in row


@pytest.mark.parametrize(
    ("parts", "side", "field"),
    [
        ((lambda: layers.AdaptiveAveragePooling2D(3), lambda: layers.Conv2D(2, 2)), 10, 7),
        ((lambda: layers.AdaptiveMaxPooling2D(6), conv(strides=2)), 13, 7),
        (
            (lambda: layers.UpSampling2D(3), lambda: layers.Cropping2D(((4, 3), (4, 3))), lambda: layers.Conv2D(2, 2)),
            3,
            1,
        ),
    ],
)
def test_windows_that_no_output_has_do_not_count(parts, side, field):
    assert cost(net(*parts, shape=(side, side, 2))).receptive_field == field


@pytest.mark.parametrize(
    ("parts", "field"),
    [
        ((lambda: layers.Conv2D(4, (3, 5)),), (3, 5)),
        ((lambda: layers.MaxPooling2D((1, 4)), conv()), (3, 12)),
        ((lambda: net(lambda: layers.Conv2D(4, (3, 5)), shape=(28, 28, 1))(),), None),
    ],
    ids=["convolution", "pooling", "inside of a model"],
)
def test_a_grey_image_may_come_without_channels(parts, field):
    table = cost(net(lambda: layers.Reshape((28, 28, 1)), *parts, shape=(28, 28)))
    assert (table.receptive_field, bool(table.unknown)) == (field, field is None)


def test_convolutions_that_see_most_in_different_directions_are_taken_together():
    image = keras.Input((9, 9, 3))
    both = [layers.Conv2D(2, size, padding="same")(image) for size in ((1, 7), (7, 1))]
    assert cost(keras.Model(image, layers.Concatenate()(both))).receptive_field == 7


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
    model = net(layers.Flatten, lambda: layers.Dense(10))()
    model.quantize("float8")  # keeps what it has seen of each tensor in weights that count as trainable
    assert cost(model).parameters == 64 * 6 * 10 + 10


def test_a_frozen_part_of_a_layer_that_cannot_be_looked_into_is_not_lost():
    class Opaque(layers.Layer):
        def __init__(self, frozen, **kwargs):
            super().__init__(**kwargs)
            self.conv, self.norm = layers.Conv2D(4, 3), layers.BatchNormalization()
            self.conv.trainable = not frozen

        def call(self, x):
            return keras.ops.convert_to_tensor(np.asarray(self.norm(self.conv(x))))  # no symbolic tensor can

        def compute_output_spec(self, x):
            self.norm(self.conv(x))
            return keras.KerasTensor((x.shape[0], 6, 6, 4), x.dtype)

    image = keras.Input((8, 8, 6))
    whole, frozen = (cost(keras.Model(image, Opaque(flag)(image))) for flag in (False, True))
    assert whole.parameters == 220 + 8 and frozen.totals()[0] == "≥ 0"


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


class Scale(layers.Layer):
    """A factor a channel, used as it is, or as somebody's product that no symbolic tensor takes part in."""

    def __init__(self, hidden=False, **kwargs):
        super().__init__(**kwargs)
        self.hidden = hidden

    def build(self, shape):
        self.factor = self.add_weight(shape=(1, shape[-1]), name="factor")

    def call(self, x):
        return x * (keras.ops.matmul(self.factor, keras.ops.ones((6, 6))) if self.hidden else self.factor)


class Block(keras.Model):
    """A model of somebody's own, with layers, operations, a layer that is used twice, and a branch for training."""

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.conv = layers.Conv2D(6, 3, padding="same", name="conv")
        self.norm, self.scale = layers.BatchNormalization(), Scale(name="scale")

    def call(self, x, training=True):
        y = x + self.scale(self.conv(keras.ops.relu(self.norm(self.conv(x)))))
        return keras.ops.sort(y) if training else y


BLOCK = (2 * 64 * 9 * 36, 9 * 36 + 6 + 12 + 6)  # MACs, parameters


def test_a_layer_of_ones_own_is_followed_into_its_call():
    image = keras.Input((8, 8, 6))
    model = keras.Model(image, Block(name="block")(image))
    for made in (model, lambda: keras.Model(image, Block(name="block")(image))):
        table = cost(made)
        assert (table.macs, table.parameters, table.receptive_field, table.unknown) == (*BLOCK, 5, ())
    names = [row.name for row in cost(model).rows]
    assert [name for name in names if "conv" in name] == ["block/conv", "block/conv (use 2)"]
    scale = next(row for row in cost(model).rows if row.name == "block/scale")
    assert (scale.kind, scale.parameters, scale.macs, scale.activation_bytes) == ("Scale", 6, 0, 0)
    assert model(np.ones((1, 8, 8, 6), "float32")).shape == (1, 8, 8, 6)  # as before
    assert cost(model, (9, 9, 6)).macs == BLOCK[0] * 81 // 64


def test_a_layer_of_ones_own_may_take_and_return_several():
    class Both(layers.Layer):
        def call(self, pair, factor=2):
            return {"sum": factor * (pair[0] + pair[1]), "first": pair[0]}

    image, other = keras.Input((8, 8, 6)), keras.Input((8, 8, 6))
    found = Both(name="both")([layers.Conv2D(6, 3, padding="same")(image), other], factor=3)
    table = cost(keras.Model([image, other], layers.Conv2D(2, 3)(found["sum"] + found["first"])))
    assert (table.macs, table.receptive_field, table.unknown) == (64 * 9 * 36 + 36 * 9 * 12, 5, ())


@pytest.mark.parametrize("policy", ["mixed_float16", "float16"])
def test_a_call_whose_arguments_keras_would_cast_is_not_followed(policy):
    image = keras.Input((8, 8, 6), dtype="float32")
    table = cost(keras.Model(image, Scale(name="scale", dtype=policy)(image)))
    assert table.unknown == ("scale",) and table.parameters == 6
    assert table.rows[-1].activation_bytes is None  # what it writes inside is not known either


def test_a_subclassed_model_is_followed_where_its_input_is_known():
    def build():
        model = Block(name="block")
        model(keras.Input((8, 8, 6)))
        return model

    for made in (build, build()):
        assert (cost(made, (8, 8, 6)).macs, cost(made, (8, 8, 6)).parameters) == BLOCK
    new = Block()
    with pytest.raises(TypeError, match="follows one that was called"):
        cost(new, (8, 8, 6))
    assert not new.conv.built


class Head(keras.Model):
    """A subclassed network with a layer that only inference uses, and a record of its last call."""

    def __init__(self, lazy=False):
        super().__init__()
        self.conv, self.flat, self.dense = layers.Conv2D(4, 3), layers.Flatten(), layers.Dense(2)
        self.lazy, self.calls, self.last = lazy, 0, None

    def call(self, x, training=None):
        self.calls, self.last = self.calls + 1, x
        x = self.flat(self.conv(x))
        return x if self.lazy and training is not False else self.dense(x)


def test_the_users_model_stays_as_it_was():
    image, unbuilt, built, lazy = keras.Input((8, 8, 3)), Head(), Head(), Head(lazy=True)
    unbuilt.build((None, 8, 8, 3))  # makes no weights
    with pytest.raises(TypeError, match="follows one that was called"):
        cost(unbuilt, (16, 16, 3))
    assert unbuilt(np.zeros((1, 8, 8, 3), "float32")).shape == (1, 2)

    model, later = keras.Model(image, built(image)), keras.Model(image, lazy(image))
    before = built.calls, built.last
    assert cost(model).parameters == cost(built, (8, 8, 3)).parameters == 112 + 144 * 2 + 2
    assert built.calls == before[0] and built.last is before[1]
    with pytest.raises(ValueError, match=r"cannot be built for input_shape \(16, 16, 3\)"):
        cost(built, (16, 16, 3))
    assert cost(later).unknown[-1] == lazy.name
    assert (later.count_params(), lazy.dense.built) == (112, False)


def test_what_is_done_at_each_moment_is_counted_or_unknown():
    moments = layers.TimeDistributed(keras.Sequential([layers.Conv2D(2, 3), layers.Flatten(), layers.Dense(4)]))
    table = cost(net(lambda: moments, shape=(5, 8, 8, 3)))
    assert (table.macs, table.parameters) == (5 * (36 * 54 + 72 * 4), 56 + 292)


def test_a_changed_call_is_followed():
    class Bent(keras.Model):
        def call(self, x):
            return 2 * super().call(x)

    class Twice(layers.Conv2D):
        def call(self, x):
            return super().call(x) + super().call(2 * x)

    image = keras.Input((8, 8, 6))
    bent = Bent(image, layers.Conv2D(4, 3)(image), name="bent")
    table = cost(keras.Model(image, Twice(2, 1)(bent(image))))
    assert (table.macs, table.parameters) == (36 * 216 + 2 * 36 * 8, 220 + 10)
    assert (table.receptive_field, table.unknown) == (3, ())


def test_work_that_the_graph_of_a_call_does_not_show_is_unknown():
    image = keras.Input((8, 8, 6))
    table = cost(keras.Model(image, layers.Conv2D(2, 1)(Scale(hidden=True, name="scale")(image))))
    assert table.unknown[0] == "scale" and table.parameters == 6 + 14
    assert table.totals()[1] == f"≥ {64 * 12:,}" and table.receptive_field is None


def test_a_choice_that_depends_on_the_image_is_unknown():
    class Choice(layers.Layer):
        def build(self, shape):
            self.dense = layers.Dense(6)
            self.dense.build(shape)

        def call(self, x):
            return keras.ops.cond(keras.ops.mean(x) > 0, lambda: self.dense(x), lambda: x)

    image = keras.Input((8, 8, 6))
    table = cost(keras.Model(image, Choice(name="choice")(image)))
    assert table.unknown[-1] == "choice" and (table.parameters, table.receptive_field) == (42, None)
    assert table.totals()[1] == "≥ 0"


def test_a_product_with_a_single_number_is_no_sum():
    image = keras.Input((4, 5))
    for y, macs in ((keras.ops.dot(image, 2.0), None), (keras.ops.dot(image, np.ones((5, 6), "float32")), 4 * 5 * 6)):
        assert cost(keras.Model(image, y)).rows[-1].macs == macs


def test_attention_is_counted_as_the_products_that_it_is():
    image = keras.Input((10, 6))
    table = cost(keras.Model(image, layers.MultiHeadAttention(2, 3)(image, image)))
    assert table.macs == 4 * 10 * 6 * 6 + 2 * 2 * 10 * 10 * 3  # four projections; scores and their use, for two heads
    narrow = cost(keras.Model(image, layers.MultiHeadAttention(2, 3, value_dim=2)(image, image)))
    product = next(row for row in narrow.rows if row.kind == "ops.DotProductAttention")
    assert product.macs == 2 * 10 * 10 * (3 + 2) and product.activation_bytes == 10 * 2 * 2 * 4
    assert narrow.macs == product.macs + 10 * 6 * 2 * (3 + 3 + 2 + 2)
    assert table.parameters == 4 * (6 * 6 + 6)
    assert cost(keras.Model(image, layers.Attention()([image, image]))).macs == 2 * 10 * 10 * 6
    assert cost(keras.Model(image, layers.EinsumDense("btc,cd->btd", (10, 5))(image))).macs == 10 * 6 * 5
    film = keras.Input((3, 8, 8, 6))
    assert cost(keras.Model(film, layers.TimeDistributed(layers.Conv2D(4, 3))(film))).macs == 3 * 36 * 216


def test_a_single_position_that_all_others_meet_is_not_followed():
    image = keras.Input((3, 3, 4))
    table = cost(keras.Model(image, image * layers.DepthwiseConv2D(3)(image)))
    assert table.rows[-1].sees == "unknown" and table.receptive_field is None


@pytest.mark.parametrize("model", [[lambda: net(conv())], None, {}], ids=["a list", "None", "an empty dict"])
def test_compare_says_what_it_needs(model):
    with pytest.raises(ValueError, match="needs a dict of at least one model"):
        compare(model)


# Measured by PyTorch (benchmarks/cost_oracles.py): random networks, and those of keras.applications

STORE = json.loads((Path(__file__).parent / "cost_oracles.json").read_text())
MEASURED = STORE["graphs"]


@pytest.mark.parametrize("seed", list(MEASURED)[:30])
def test_random_networks_cost_what_was_measured_or_more_than_the_table_says(seed):
    table = cost(lambda: random_graphs.network(int(seed)))
    *measured, field = MEASURED[seed]
    for key, number in zip(("parameters", "macs"), measured, strict=True):
        a_lower_bound = None in [getattr(row, key) for row in table.rows]
        assert getattr(table, key) == number or (a_lower_bound and getattr(table, key) < number)
    assert table.totals()[-1] == field


@pytest.mark.parametrize("name", [name for name, measured in STORE["applications"].items() if "field" in measured])
def test_networks_of_keras_cost_what_was_measured(name):
    table, measured = cost(published.application(name)), STORE["applications"][name]
    assert (table.parameters, table.macs, table.unknown) == (measured["parameters"], measured["macs"], ())
    field = table.receptive_field if isinstance(table.receptive_field, tuple) else (table.receptive_field,) * 2
    assert all(seen in ("all", said) for seen, said in zip(measured["field"], field, strict=True))
