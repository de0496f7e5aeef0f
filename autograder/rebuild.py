"""A Keras model from its configuration, for checks that ask for one: only layers of a short list, and no weights.

A configuration is data, but rebuilding it calls whatever class it names, and Keras has had holes there
(CVE-2025-1550, -8747, -9905, -9906). So the whole of it is looked through before Keras sees it.
"""

import json
from concurrent.futures import ThreadPoolExecutor

from .sentences import Sentence, cut, of_error, say

MAX_TEXT, MAX_LAYERS, MAX_NUMBER = 2**20, 400, 10**6
LEAST_SCALE = 1e-3  # of a Rescaling: with less, a branch is there on paper
VALUES = {"Constant": ["value"], "Rescaling": ["scale", "offset"]}  # where an array could bring weights along
LAYERS = (
    *("InputLayer", "Dense", "Conv2D", "DepthwiseConv2D", "SeparableConv2D", "MaxPooling2D", "AveragePooling2D"),
    *("GlobalAveragePooling2D", "GlobalMaxPooling2D", "Flatten", "Reshape", "Permute", "ZeroPadding2D", "Cropping2D"),
    *("UpSampling2D", "BatchNormalization", "LayerNormalization", "GroupNormalization", "Dropout", "SpatialDropout2D"),
    *("Activation", "ReLU", "LeakyReLU", "PReLU", "ELU", "Softmax", "Add", "Average", "Maximum", "Multiply"),
    *("Subtract", "Concatenate", "Identity", "Rescaling"),
)
INITIALIZERS = (
    *("Zeros", "Ones", "Constant", "GlorotUniform", "GlorotNormal", "HeUniform", "HeNormal", "LecunUniform"),
    *("LecunNormal", "RandomNormal", "RandomUniform", "TruncatedNormal", "VarianceScaling"),
)
ALLOWED = {
    "keras": ["DTypePolicy", "Functional", "Sequential"],
    "keras.layers": LAYERS,
    "keras.initializers": INITIALIZERS,
    "keras.regularizers": ["L1", "L2", "L1L2"],
    "keras.src.models.functional": ["Functional"],
    None: ["__keras_tensor__", "__tuple__"],
}


def rebuild(text: str):
    """The keras.Model that `text`, the JSON of `model.to_json()`, describes. Its weights have shapes and no values.

    ValueError says what is wrong, or not on the list.
    """
    import keras

    try:
        if len(text) > MAX_TEXT:
            raise ValueError(say("it is too long"))
        config = json.loads(text)
        if not isinstance(config, dict):
            raise ValueError(say("it is no object"))
        config.pop("compile_config", None)
        _look_through(config)
        with ThreadPoolExecutor(1) as thread:  # Keras would fill the weights with the next scope that ends in a thread
            model = thread.submit(_build, config).result()
    except Exception as error:
        reason = of_error(error)
        if not isinstance(reason, Sentence):
            reason = " ".join(reason.split())[:200] or type(error).__name__
        raise ValueError(say("the model cannot be rebuilt from its configuration: {reason}", reason=reason)) from error
    if not isinstance(model, keras.Model):
        raise ValueError(say("the configuration describes no model"))
    return model


def _build(config: dict):
    import keras

    with keras.StatelessScope(initialize_variables=False):
        return keras.saving.deserialize_keras_object(config, safe_mode=True)


def _look_through(config) -> None:
    """ValueError for a class that is not on the list, and for numbers and layers beyond measure."""
    waiting, layers = [config], 0
    while waiting:
        part = waiting.pop()
        if isinstance(part, list):
            waiting += part
        elif isinstance(part, int | float) and abs(part) > MAX_NUMBER:
            raise ValueError(say("the number {number:g} is too large", number=part))
        elif isinstance(part, dict):
            waiting += part.values()
            if {"class_name", "registered_name", "module"} & set(part):
                _look_at_class(part)
                layers += part.get("module") == "keras.layers"
    if layers > MAX_LAYERS:
        raise ValueError(say("it has {layers} layers, more than {most}", layers=layers, most=MAX_LAYERS))


def _look_at_class(part: dict) -> None:
    name, module = part.get("class_name"), part.get("module")
    if (module is not None and not isinstance(module, str)) or name not in ALLOWED.get(module, ()):
        what = cut(f"{module}.{name}", 100)
        raise ValueError(say("{what} is not one of the layers that this question knows", what=what))
    settings = part.get("config") if isinstance(part.get("config"), dict) else {}
    for key in VALUES.get(name, ()):
        if not isinstance(settings.get(key, 0), int | float):
            told = say("{name} holds more than one number: a configuration brings no weights along", name=name)
            raise ValueError(told)
    if name == "Rescaling" and 0 < abs(settings.get("scale", 1)) < LEAST_SCALE:  # 0 is seen by the values
        raise ValueError(say("Rescaling by {scale:g} leaves next to nothing of what it gets", scale=settings["scale"]))
    if part.get("registered_name") not in (None, name):
        raise ValueError(say("{name} is no layer of Keras", name=str(part["registered_name"])[:50]))
