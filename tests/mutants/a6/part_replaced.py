"""The ReLUs do not go: something else comes in their place."""

# question: a6-q5
# loses: the rest stays
# says: remove, add nothing

import keras
from keras import layers


def ablation():
    def other(layer):
        if isinstance(layer, layers.ReLU):
            return layers.Activation("tanh")
        return layer.__class__.from_config(layer.get_config())

    return {"design": build, "without ReLUs": lambda: keras.models.clone_model(build(), clone_function=other)}  # noqa: F821
