"""reference.py: by hand on tiny maps, against Keras on random ones, and every error."""

import re

import numpy as np
import pytest

from course_utils import reference

# Keras 3.15 itself calls NumPy in a way that NumPy 2 warns about.
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")

RAMP = np.arange(16.0).reshape(4, 4, 1)


def random(*shape, dtype="float32"):
    return np.random.default_rng(7).normal(size=shape).astype(dtype)


# --- by hand ------------------------------------------------------------------------------------------------------


def test_a_filter_slides_over_the_map_and_is_not_flipped():
    kernel = np.array([[1, 10], [100, 1000]])[..., None, None]
    result = reference.conv2d([[[1], [2], [3]], [[4], [5], [6]]], kernel)
    assert result[..., 0].tolist() == [[1 + 20 + 400 + 5000, 2 + 30 + 500 + 6000]]


def test_one_by_one_convolution_mixes_channels_at_each_pixel():
    x, kernel = random(5, 6, 3), random(1, 1, 3, 4)
    by_hand = [[[sum(x[i, j] * kernel[0, 0, :, o]) for o in range(4)] for j in range(6)] for i in range(5)]
    np.testing.assert_allclose(reference.conv2d(x, kernel), by_hand, atol=1e-6)
    np.testing.assert_allclose(reference.dense(x, kernel[0, 0]), by_hand, atol=1e-6)


def test_groups_keep_channels_apart():
    x = np.ones((1, 1, 4)) * [1, 10, 100, 1000]
    result = reference.conv2d(x, np.ones((1, 1, 2, 2)), groups=2)
    assert result.ravel().tolist() == [11, 1100]


@pytest.mark.parametrize(
    "padding, shape", [("valid", (2, 2)), ("same", (4, 4)), (2, (6, 6)), (((1, 0), (0, 2)), (3, 4))]
)
def test_paddings_give_these_sizes(padding, shape):
    assert reference.conv2d(RAMP, np.ones((3, 3, 1, 1)), padding=padding).shape == (*shape, 1)


def test_same_puts_the_odd_row_at_the_bottom_and_right():
    result = reference.conv2d(np.ones((2, 2, 1)), np.ones((2, 2, 1, 1)), padding="same")
    assert result[..., 0].tolist() == [[4, 2], [2, 1]]


def test_pools_by_hand():
    assert reference.max_pool(RAMP, 2)[..., 0].tolist() == [[5, 7], [13, 15]]
    assert reference.average_pool(RAMP, 2)[..., 0].tolist() == [[2.5, 4.5], [10.5, 12.5]]
    assert reference.global_average_pool(RAMP).tolist() == [7.5]
    assert reference.max_pool(RAMP, (4, 2), stride=(1, 1))[..., 0].tolist() == [[13, 14, 15]]


def test_padding_neither_wins_the_maximum_nor_counts_in_the_mean():
    negative = -np.ones((3, 3, 1))
    assert (reference.max_pool(negative, 2, padding="same") == -1).all()
    assert (reference.average_pool(negative, 2, padding="same") == -1).all()
    assert (reference.average_pool(negative, 3, stride=1, padding=1) == -1).all()


def test_relu():
    np.testing.assert_array_equal(reference.relu([-2, 0, 3, np.nan]), [0, 0, 3, np.nan])


def test_small_integers_do_not_overflow():
    bright = np.full((2, 2, 3), 255, np.uint8)
    assert reference.conv2d(bright, np.ones((2, 2, 3, 1), np.uint8)).item() == 12 * 255
    assert reference.average_pool(bright, 2).dtype == np.float64


@pytest.mark.parametrize("dtype", ["float16", "float32", "float64"])
def test_floats_keep_their_precision(dtype):
    x, kernel, bias = random(4, 4, 2, dtype=dtype), random(3, 3, 2, 5, dtype=dtype), np.ones(5, dtype)
    results = [
        reference.conv2d(x, kernel, bias, padding="same"),
        reference.max_pool(x, 2),
        reference.average_pool(x, 2),
        reference.global_average_pool(x),
        reference.relu(x),
        reference.dense(x, kernel[0, 0], bias),
    ]
    assert {result.dtype for result in results} == {np.dtype(dtype)}


def test_a_batch_is_its_images():
    batch, kernel = random(3, 5, 5, 2), random(2, 2, 2, 3)
    for function in (
        lambda x: reference.conv2d(x, kernel, stride=2),
        lambda x: reference.max_pool(x, 2),
        lambda x: reference.average_pool(x, 3, 1, "same"),
        reference.global_average_pool,
    ):
        np.testing.assert_allclose(function(batch), [function(image) for image in batch], rtol=1e-6)


def test_inputs_are_left_alone():
    x, kernel, bias = random(4, 4, 2), random(1, 1, 2, 3), np.ones(3)
    before = x.copy()
    reference.relu(reference.conv2d(x, kernel, bias))
    reference.relu(x)
    np.testing.assert_array_equal(x, before)


# --- against Keras ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("size", [(9, 9), (8, 11)])
@pytest.mark.parametrize("padding", ["valid", "same"])
@pytest.mark.parametrize("stride", [1, 2, 3])
@pytest.mark.parametrize("window, groups", [(1, 1), (3, 1), ((2, 5), 1), (3, 2), (3, 4)])
def test_convolution_equals_keras(size, padding, stride, window, groups):
    import keras

    layer = keras.layers.Conv2D(
        8, window, strides=stride, padding=padding, groups=groups, bias_initializer="random_normal"
    )
    x = random(2, *size, 4)
    expected = keras.ops.convert_to_numpy(layer(x))
    kernel, bias = layer.get_weights()
    result = reference.conv2d(x, kernel, bias, stride=stride, padding=padding, groups=groups)
    np.testing.assert_allclose(result, expected, atol=1e-5)


@pytest.mark.parametrize("size", [(9, 9), (8, 11)])
@pytest.mark.parametrize("padding", ["valid", "same"])
@pytest.mark.parametrize("window, stride", [(2, None), (3, 2), (3, 1), ((2, 3), (3, 2))])
@pytest.mark.parametrize("kind", ["Max", "Average"])
def test_pooling_equals_keras(size, padding, window, stride, kind):
    import keras

    layer = getattr(keras.layers, f"{kind}Pooling2D")(window, strides=stride, padding=padding)
    ours = {"Max": reference.max_pool, "Average": reference.average_pool}[kind]
    x = random(2, *size, 3) - 5  # negative, so that a padding of zeros would win
    np.testing.assert_allclose(ours(x, window, stride, padding), keras.ops.convert_to_numpy(layer(x)), atol=1e-5)


def test_global_pooling_and_dense_equal_keras():
    import keras

    x, layer = random(2, 5, 6, 3), keras.layers.Dense(4, bias_initializer="random_normal")
    pooled = keras.layers.GlobalAveragePooling2D()(x)
    np.testing.assert_allclose(reference.global_average_pool(x), keras.ops.convert_to_numpy(pooled), atol=1e-6)
    expected = keras.ops.convert_to_numpy(layer(x))
    np.testing.assert_allclose(reference.dense(x, *layer.get_weights()), expected, atol=1e-5)


# --- errors -------------------------------------------------------------------------------------------------------

X, K = np.ones((4, 4, 6)), np.ones((3, 3, 6, 8))
conv2d, max_pool, dense = reference.conv2d, reference.max_pool, reference.dense


@pytest.mark.parametrize(
    "call, message",
    [
        (lambda: conv2d(X[0], K), "x has shape (4, 6), but needs three axes (height, width, channels)"),
        (lambda: conv2d(X[None, None], K), "x has shape (1, 1, 4, 4, 6)"),
        (lambda: conv2d(X[:0], K), "x of shape (0, 4, 6) is empty"),
        (lambda: conv2d(X, K[0, 0]), "becomes one with kernel[None, None]"),
        (lambda: conv2d(X, K[:, :, :5]), "x of shape (4, 4, 6) has 6 channels (its last axis)"),
        (lambda: conv2d(X, K[:, :, :5]), "the kernel of shape (3, 3, 5, 8) has 5 there"),
        (lambda: conv2d(X, K, groups=2), "with groups=2 the kernel's third axis must be 3"),
        (lambda: conv2d(X, K, groups=4), "groups=4 must divide both the input channels, here 6"),
        (lambda: conv2d(X, K[:, :, :2], groups=3), "and the output channels, here 8"),
        (lambda: conv2d(X, K, groups=0), "groups must be a whole number of at least 1, not 0"),
        (
            lambda: conv2d(X, K, bias=np.ones(6)),
            "bias has shape (6,), but needs one number for each output channel: (8,)",
        ),
        (lambda: conv2d(X, K, stride=0), "stride must be a whole number of at least 1, not 0"),
        (lambda: conv2d(X, K, stride=1.5), "stride must be a whole number of at least 1, not 1.5"),
        (lambda: conv2d(X, K, stride=True), "not True"),
        (lambda: conv2d(X, K, stride=(1, 2, 3)), "stride must be one whole number or a pair"),
        (lambda: conv2d(X, K, padding="full"), 'padding must be "valid", "same"'),
        (lambda: conv2d(X, K, padding=(1, 1)), "padding must be"),
        (lambda: conv2d(X, K, padding=-1), "padding must be a whole number of at least 0, not -1"),
        (lambda: conv2d(X[:2], K), "a window of 3×3 does not fit into a map of 2×4 (padding included)"),
        (lambda: conv2d("photo", K), "x must hold real numbers, but is str"),
        (lambda: conv2d(X * 1j, K), "x must hold real numbers, but is ndarray of dtype complex128"),
        (lambda: conv2d(X, None), "kernel must hold real numbers, but is NoneType"),
        (lambda: conv2d([[1, 2], [3]], K), "x is not an array: its rows differ in length"),
        (lambda: max_pool(X, 5), "a window of 5×5 does not fit into a map of 4×4"),
        (lambda: max_pool(X, 2, padding=2), "padding 2 is not narrower than the 2×2 window"),
        (lambda: max_pool(X, 0), "the window's size must be a whole number of at least 1"),
        (lambda: reference.average_pool(X, 1, padding=1), "could lie in the padding altogether"),
        (lambda: reference.average_pool(X[0], 1), "A grey image (height, width) becomes one with x[..., None]"),
        (lambda: reference.global_average_pool(X[0]), "x has shape (4, 6)"),
        (lambda: reference.relu("abc"), "x must hold real numbers"),
        (lambda: dense(X, K), "kernel has shape (3, 3, 6, 8), but needs two axes (c_in, c_out)"),
        (lambda: dense(X, np.ones((5, 2))), "the last axis of x, shape (4, 4, 6), must be as long as"),
        (lambda: dense(3, np.ones((5, 2))), "the last axis of x, shape ()"),
        (lambda: dense(X, np.ones((6, 2)), np.ones(3)), "bias has shape (3,)"),
    ],
)
def test_errors_say_what_was_given_and_what_is_needed(call, message):
    with pytest.raises(ValueError, match=re.escape(message)):
        call()
