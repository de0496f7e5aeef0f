"""Models looked at by values: what is multiplied by 0 is no part of a model, whatever its configuration lists."""

import keras
import numpy as np
import pytest
from keras import layers

from autograder.deciding import beside, passed, together
from autograder.looking import is_linear, living, reaches, varies
from autograder.rebuild import rebuild
from autograder.running import without_hidden


@pytest.fixture
def rng():
    return np.random.default_rng(0)


def network(dead=1.0, after=None, activation="relu"):
    """Two ways from image to logits, the second times `dead`, both through `activation`."""
    image = keras.Input((6, 5, 2))
    x = layers.Conv2D(3, 3, activation=activation, name="first")(image)
    y = layers.Conv2D(4, 1, name="short")(x)
    z = layers.Conv2D(4, 1, name="second")(layers.Conv2D(4, 1, activation=activation, name="long")(x))
    x = layers.Add()([y, layers.Rescaling(dead)(z)])
    return rebuild(keras.Model(image, layers.Activation(after)(layers.GlobalAveragePooling2D()(x))).to_json())


def images(rng):
    return rng.normal(size=(3, 6, 5, 2))


@pytest.mark.parametrize("after", ["linear", "softmax", "sigmoid"])
def test_layers_behind_a_zero_are_no_part_of_a_model(rng, after):
    assert living(network(after=after), images(rng), rng) == {"first", "short", "long", "second"}
    assert living(network(0.0, after), images(rng), rng) == {"first", "short"}


def test_layers_behind_next_to_nothing_are_no_part_of_a_model(rng):
    with pytest.raises(ValueError, match="next to nothing"):
        network(1e-9)
    image = keras.Input((6, 5, 2))
    x = layers.Conv2D(3, 3, padding="same", name="there")(image)
    y = layers.Conv2D(2, 1, activation="relu", name="on paper")(image)
    for _ in range(4):
        y = layers.Rescaling(2e-3)(y)
    x = layers.Concatenate()([x, y])
    model = rebuild(keras.Model(image, layers.Conv2D(2, 1, name="end")(x)).to_json())
    assert living(model, images(rng), rng) == {"there", "end"}


def test_layers_of_a_deep_network_are_alive_though_next_to_nothing_of_them_arrives(rng):
    x = image = keras.Input((4, 4, 1))
    for number in range(12):
        x = layers.Conv2D(2, 1, activation="sigmoid", name=f"layer{number}")(x)
    model = rebuild(keras.Model(image, x).to_json())
    assert len(living(model, rng.normal(size=(3, 4, 4, 1)), rng)) == 12


def test_a_constant_model_does_not_vary(rng):
    image = keras.Input((6, 5, 2))
    x = layers.Rescaling(0.0, 1.0)(layers.Conv2D(3, 3)(image))
    assert varies(network(), images(rng), rng)
    assert not varies(rebuild(keras.Model(image, x).to_json()), images(rng), rng)


def test_a_model_without_an_activation_is_linear(rng):
    assert is_linear(network(activation=None), images(rng), rng)
    assert not is_linear(network(), images(rng), rng)


def test_an_image_reaches_the_outputs_by_a_way_that_is_one(rng):
    assert reaches(network(), images(rng), rng, ["first", "long", "second"])
    assert not reaches(network(0.0), images(rng), rng, ["first", "long", "second"])
    assert not reaches(network(), images(rng), rng, ["long", "second"])


def test_findings_count_together_or_beside_a_right_value():
    right, wrong = passed("value", 2, True, ""), passed("value", 2, False, "off")
    assert [together("both", 3, looks).earned for looks in ([right, right], [right, wrong])] == [3, 0]
    assert together("both", 3, [right, wrong]).message == "off"
    untouched = passed("untouched", 1, True, "")
    assert [found.earned for found in beside([wrong, right], [untouched])] == [0, 2, 1]
    assert [found.earned for found in beside([wrong, wrong], [untouched])] == [0, 0, 0]
    assert beside([wrong], [untouched], mistakes=["off"])[1].earned == 1  # an honest attempt


def test_hidden_inputs_stay_with_the_decider():
    assert without_hidden({"x": 1, "hidden seed": 2}) == {"x": 1}
