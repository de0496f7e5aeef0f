"""Weights of the networks in `keras.applications`, copied into the course's own VGG, ResNet and DenseNet.

    theirs = keras.applications.ResNet50(classifier_activation=None)  # downloads what ImageNet taught it
    ours = copy_weights(theirs, models.resnet(50))

The networks compute the same functions, though not from the same numbers: the ResNets of keras.applications have a bias
in each convolution, which ours leave to the batch normalisation behind it, and a normalisation's epsilon is 1.001e-5
there and 1e-5 here. Both differences are taken up by the normalisation's statistics, exactly.
"""

import re

import keras

EPSILON = 1e-5  # of the papers' batch normalisation. Not read from our layers: a wrong one must show in the logits.

_OURS_TO_THEIRS = [  # a layer's name here, and in keras.applications; all others are equal
    (r"conv(\d)_(\d)", r"block\1_conv\2"),  # VGG
    (r"fc6", r"fc1"),
    (r"fc7", r"fc2"),
    (r"fc8", r"predictions"),
    (r"conv1", r"conv1_conv"),  # ResNet and DenseNet
    (r"fc", r"predictions"),
    (r"(conv\d_block\d+_\d)", r"\1_conv"),  # ResNet
    (r"(conv\d_block\d+)_shortcut", r"\1_0_conv"),
    (r"(conv\d_block\d+)_shortcut_bn", r"\1_0_bn"),
    (r"last_bn", r"bn"),  # DenseNet, which calls dense1 conv2 and transition1 pool2 there
    *[(rf"transition{block}_bn", rf"pool{block + 1}_bn") for block in (1, 2, 3)],
    *[(rf"transition{block}", rf"pool{block + 1}_conv") for block in (1, 2, 3)],
    *[
        (rf"dense{block}_layer(\d+)_{ours}", rf"conv{block + 1}_block\1_{theirs}")
        for block in (1, 2, 3, 4)
        for ours, theirs in (("1x1_bn", "0_bn"), ("1x1", "1_conv"), ("3x3_bn", "1_bn"), ("3x3", "2_conv"))
    ],
]


def copy_weights(source, model):
    """Copy the weights of a network from `keras.applications` into the same network of ours; returns `model`.

    BN(x + bias) with mean m and variance v equals BN(x) with mean m − bias; an epsilon that is larger by d equals a
    variance that is larger by d.

    Raises:
        ValueError: the two are not the same network: the message names a layer; nothing was changed.
    """
    pairs = matched(source, model)
    for ours, other in pairs.values():
        values = _values(other)
        if isinstance(ours, keras.layers.BatchNormalization):
            values["moving_variance"] = values["moving_variance"] + (other.epsilon - EPSILON)
            conv, their_conv = pairs.get(ours.name.removesuffix("_bn"), (None, None))
            if conv is not None and their_conv.use_bias and not conv.use_bias:
                values["moving_mean"] = values["moving_mean"] - _values(their_conv)["bias"]
        for weight in ours.weights:
            weight.assign(values[weight.name])
    return model


def matched(source, model):
    """{name of our layer: (our layer, theirs)} for all layers with weights; the weights need no values.

    Raises:
        ValueError: the two are not the same network: the message names a layer.
    """
    theirs = {layer.name: layer for layer in source.layers if layer.weights}
    pairs = {}
    for layer in model.layers:
        if layer.weights:
            name = _their_name(layer.name)
            if name not in theirs:
                raise ValueError(f"{source.name} has no layer {name}, which would be {layer.name} of {model.name}.")
            pairs[layer.name] = layer, theirs.pop(name)
    if theirs:
        raise ValueError(f"{model.name} has no layer for {next(iter(theirs))} of {source.name}: is it as deep?")
    for ours, other in pairs.values():
        shapes = {weight.name: tuple(weight.shape) for weight in other.weights}
        for weight in ours.weights:
            if shapes.get(weight.name) != tuple(weight.shape):
                have = f"{weight.name} of {ours.name} in {model.name} has shape {tuple(weight.shape)}"
                theirs_have = f"{other.name} in {source.name} has {shapes.get(weight.name)}"
                advice = "Build our network with the same depth, classes and input_shape."
                raise ValueError(f"{have}, {theirs_have}. {advice}")
        if "bias" in shapes and len(ours.weights) == 1 and f"{ours.name}_bn" not in pairs:
            raise ValueError(f"{other.name} has a bias, and no batch normalisation follows {ours.name} to take it.")
    return pairs


def _their_name(name):
    for pattern, replacement in _OURS_TO_THEIRS:
        if match := re.fullmatch(pattern, name):
            return match.expand(replacement)
    return name


def _values(layer):
    return {weight.name: keras.ops.convert_to_numpy(weight) for weight in layer.weights}
