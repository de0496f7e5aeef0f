"""checks: what is right passes, what is wrong is named, and what is not begun is not blamed."""

import importlib.util
import os
import re
import subprocess
import sys

import numpy as np
import pytest

from course_utils import checks

# Keras 3.15 itself calls NumPy in a way that NumPy 2 warns about.
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")

X = np.random.default_rng(3).normal(size=(4, 5, 3))


def message_of(call, *arguments, **options):
    with pytest.raises(AssertionError) as caught:
        call(*arguments, **options)
    return str(caught.value)


# --- matches_reference --------------------------------------------------------------------------------------------


def double(x):
    return 2 * x


def test_a_right_function_prints_one_line(capsys):
    def twice(x):
        return x + x

    checks.matches_reference(twice, double, X)
    assert capsys.readouterr().out == "ok: twice matches the reference, 60 values of shape (4, 5, 3)\n"


@pytest.mark.parametrize("result", [None, ...])
def test_an_unfinished_function_is_not_blamed(capsys, result):
    checks.matches_reference(lambda x: result, double, X, name="mix")
    assert capsys.readouterr().out.startswith("not yet: mix returns nothing")


@pytest.mark.parametrize("function", [None, ...])
def test_an_empty_slot_for_a_function_is_not_blamed(capsys, function):
    checks.matches_reference(function, double, X)
    assert capsys.readouterr().out.startswith("not yet: your function is still empty")


def test_a_stub_that_raises_not_implemented_is_not_blamed(capsys):
    def stub(x):
        raise NotImplementedError

    checks.matches_reference(stub, double, X)
    assert capsys.readouterr().out.startswith("not yet: stub")


@pytest.mark.parametrize(
    "function, hint",
    [
        (lambda x: np.maximum(2 * x, 0), "there is a ReLU that is not asked for"),
        (lambda x: -2 * x, "the expected ones times -1"),
        (lambda x: 50 * x, "the expected ones times 25"),
        (lambda x: 2 * x[::-1], "runs backwards along axis 0"),
        (lambda x: 2 * x + 1, "off by the same 1: is a constant forgotten"),
        (lambda x: 2 * x + np.arange(3), "is the bias forgotten, or added twice?"),
        (lambda x: np.roll(2 * x, 1, axis=1), "right, but in other places"),
        (lambda x: 2 * x**2, "largest difference is at index"),
        (lambda x: x / 0 * 0, "60 of 60 values are NaN"),
        (lambda x: 2 * x[0], "returns shape (5, 3), expected is (4, 5, 3). It has 2 axes instead of 3"),
        (lambda x: 2 * x[None], "An axis of length 1 is too many"),
        (lambda x: 2 * x.T, "returns shape (3, 5, 4), expected is (4, 5, 3). The axes are there, in another order."),
        (lambda x: 2 * x[:, 1:], "Look at axis 1."),
        (lambda x: (2 * x).reshape(2, 30), "look at reshape"),
        (lambda x: "2x", "must give numbers, but gives str"),
        (lambda x: 2j * x, "of dtype complex128"),
        (lambda x: [[1], [2, 3]], "must give numbers, but gives list"),
        (lambda x: x.no_such_thing, "stopped with AttributeError: 'numpy.ndarray' object has no attribute"),
        (lambda: 3, "stopped with TypeError"),
        (X, "is a ndarray, not a function: hand over the function"),
    ],
)
@pytest.mark.filterwarnings("ignore:divide by zero", "ignore:invalid value")
def test_wrong_results_are_explained(function, hint):
    assert hint in message_of(checks.matches_reference, function, double, X)


def test_a_missing_relu_is_recognised():
    message = message_of(checks.matches_reference, lambda x: x, lambda x: np.maximum(x, 0), X)
    assert "the ReLU is missing" in message


def test_exchanged_axes_of_equal_length_are_recognised():
    message = message_of(checks.matches_reference, lambda x: 2 * x.swapaxes(0, 1), double, X[:, :4])
    assert "yours is the expected array with its axes in the order (1, 0, 2)" in message


def test_the_place_and_size_of_the_largest_difference_are_told():
    def nearly(x):
        result = 2 * x
        result[1, 2, 0] += 0.5
        result[3, 4, 2] -= 7
        return result

    message = message_of(checks.matches_reference, nearly, double, np.ones((4, 5, 3)))
    assert message.startswith("nearly: 2 of 60 values differ. The largest difference is at index (3, 4, 2)")
    assert "expected 2, yours is -5." in message


def test_the_reference_is_computed_from_untouched_arguments():
    def writes(x):
        x *= 2
        return x

    mine = X.copy()
    assert "changes the array that it is given" in message_of(checks.matches_reference, writes, double, mine)
    np.testing.assert_array_equal(mine, X)
    nested = message_of(checks.matches_reference, lambda p: writes(p["x"]), lambda p: 2 * p["x"], {"x": mine})
    assert "changes the array that it is given" in nested


def test_tolerance_is_relative_and_whole_numbers_must_be_equal():
    checks.matches_reference(lambda x: 2 * x + 1e-7, double, X)
    checks.matches_reference(lambda x: 2.001 * x, double, X, tolerance=1e-2)
    message_of(checks.matches_reference, lambda x: 2.001 * x, double, X)
    message_of(checks.matches_reference, lambda x: 2 * x + 1e-7, double, X * 1e-6)
    message_of(checks.matches_reference, lambda: 4_816_897, lambda: 4_816_896)


def test_keyword_arguments_numbers_and_tuples(capsys):
    checks.matches_reference(lambda n, k: (n * k, n + k), lambda n, k: (n * k, n + k), 3, k=4, name="both")
    assert capsys.readouterr().out == "ok: both matches the reference, 12; 7\n"
    both = (lambda: (1, 3)), (lambda: (1, 2))
    assert "both, result 2 of 2: 1 of 1 values differ" in message_of(checks.matches_reference, *both, name="both")
    assert "must return 2 results" in message_of(checks.matches_reference, lambda: 1, lambda: (1, 2))


def test_infinities_are_values_like_others():
    checks.matches_reference(lambda: np.array([np.inf, 1.0]), lambda: np.array([np.inf, 1.0]))
    message_of(checks.matches_reference, lambda: np.array([np.inf, 1.0]), lambda: np.array([-np.inf, 1.0]))
    message_of(checks.matches_reference, lambda: np.array([0.0, 1.0]), lambda: np.array([np.nan, 1.0]))


def test_an_error_of_the_reference_is_not_turned_into_the_students():
    with pytest.raises(ZeroDivisionError):
        checks.matches_reference(lambda: 1, lambda: 1 / 0)


def test_keras_tensors_and_layers_are_accepted():
    import keras

    x = X.astype("float32")
    checks.matches_reference(lambda x: keras.ops.multiply(x, 2), double, x)
    checks.matches_reference(keras.layers.Rescaling(2.0), double, x)
    symbolic = message_of(checks.matches_reference, lambda x: 2 * keras.Input((5, 3)), double, x)
    assert "a symbolic tensor, which has no values" in symbolic


# --- equals -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("value", [None, ..., (28, ..., 32), [None]])
def test_an_empty_answer_is_not_blamed(capsys, value):
    checks.equals(value, (28, 28, 32))
    assert capsys.readouterr().out.startswith("not yet: your answer is still empty")


@pytest.mark.parametrize(
    "value, expected, line",
    [
        (4_816_896, 4_816_896, "4,816,896"),
        (np.int64(6176), 6176, "6,176"),
        (6176.0, 6176, "6176"),
        (0.1 + 0.2, 0.3, "0.3"),
        (np.float32(0.1), 0.1, "0.1"),
        ((28, 28, 32), (28, 28, 32), "(28, 28, 32)"),
        ([28, 28, 32], (28, 28, 32), "[28, 28, 32]"),
        ("b", "b", "'b'"),
        (False, False, "False"),
    ],
)
def test_right_answers(capsys, value, expected, line):
    checks.equals(value, expected, name="macs")
    assert capsys.readouterr().out == f"ok: macs is right, {line}\n"


@pytest.mark.parametrize(
    "value, expected, said",
    [
        (4_816_895, 4_816_896, "macs is 4,816,895, which is too small."),
        (9_633_792, 4_816_896, "too large by a factor of exactly 2."),
        (192, 6144, "too small by a factor of exactly 32."),
        (0.31, 0.3, "macs is 0.31, which is too large."),
        (float("nan"), 0.3, "not a number (NaN)"),
        ((4, 816, 896), 4_816_896, "must be one number (Python reads 1,234 as two numbers"),
        ("4816896", 4_816_896, "macs is '4816896', but must be a number (without quotes)"),
        (True, 1, "macs is True, but must be a number"),
        (np.ones(3), 3, "an array of shape (3,), but must be one number"),
        ((28, 28), (28, 28, 32), "has 2 values, but must have 3"),
        ((28, 28, 192), (28, 28, 32), "wrong at index 2: it is 192, which is too large by a factor of exactly 6"),
        (28, (28, 28, 32), "must be 3 values in parentheses"),
        ("c", "b", "is 'c', which is not right"),
        (1, "b", "must be a text"),
        ("yes", True, "must be True or False"),
        (True, False, "is True, which is not right"),
    ],
)
def test_wrong_answers_are_described_without_giving_the_right_one(value, expected, said):
    message = message_of(checks.equals, value, expected, hint="Count the bias too.", name="macs")
    assert said in message and message.endswith("Count the bias too.")


def test_a_wrong_number_does_not_give_the_right_one_away():
    message = message_of(checks.equals, 4_816_000, 4_816_896)
    assert "4,816,896" not in message and "4816896" not in message


# --- models -------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def keras():
    import keras

    keras.utils.set_random_seed(1)
    return keras


def image_model(keras):
    """Batch normalisation, ReLU, max pooling, dropout, softmax: what must not raise a false alarm."""
    layers = keras.layers
    return keras.Sequential(
        [
            keras.Input((12, 12, 3)),
            layers.Conv2D(6, 3, use_bias=False, name="conv"),
            layers.BatchNormalization(name="norm"),
            layers.ReLU(),
            layers.MaxPooling2D(),
            layers.Conv2D(4, 1, activation="relu", name="mix"),
            layers.Dropout(0.5),
            layers.GlobalAveragePooling2D(),
            layers.Dense(5, activation="softmax", name="head"),
        ]
    )


def discarding_model(keras):
    """The first convolution's output is overwritten: right shapes, right number of parameters, it even trains."""

    class Discarding(keras.Model):
        def __init__(self):
            super().__init__(name="discarding")
            self.first = keras.layers.Conv2D(3, 3, padding="same", activation="relu", name="first")
            self.second = keras.layers.Conv2D(8, 3, padding="same", activation="relu", name="second")
            self.pool = keras.layers.GlobalAveragePooling2D()
            self.head = keras.layers.Dense(5, activation="softmax", name="head")

        def call(self, x):
            y = self.first(x)
            y = self.second(x)
            return self.head(self.pool(y))

    return Discarding()


def batch(n=16):
    rng = np.random.default_rng(5)
    return rng.random((n, 12, 12, 3)).astype("float32"), rng.integers(0, 5, n)


def assert_unchanged(keras, variables, before):
    after = [keras.ops.convert_to_numpy(v) for v in variables]
    assert all(a.tobytes() == b.tobytes() for a, b in zip(after, before, strict=True))


def snapshot(keras, variables):
    return [keras.ops.convert_to_numpy(v).copy() for v in variables]


def test_wiring_passes_a_sound_model_and_restores_it_bit_for_bit(keras, capsys):
    model = image_model(keras)
    before = snapshot(keras, model.weights)
    assert checks.wiring(model) is None
    assert capsys.readouterr().out == "ok: all 9 weights move the output\n"  # batch normalisation has four
    assert_unchanged(keras, model.weights, before)


def test_wiring_catches_a_discarded_convolution_and_restores(keras):
    model = discarding_model(keras)
    x, _ = batch()
    message = message_of(checks.wiring, model, x)
    assert message.startswith("discarding/first/kernel, discarding/first/bias (2 of 6 weights)")
    before = snapshot(keras, model.weights)
    message_of(checks.wiring, model)  # it knows its input size now
    assert_unchanged(keras, model.weights, before)


def deep(keras, depth, activation):
    dense = [keras.layers.Dense(16, activation=activation) for _ in range(depth)]
    return keras.Sequential([keras.Input((8,)), *dense, keras.layers.Dense(3, activation="softmax")])


def zero_gamma(keras):
    """A residual branch that starts at zero: its convolution cannot move the output until gamma does."""
    inputs = keras.Input((6, 6, 2))
    y = keras.layers.Conv2D(2, 3, padding="same")(inputs)
    y = keras.layers.BatchNormalization(gamma_initializer="zeros")(y)
    return keras.Model(inputs, keras.layers.Add()([inputs, y]))


def dead_relu(keras):
    low = keras.initializers.Constant(-50)
    hidden = keras.layers.Dense(16, activation="relu", bias_initializer=low)
    return keras.Sequential([keras.Input((8,)), hidden, keras.layers.Dense(2)])


def saturated(keras):
    steep = keras.initializers.RandomNormal(stddev=1e4)
    hidden = keras.layers.Dense(16, activation="relu")
    return keras.Sequential(
        [keras.Input((8,)), hidden, keras.layers.Dense(3, activation="softmax", kernel_initializer=steep)]
    )


def branches(keras):
    inputs = [keras.Input((6, 6, 2)), keras.Input((6, 6, 1))]
    paths = [keras.layers.MaxPooling2D(3, 1, "same")(keras.layers.Conv2D(3, 1)(i)) for i in inputs]
    joined = keras.layers.Concatenate()(paths)
    return keras.Model(inputs, [joined, keras.layers.GlobalMaxPooling2D()(keras.layers.DepthwiseConv2D(3)(joined))])


@pytest.mark.parametrize(
    "make",
    [
        lambda keras: deep(keras, 12, "sigmoid"),
        lambda keras: deep(keras, 20, "relu"),
        zero_gamma,
        dead_relu,
        saturated,
        branches,
    ],
    ids=["vanishing sigmoids", "deep relu", "zero gamma", "dead relu", "saturated softmax", "two inputs, two outputs"],
)
@pytest.mark.parametrize("seed", [1, 2])
def test_wiring_gives_no_false_alarm(keras, make, seed):
    keras.utils.set_random_seed(seed)
    model = make(keras)
    before = snapshot(keras, model.weights)
    checks.wiring(model, seed=seed)
    assert_unchanged(keras, model.weights, before)


def test_wiring_passes_what_cannot_move_an_output_by_its_nature(keras, capsys):
    layers = keras.layers
    image = keras.Input((8, 8, 3))
    x = layers.SpectralNormalization(layers.Conv2D(4, 3))(layers.Normalization()(image))
    x = layers.Reshape((36, 4))(x)
    model = keras.Model(image, layers.MultiHeadAttention(2, 3)(x, x))
    checks.wiring(model)
    assert "ok: all 9 weights move the output" in capsys.readouterr().out


# Layers of Keras that have weights: how they are made, and for maps (2), sequences (1) or vectors (0).
STOCK = {
    "Dense BatchNormalization LayerNormalization RMSNormalization PReLU Normalization": [((), (0, 1, 2))],
    "GroupNormalization": [((2,), (1, 2))],
    "Conv1D SeparableConv1D Conv1DTranspose": [((3, 3), (1,))],
    "Conv2D SeparableConv2D Conv2DTranspose": [((3, 3), (2,))],
    "DepthwiseConv1D": [((3,), (1,))],
    "DepthwiseConv2D": [((3,), (2,))],
    "EinsumDense": [(("abc,cd->abd", (9, 3), None, "d"), (1,))],
    "LSTM GRU SimpleRNN": [((3,), (1,))],
}


def stock_layers(keras):
    """(name, layer, rank of its maps) for every class of keras.layers that can be made from these arguments."""
    import inspect

    layers = keras.layers
    arguments = {
        **{name: options for names, options in STOCK.items() for name in names.split()},
        "Dense": [((3,), (0, 1, 2))],
        "TimeDistributed": [((layers.Dense(3),), (1,))],
        "Bidirectional": [((layers.LSTM(3),), (1,))],
        "SpectralNormalization": [((layers.Dense(3),), (0, 2))],
        "Lambda": [((lambda x: 2 * x,), (0,))],
    }
    for name, kind in sorted(vars(layers).items()):
        if not inspect.isclass(kind) or not issubclass(kind, layers.Layer) or name != kind.__name__:
            continue
        for options, ranks in arguments.get(name, [((), (2, 1, 0))]):
            for rank in ranks:
                yield name, (lambda kind=kind, options=options: kind(*options)), rank


def test_wiring_passes_every_layer_of_keras(keras):
    """Each between two others; one that needs settings of its own, words or other ranks refuses to be built here."""
    passed, alarms = set(), {}
    for name, make, rank in stock_layers(keras):
        if name in passed:  # for maps of one rank is enough
            continue
        keras.utils.set_random_seed(2)
        image = keras.Input({0: (6,), 1: (9, 4), 2: (6, 5, 4)}[rank])
        try:
            y = make()(keras.layers.Dense(4, use_bias=False)(image))
            model = keras.Model(image, keras.layers.Dense(2, use_bias=False)(keras.layers.Flatten()(y)))
            model(np.ones((1, *image.shape[1:]), "float32"))
        except Exception:
            continue
        try:
            checks.wiring(model)
            passed.add(name)
        except AssertionError as error:
            alarms[name] = str(error)
    assert passed >= {name for names in STOCK for name in names.split()}
    assert len(passed) > 50, sorted(passed)
    assert not alarms


def test_wiring_catches_an_idle_branch_behind_a_live_one(keras):
    inputs = keras.Input((6, 6, 2))
    shortcut = keras.layers.Conv2D(2, 1, name="projection")(inputs)
    kept = keras.layers.Conv2D(2, 1, name="kept")(inputs)
    model = keras.Model(inputs, kept + 0 * shortcut)
    message = message_of(checks.wiring, model)
    assert message.startswith("projection/kernel, projection/bias (2 of 4 weights)")


def test_wiring_explains_an_output_that_never_moves(keras):
    model = keras.Sequential([keras.Input((8,)), keras.layers.Dense(1), keras.layers.Lambda(keras.ops.ones_like)])
    assert "(2 of 2 weights)" in message_of(checks.wiring, model)
    assert "The output is always the same" in message_of(checks.wiring, model)


def test_wiring_needs_an_output_that_is_finite_and_weights(keras):
    broken = keras.Sequential([keras.Input((4,)), keras.layers.Dense(3), keras.layers.Lambda(lambda x: x * np.nan)])
    assert "NaN or infinite before any weight was changed" in message_of(checks.wiring, broken)
    empty = keras.Sequential([keras.Input((4,)), keras.layers.ReLU()])
    assert "has no weights" in message_of(checks.wiring, empty)


def test_wiring_says_what_it_needs_when_it_cannot_make_inputs(keras):
    with pytest.raises(ValueError, match="does not say what its inputs look like"):
        checks.wiring(discarding_model(keras))
    with pytest.raises(ValueError, match="Call it on a batch first"):
        checks.wiring(keras.Sequential([keras.layers.Dense(3)]))
    open_size = keras.Sequential([keras.Input((None, None, 3)), keras.layers.Conv2D(2, 1)])
    with pytest.raises(ValueError, match=re.escape("(None, None, None, 3) of float32: their size is open")):
        checks.wiring(open_size)
    checks.wiring(open_size, np.ones((2, 4, 4, 3), "float32"))
    words = keras.Sequential([keras.Input((5,), dtype="int32"), keras.layers.Embedding(10, 4)])
    with pytest.raises(ValueError, match="not plain numbers"):
        checks.wiring(words)
    checks.wiring(words, np.arange(10).reshape(2, 5))


# --- gradients ----------------------------------------------------------------------------------------------------


def test_gradient_norms_by_hand(keras):
    model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1, name="line")], name="fit")
    model.layers[0].set_weights([np.array([[3.0]]), np.array([1.0])])
    x, y = np.array([[1.0], [2.0]]), np.array([[0.0], [0.0]])  # predictions 4 and 7
    norms = checks.gradient_norms(model, x, y, "mean_squared_error")
    assert norms == pytest.approx({"fit/line/kernel": 2 * (4 * 1 + 7 * 2) / 2, "fit/line/bias": 2 * (4 + 7) / 2})
    assert checks.gradient_norms(model, x, y, keras.losses.MeanSquaredError()) == pytest.approx(norms)


def test_gradients_are_those_of_training_and_leave_no_trace(keras):
    model = image_model(keras)
    x, y = batch()
    before = snapshot(keras, model.variables)
    alone = checks.gradient_norms(model, x, y, "sparse_categorical_crossentropy")
    assert_unchanged(keras, model.variables, before)
    # Batch normalisation uses the batch's own statistics: their moving averages do not matter.
    model.get_layer("norm").moving_variance.assign([100.0] * 6)
    moved = checks.gradient_norms(model, x, y, "sparse_categorical_crossentropy")
    assert moved == pytest.approx(alone, rel=1e-4)


def test_gradient_flow_passes_a_sound_model(keras, capsys):
    norms = checks.gradient_flow(image_model(keras), *batch(), "sparse_categorical_crossentropy")
    assert capsys.readouterr().out == "ok: the gradient reaches all 7 trainable weights\n"
    assert len(norms) == 7 and all(norm > 0 for norm in norms.values())


def test_gradient_flow_names_what_no_gradient_reaches(keras):
    loss = "sparse_categorical_crossentropy"
    message = message_of(checks.gradient_flow, discarding_model(keras), *batch(), loss)
    assert message.startswith("no gradient reaches discarding/first/kernel, discarding/first/bias (2 of 6 weights)")
    x, y = np.ones((4, 8)), np.ones((4, 2))
    assert "flat part of its activation" in message_of(checks.gradient_flow, dead_relu(keras), x, y, "mse")


def test_gradient_flow_says_which_branch_starts_at_zero(keras, capsys):
    x, y = np.random.default_rng(0).normal(size=(2, 8, 6, 6, 2))
    model = zero_gamma(keras)
    before = snapshot(keras, model.variables)
    norms = checks.gradient_flow(model, x, y, "mse")
    assert_unchanged(keras, model.variables, before)
    out = capsys.readouterr().out
    assert out.startswith("ok: the gradient reaches all 4 trainable weights, 2 of them once batch_normalization")
    assert "/gamma has moved away from 0, where it starts" in out and 0 in norms.values()


def test_gradient_flow_blames_what_is_discarded_though_a_branch_starts_at_zero(keras):
    inputs = keras.Input((6, 6, 2))
    lost = keras.layers.Conv2D(2, 3, padding="same", name="lost")(inputs)
    y = keras.layers.BatchNormalization(gamma_initializer="zeros")(keras.layers.Conv2D(2, 1)(inputs))
    model = keras.Model(inputs, inputs + y + 0 * lost)
    x, y = np.random.default_rng(0).normal(size=(2, 8, 6, 6, 2))
    assert message_of(checks.gradient_flow, model, x, y, "mse").startswith(
        "no gradient reaches lost/kernel, lost/bias (2"
    )


def test_gradient_flow_names_gradients_that_are_not_finite(keras):
    logarithm = keras.layers.Lambda(lambda x: keras.ops.log(x * 0))
    model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(3, name="line"), logarithm], name="log")
    message = message_of(checks.gradient_flow, model, np.ones((4, 4)), np.ones((4, 3)), "mse")
    assert message.startswith("the gradient is NaN or infinite for log/line/kernel, log/line/bias (2 of 2 weights)")


def test_gradient_flow_of_a_frozen_model(keras):
    model = image_model(keras)
    model.trainable = False
    message = message_of(checks.gradient_flow, model, *batch(), "sparse_categorical_crossentropy")
    assert "has no trainable weight. Is every layer frozen" in message


def test_weights_of_one_path_are_kept_apart(keras):
    inputs = keras.Input((2,))
    inner = [keras.Sequential([keras.Input((2,)), keras.layers.Dense(2, name="same")], name=n) for n in ("a", "b")]
    model = keras.Model(inputs, inner[1](inner[0](inputs)))
    norms = checks.gradient_norms(model, np.ones((2, 2)), np.zeros((2, 2)), "mse")
    assert len(norms) == 4


ON_ANOTHER_BACKEND = """
import test_checks as t, keras, numpy as np
from course_utils import checks
checks.wiring(t.image_model(keras))
print(t.message_of(checks.wiring, t.discarding_model(keras), t.batch()[0]))
t.test_gradient_norms_by_hand(keras)
t.test_gradients_are_those_of_training_and_leave_no_trace(keras)
t.test_gradient_flow_names_what_no_gradient_reaches(keras)
t.test_gradient_flow_of_a_frozen_model(keras)
"""


@pytest.mark.parametrize("backend", ["jax", "torch"])
def test_the_other_backends_agree(backend):
    if importlib.util.find_spec(backend) is None:
        pytest.skip(f"{backend} is not installed")
    environment = os.environ | {"KERAS_BACKEND": backend}
    here = os.path.dirname(__file__)
    result = subprocess.run(
        [sys.executable, "-c", ON_ANOTHER_BACKEND], env=environment, cwd=here, capture_output=True, encoding="utf-8"
    )
    assert result.returncode == 0, result.stderr
    assert "ok: all 9 weights move the output" in result.stdout
    assert "first/kernel, discarding/first/bias (2 of 6 weights)" in result.stdout
