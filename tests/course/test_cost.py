"""The cost of tiny nets counted by hand, of nets that are hard to count, and the table in every format."""

import gc
import html.parser
import random
import threading
import weakref

import keras
import numpy as np
import pytest
from keras import layers
from published import PUBLISHED

from course_utils.cost import compare, cost
from course_utils.models.common import LocalResponseNormalization

KIB = 1024


def net(*parts, shape=(8, 8, 6)):
    """A builder of a chain of layers."""

    def build():
        image = keras.Input(shape, name="image")
        x = image
        for part in parts:
            x = part(x)
        return keras.Model(image, x, name="tiny")

    return build


def last(*parts, shape=(8, 8, 6)):
    return cost(lambda: net(*(make() for make in parts), shape=shape)()).rows[-1]


# layer, input shape, output shape, parameters, MACs
BY_HAND = {
    "convolution": (lambda: layers.Conv2D(4, 3), (8, 8, 6), (6, 6, 4), 3 * 3 * 6 * 4 + 4, 36 * 3 * 3 * 6 * 4),
    "same, stride 2": (lambda: layers.Conv2D(4, 3, 2, "same"), (8, 8, 6), (4, 4, 4), 220, 16 * 216),
    "no bias": (lambda: layers.Conv2D(4, 1, use_bias=False), (8, 8, 6), (8, 8, 4), 24, 64 * 24),
    "grouped": (lambda: layers.Conv2D(4, 3, groups=2), (8, 8, 6), (6, 6, 4), 3 * 3 * 3 * 4 + 4, 36 * 108),
    "dilated": (lambda: layers.Conv2D(4, 3, dilation_rate=2), (8, 8, 6), (4, 4, 4), 220, 16 * 216),
    "rectangular": (lambda: layers.Conv2D(4, (1, 7)), (8, 8, 6), (8, 2, 4), 7 * 6 * 4 + 4, 16 * 168),
    "one axis": (lambda: layers.Conv1D(4, 3), (8, 6), (6, 4), 3 * 6 * 4 + 4, 6 * 72),
    "causal": (lambda: layers.Conv1D(4, 3, padding="causal"), (8, 6), (8, 4), 76, 8 * 72),
    "three axes": (lambda: layers.Conv3D(4, 3), (5, 5, 5, 2), (3, 3, 3, 4), 27 * 2 * 4 + 4, 27 * 216),
    "depthwise": (lambda: layers.DepthwiseConv2D(3, depth_multiplier=2), (8, 8, 6), (6, 6, 12), 9 * 12 + 12, 36 * 108),
    "separable": (lambda: layers.SeparableConv2D(4, 3), (8, 8, 6), (6, 6, 4), 9 * 6 + 24 + 4, 36 * (54 + 24)),
    "transposed": (lambda: layers.Conv2DTranspose(4, 3, 2), (8, 8, 6), (17, 17, 4), 220, 64 * 216),
    "transposed, same": (lambda: layers.Conv2DTranspose(4, 3, 2, "same"), (8, 8, 6), (16, 16, 4), 220, 64 * 216),
    "dense": (lambda: layers.Dense(5), (10,), (5,), 55, 50),
    "dense on a map": (lambda: layers.Dense(5), (8, 8, 6), (8, 8, 5), 35, 64 * 30),
    "batch normalisation": (lambda: layers.BatchNormalization(), (8, 8, 6), (8, 8, 6), 12, 0),
    "pooling": (lambda: layers.MaxPooling2D(3, 2), (8, 8, 6), (3, 3, 6), 0, 0),
    "global pooling": (lambda: layers.GlobalAveragePooling2D(), (8, 8, 6), (6,), 0, 0),
    "PReLU": (lambda: layers.PReLU(shared_axes=(1, 2)), (8, 8, 6), (8, 8, 6), 6, 0),
    "softmax": (lambda: layers.Activation("softmax"), (10,), (10,), 0, 0),
}


@pytest.mark.parametrize("kind", BY_HAND)
def test_by_hand(kind):
    make, shape, out, parameters, macs = BY_HAND[kind]
    row = last(make, shape=shape)
    assert (row.output_shape, row.parameters, row.macs) == (out, parameters, macs)


def test_channels_first():
    table = cost(net(layers.Conv2D(4, 3, data_format="channels_first", groups=2), shape=(6, 8, 10)))
    assert (table.rows[-1].output_shape, table.macs) == ((4, 6, 8), 48 * 108)


def test_memory_of_a_chain_by_hand():
    table = cost(
        net(
            layers.Conv2D(4, 3, padding="same", use_bias=False),
            layers.BatchNormalization(),
            layers.ReLU(),
            layers.MaxPooling2D(),
            layers.Flatten(),
            layers.Dropout(0.5),
            layers.Dense(10),
            shape=(16, 16, 3),
        )
    )
    written = [3 * KIB, 4 * KIB, 4 * KIB, 4 * KIB, KIB, 0, 0, 40]
    kept = [
        3 * KIB,  # the image: input of the convolution
        4 * KIB,  # its output: input of batch normalisation
        4 * 2 * 4,  # mean and spread of each channel; the output is not needed
        4 * KIB,  # ReLU needs its own output
        8 * 8 * 4 * 8,  # the place of each maximum
        0,  # a view
        256 + KIB,  # what was dropped, and the input of the dense layer
        0,
    ]
    assert [row.activation_bytes for row in table.rows] == written
    assert [row.training_bytes for row in table.rows] == kept
    assert (table.activation_bytes, table.training_bytes) == (sum(written), sum(kept))


def test_an_array_is_kept_once_though_two_layers_need_it():
    def build():
        image = keras.Input((8, 8, 2))
        return keras.Model(image, layers.Add()([layers.Conv2D(4, 1)(image), layers.Conv2D(4, 1)(image)]))

    assert [row.training_bytes for row in cost(build).rows] == [8 * 8 * 2 * 4, 0, 0, 0]


def test_response_normalisation_keeps_its_input_and_two_arrays_more():
    image, norm = cost(net(LocalResponseNormalization(), shape=(4, 4, 6))).rows
    assert (norm.macs, norm.receptive_field) == (0, 1)
    assert (image.training_bytes, norm.training_bytes) == (4 * 4 * 6 * 4, 2 * 4 * 4 * 6 * 4)


@pytest.mark.skipif(keras.backend.backend() != "torch", reason="only PyTorch tells what it keeps")
def test_response_normalisation_keeps_what_pytorch_keeps():
    import torch

    kept = {}
    x = torch.randn(1, 4, 4, 6, requires_grad=True)
    with torch.autograd.graph.saved_tensors_hooks(lambda t: kept.setdefault(t.data_ptr(), t), lambda t: t):
        LocalResponseNormalization()(x)
    assert sorted(t.numel() for t in kept.values() if t.numel() > 1) == [96, 96, 96]  # input and two more


def test_the_middle_of_a_separable_convolution_is_kept():
    image, row = cost(net(layers.SeparableConv2D(4, 3, depth_multiplier=2))).rows
    assert row.macs == 36 * (9 * 12 + 12 * 4)
    assert (image.training_bytes, row.training_bytes) == (64 * 6 * 4, 36 * 12 * 4)


def test_mixed_precision_halves_the_activations():
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy("mixed_float16")
    try:
        assert cost(net(layers.Conv2D(4, 1), shape=(8, 8, 2))).rows[-1].activation_bytes == 8 * 8 * 4 * 2
    finally:
        keras.config.set_dtype_policy(before)


def test_a_layer_used_twice_counts_its_weights_once():
    def build():
        image = keras.Input((8, 8, 4))
        shared = layers.Conv2D(4, 3, padding="same", name="shared")
        return keras.Model(image, shared(shared(image)))

    _, first, second = cost(build).rows
    assert (first.name, second.name) == ("shared", "shared (use 2)")
    assert (first.parameters, second.parameters) == (148, 0)
    assert first.macs == second.macs == 64 * 144
    assert (first.receptive_field, second.receptive_field) == (3, 5)


def test_nested_models_are_rows_too_and_may_be_used_twice():
    def build():
        inner = keras.Sequential([layers.Dense(4, name="dense"), layers.ReLU(name="relu")], name="inner")
        outer = keras.Sequential([keras.Input((8, 8, 4)), layers.Conv2D(4, 3, name="conv"), inner], name="outer")
        image = keras.Input((8, 8, 4))
        return keras.Model(image, inner(outer(image)))

    table = cost(build)
    names = ["outer/conv", "outer/inner/dense", "outer/inner/relu", "inner/dense (use 2)", "inner/relu (use 2)"]
    assert [row.name for row in table.rows[1:]] == names
    assert (table.parameters, table.macs) == (148 + 20, 36 * 144 + 2 * 36 * 16)


def test_branches_show_the_largest_field():
    def build():
        image = keras.Input((32, 32, 2))
        x = layers.Conv2D(2, 3, 2)(image)
        parts = [layers.Conv2D(2, k, padding="same")(x) for k in (1, 5, 3)]
        return keras.Model(image, layers.Concatenate()(parts))

    row = cost(build).rows[-1]
    assert (row.receptive_field, row.stride, row.offset, row.macs) == (3 + 4 * 2, 2, -4, 0)


def test_field_of_a_flattened_map_is_all_that_the_map_sees():
    table = cost(net(layers.Conv2D(2, 3), layers.Flatten(), layers.Dense(2)))
    assert [row.receptive_field for row in table.rows] == [1, 3, 8, 8]
    assert table.receptive_field == 3  # of the convolution


def test_operations():
    def build():
        x = keras.Input((8, 6), name="x")
        square = keras.ops.matmul(x, keras.ops.transpose(x, (0, 2, 1)))
        y = keras.ops.einsum("bij,bjk->bik", keras.ops.relu(square) + 1.0, x)
        kernel = np.ones((3, 6, 4), "float32")
        return keras.Model(x, keras.ops.conv(y, kernel, padding="same"))

    macs = {row.kind: row.macs for row in cost(build).rows}
    assert macs["ops.Matmul"] == 8 * 8 * 6 and macs["ops.Einsum"] == 8 * 8 * 6 and macs["ops.Conv"] == 8 * 3 * 6 * 4
    assert macs["ops.Relu"] == macs["ops.Add"] == 0


class Odd(layers.Layer):
    """Its call() asks for numbers, which a symbolic tensor does not have."""

    def build(self, shape):
        self.kernel = self.add_weight(shape=(shape[-1], 3))

    def call(self, x):
        if isinstance(x, keras.KerasTensor):
            raise TypeError("numbers, please")
        return keras.ops.matmul(x, self.kernel)


class Scaled(layers.Layer):
    counts_as = "Rescaling"

    def call(self, x):
        return 2 * x


@pytest.mark.parametrize("layer", [Odd, lambda: layers.LSTM(3)])
def test_what_is_not_known_is_unknown_and_never_0(layer):
    shape = (8, 6) if isinstance(layer(), layers.LSTM) else (8, 8, 6)
    table = cost(lambda: net(layers.Dense(6), layer(), shape=shape)())
    row = table.rows[-1]
    assert row.macs is None and row.training_bytes is None and row.receptive_field is None
    assert table.unknown == (row.name,)
    assert table.macs == table.rows[1].macs
    text = str(table)
    assert f"≥ {table.macs:,}" in text and "unknown" in text and "lower bound" in text
    assert row.parameters == sum(
        np.prod(w.shape) for w in net(layers.Dense(6), layer(), shape=shape)().layers[-1].weights
    )


def test_an_unknown_operation():
    table = cost(lambda: net(keras.ops.sort, shape=(6,))())
    assert table.rows[-1].macs is None and table.unknown


def test_an_open_output_size_is_unknown():
    image = keras.Input((8, 8, 6))
    table = cost(keras.Model(image, keras.ops.nonzero(layers.Conv2D(1, 1)(image))[0]))
    assert table.rows[-1].activation_bytes is None and table.unknown and table.macs == 64 * 6
    assert "unknown" in str(table)


def test_a_layer_may_say_what_it_counts_as():
    assert last(Scaled).macs == 0


def test_a_subclass_that_changes_nothing_is_known():
    class Renamed(layers.Conv2D):
        pass

    assert last(lambda: Renamed(4, 3)).macs == 36 * 216


def test_the_model_stays_as_it_is():
    model = net(layers.Conv2D(4, 3), layers.BatchNormalization(), layers.Dense(2))()
    model.compile("sgd", lambda y, p: keras.ops.mean(p))
    x = np.ones((2, 8, 8, 6), "float32")
    before = keras.ops.convert_to_numpy(model(x))
    assert cost(model).macs == cost(model).macs > 0
    assert np.array_equal(before, keras.ops.convert_to_numpy(model(x)))
    assert keras.Model(model.inputs, model.layers[1].output).output_shape == (None, 6, 6, 4)


def test_frozen_weights_count_and_averages_do_not():
    model = net(layers.Conv2D(4, 3), layers.BatchNormalization())()
    expected = cost(model).parameters
    model.trainable = False
    assert cost(model).parameters == expected == 220 + 8


def test_nothing_is_left_behind():
    names = layers.Dense(1).name
    state, threads = random.getstate(), threading.active_count()
    cost(lambda: net(layers.Dense(4))())
    assert random.getstate() == state and threading.active_count() == threads
    number = int(names.split("_")[1]) if "_" in names else 0
    assert layers.Dense(1).name == f"dense_{number + 1}"


def test_the_model_of_a_builder_is_freed_at_once_and_the_collector_left_as_it_was():
    built, frozen = [], gc.get_freeze_count()
    gc.disable()  # nobody else may do it
    try:
        cost(lambda: built.append(weakref.ref(model := net(layers.Dense(4))())) or model)
        assert built[0]() is None and not gc.isenabled()
    finally:
        gc.enable()
    assert gc.get_freeze_count() == frozen


def test_no_weight_is_made_by_a_builder_nor_later():
    made = []

    class Noting(keras.initializers.Initializer):
        def __call__(self, shape, dtype=None):
            made.append(shape)
            return keras.ops.zeros(shape, dtype)

    cost(lambda: net(layers.Dense(4, kernel_initializer=Noting()))())
    odd = Odd()
    odd(np.ones((1, 2), "float32"))
    odd.compute_output_spec(keras.KerasTensor((1, 2)))
    assert made == []


def test_open_sizes_need_an_input_shape():
    build = net(layers.Conv2D(4, 3), layers.GlobalAveragePooling2D(), shape=(None, None, 3))
    with pytest.raises(ValueError, match=r"open.*None, None, 3.*input_shape="):
        cost(build)
    assert cost(build, (10, 12, 3)).macs == 8 * 10 * 108
    assert cost(net(layers.Conv2D(4, 3)), (20, 8, 6)).rows[-1].output_shape == (18, 6, 4)
    with pytest.raises(ValueError, match="does not fit"):
        cost(build, (10, 12, 4))


def test_a_sequential_model_without_an_input():
    model = keras.Sequential([layers.Conv2D(4, 3)], name="late")
    with pytest.raises(ValueError, match="late does not know its input"):
        cost(model)
    assert cost(model, (8, 8, 6)).macs == 36 * 216
    assert not model.built


def test_subclassed_models_are_refused_with_advice():
    class Own(keras.Model):
        def call(self, x):
            return x

    class Bent(keras.Model):
        def call(self, x):
            return 2 * super().call(x)

    x = keras.Input((2,))
    for model in (Own(name="own"), Bent(x, layers.Dense(1)(x), name="bent")):
        with pytest.raises(TypeError, match=r"subclassed model.*keras.Model\(inputs, outputs\)"):
            cost(model)


@pytest.mark.parametrize("wrong", [3, "vgg16", lambda: 3, layers.Dense(3)])
def test_no_model(wrong):
    with pytest.raises(TypeError, match="needs a Keras model or a function"):
        cost(wrong)


def test_errors_of_a_builder_arrive():
    def build():
        raise KeyError("mine")

    with pytest.raises(KeyError, match="mine"):
        cost(build)


@pytest.fixture(scope="module")
def table():
    return cost(lambda: net(layers.Conv2D(4, 3, name="a|b<c"), Odd(name="odd"), layers.Flatten(), layers.Dense(2))())


def test_text(table):
    text = str(table)
    lines = text.splitlines()
    widths = {len(line) for line in lines if set(line) == {"─"}}
    assert len(widths) == 1 and max(map(len, lines)) <= widths.pop()
    assert "7,776" in text and "6×6×4" in text and "MAC = one multiply-accumulate" in text
    assert repr(table) == text


class Reader(html.parser.HTMLParser):
    """Collects the texts of each kind of cell, and the scopes."""

    def __init__(self):
        super().__init__()
        self.found, self.open = {}, []

    def handle_starttag(self, tag, attrs):
        self.open.append(tag)
        self.found.setdefault((tag, dict(attrs).get("scope")), [])
        self.scope = dict(attrs).get("scope")

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.found[(self.open[-1], self.scope if self.open[-1] == "th" else None)].append(data)


def test_html(table):
    reader = Reader()
    reader.feed(table._repr_html_())
    assert reader.open == []
    assert reader.found["caption", None] == ["Cost of tiny for one image"]
    assert {"layer", "MACs", "parameters"} <= set(reader.found["th", "col"])
    assert reader.found["th", "row"] == [*(row.name for row in table.rows), "total"]
    assert any("MAC = one" in note for note in reader.found["li", None])


def test_shares_add_up(table):
    lines = str(table).splitlines()
    shares = [
        float(word) for line in lines for word, sign in zip(line.split(), line.split()[1:], strict=False) if sign == "%"
    ]
    assert abs(sum(shares) - 200) < 1


@pytest.mark.parametrize("name", PUBLISHED)
def test_published_networks_cost_what_is_published(name):
    table, published = cost(PUBLISHED[name].build), PUBLISHED[name]
    assert (table.parameters, table.macs) == (published.parameters, published.macs)
    assert published.receptive_field in (None, table.receptive_field)
    assert table.unknown == ()


def test_compare():
    both = compare({"small": net(layers.Dense(2)), "unknown": lambda: net(layers.Dense(4), Odd())()})
    assert [table.macs for table in both.tables.values()] == [64 * 12, 64 * 24]
    assert f"≥ {64 * 24:,}" in str(both)
    assert both.tables["small"].macs == 64 * 12
    assert "lower bound" in str(both)
    assert 'scope="row"' in both._repr_html_()
    with pytest.raises(ValueError, match="at least one model"):
        compare({})
