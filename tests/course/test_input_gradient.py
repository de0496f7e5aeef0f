"""input_gradient: known by hand, what a small change does, closed where a maximum looks elsewhere, on every backend."""

import importlib.util
import os
import subprocess
import sys

import numpy as np
import pytest

# Keras 3.15 itself calls NumPy in a way that NumPy 2 warns about.
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")

RNG = np.random.default_rng(5)


def model_of(*layers, side=9):
    import keras

    return keras.Sequential([keras.Input((side, side, 2)), *layers])


def check_a_kernel_is_its_own_gradient():
    import keras

    from course_utils import checks

    kernel = RNG.normal(size=(3, 3, 2, 4)).astype("float32")
    model = model_of(keras.layers.Conv2D(4, 3, 2))
    model.layers[0].set_weights([kernel, np.ones(4)])
    expected = np.zeros((3, 9, 9, 2))
    expected[:, 2:5, 6:9] = kernel[..., 2]
    x = RNG.normal(size=(3, 9, 9, 2))
    np.testing.assert_allclose(checks.input_gradient(model, x, (1, 3), channel=2), expected, rtol=1e-6)
    expected[:, 2:5, 6:9] = kernel.sum(axis=-1)
    np.testing.assert_allclose(checks.input_gradient(model, x, (1, 3)), expected, rtol=1e-5, atol=1e-6)


def check_it_is_what_a_small_change_does():
    import keras

    from course_utils import checks

    model = model_of(
        keras.layers.Conv2D(5, 3, padding="same", activation="tanh"),
        keras.layers.BatchNormalization(),
        keras.layers.AveragePooling2D(2),
        keras.layers.Dropout(0.5),
        keras.layers.Conv2D(3, 3),
    )
    for layer, gain in ((model.layers[0], 0.3), (model.layers[-1], 1)):  # on every backend the same
        layer.set_weights([gain * RNG.normal(size=weight.shape) for weight in layer.get_weights()])
    x, direction = RNG.normal(size=(2, 1, 9, 9, 2)).astype("float32")
    gradient = checks.input_gradient(model, x, (0, 1), channel=1)

    def output(x):
        return float(keras.ops.convert_to_numpy(model(x))[0, 0, 1, 1])

    step = 1e-2
    change = (output(x + step * direction) - output(x - step * direction)) / (2 * step)
    assert abs(change) > 0.1, "the change is too small to compare with"
    assert (gradient * direction).sum() == pytest.approx(change, rel=1e-2)


def check_images_do_not_mix_and_the_middle_is_the_default():
    import keras

    from course_utils import checks

    model = model_of(keras.layers.Conv2D(4, 3, activation="relu"), keras.layers.MaxPooling2D(3))
    x = RNG.normal(size=(3, 9, 9, 2))
    together = checks.input_gradient(model, x)
    for image, gradient in zip(x, together, strict=True):
        np.testing.assert_allclose(checks.input_gradient(model, image[None], (1, 1))[0], gradient, atol=1e-6)
    assert not np.allclose(together[0], together[1])


CHECKS = [
    check_a_kernel_is_its_own_gradient,
    check_it_is_what_a_small_change_does,
    check_images_do_not_mix_and_the_middle_is_the_default,
]


@pytest.mark.parametrize("check", CHECKS)
def test_on_this_backend(check):
    check()


@pytest.mark.parametrize("backend", ["jax", "torch"])
def test_on_the_other_backends(backend):
    if importlib.util.find_spec(backend) is None:
        pytest.skip(f"{backend} is not installed")
    code = "import test_input_gradient as t\nfor check in t.CHECKS: check()"
    result = subprocess.run(
        [sys.executable, "-c", code],
        env=os.environ | {"KERAS_BACKEND": backend},
        cwd=os.path.dirname(__file__),
        capture_output=True,
        encoding="utf-8",
    )
    assert result.returncode == 0, result.stderr


def test_max_pooling_lets_only_the_largest_through():
    import keras

    from course_utils import checks

    x = np.zeros((1, 9, 9, 2))
    x[0, 1, 0, 1] = 3
    gradient = checks.input_gradient(model_of(keras.layers.MaxPooling2D(3)), x, (0, 0), channel=1)
    assert np.argwhere(gradient).tolist() == [[0, 1, 0, 1]]


def test_of_class_scores_and_of_an_output_that_ignores_the_input():
    import keras

    from course_utils import checks

    model = model_of(keras.layers.GlobalAveragePooling2D(), keras.layers.Dense(3, name="line"))
    x = RNG.normal(size=(2, 9, 9, 2))
    kernel, _ = model.get_layer("line").get_weights()
    gradient = checks.input_gradient(model, x, channel=2)
    np.testing.assert_allclose(gradient, np.broadcast_to(kernel[:, 2] / 81, x.shape), rtol=1e-5)
    deaf = model_of(keras.layers.Lambda(keras.ops.zeros_like), keras.layers.Conv2D(2, 3))
    assert not checks.input_gradient(deaf, x).any()


@pytest.mark.parametrize(
    ("position", "channel", "says"),
    [
        ((7, 0), None, r"is \(7, 7\) positions, it has no position \(7, 0\)"),
        ((-1, 0), None, "it has no position"),
        ((1,), None, "it has no position"),
        ((0, 0), 4, "has channels 0 to 3, not 4"),
    ],
)
def test_a_place_that_is_not_there_is_named(position, channel, says):
    import keras

    from course_utils import checks

    with pytest.raises(ValueError, match=says):
        checks.input_gradient(model_of(keras.layers.Conv2D(4, 3)), np.ones((1, 9, 9, 2)), position, channel)


def test_several_outputs_are_refused():
    import keras

    from course_utils import checks

    image = keras.Input((9, 9, 2))
    both = keras.Model(image, [keras.layers.Conv2D(2, 3)(image), keras.layers.Conv2D(2, 5)(image)], name="two")
    with pytest.raises(ValueError, match="two must have one output"):
        checks.input_gradient(both, np.ones((1, 9, 9, 2)))
