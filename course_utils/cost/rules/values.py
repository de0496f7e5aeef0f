"""What changes every value by itself or by a statistic: activations, arithmetic, normalisation, dropout."""

import math

import keras

from .rule import UNKNOWN, Rule, joined

FROM_OUTPUT = {"elu", "exponential", "leaky_relu", "log_softmax", "relu", "relu6", "selu", "sigmoid", "softmax", "tanh"}
"""Activations whose derivative is computed from their own output; the others need their input."""


def activation_of(layer):
    """Name of the activation function built into a layer, None for none or linear."""
    activation = getattr(layer, "activation", None)
    name = getattr(activation, "__name__", "custom")
    return None if activation is None or name == "linear" else name


def activation_rule(layer):
    """The rule of a layer that is nothing but an activation function."""
    name = activation_of(layer)
    if name is None:
        return _nothing
    if name not in dir(keras.activations):
        return UNKNOWN  # a function of the user's own
    return Rule(0, joined, "output" if name in FROM_OUTPUT else "inputs")


def _normalised(use):
    """Normalisation and softmax over the channels see their own place; over positions, or in groups, they see all."""
    axis = range(1, use.rank) if hasattr(use.op, "groups") else getattr(use.op, "axis", -1)
    axes = [axis] if isinstance(axis, int) else axis
    return use.sight and use.sight.collapse([axis % use.rank for axis in axes], places=True)


_nothing = Rule(view=True)
_by_nothing, _by_inputs, _by_output = Rule(), Rule(keeps="inputs"), Rule(keeps="output")

LAYERS = {
    _by_output: "ReLU LeakyReLU ELU",
    _by_inputs: "PReLU Multiply Maximum Minimum",
    _by_nothing: "InputLayer Add Subtract Average Rescaling Normalization GaussianNoise",
    _nothing: "Identity ActivityRegularization Masking",
    Rule(0, joined, "inputs", lambda use: 8 * use.shape[use.op.axis % use.rank]): "BatchNormalization",  # statistics
    Rule(0, _normalised, "inputs"): "LayerNormalization RMSNormalization UnitNormalization GroupNormalization",
    Rule(0, _normalised, "output"): "Softmax",
    Rule(extra=lambda use: math.prod(use.shape), dropped=True): (
        "Dropout SpatialDropout1D SpatialDropout2D SpatialDropout3D GaussianDropout AlphaDropout"
    ),
    # Augmentation, which changes images in training only and is not trained.
    Rule(dropped=True): (
        "AugMix CutMix MixUp RandAugment RandomBrightness RandomColorDegeneration RandomColorJitter RandomContrast "
        "RandomElasticTransform RandomErasing RandomFlip RandomGaussianBlur RandomGrayscale RandomHue RandomInvert "
        "RandomPerspective RandomPosterization RandomRotation RandomSaturation RandomSharpness RandomShear "
        "RandomTranslation RandomZoom"
    ),
}
OPERATIONS = {
    _by_output: "Relu Relu6 LeakyRelu Elu Selu Sigmoid Tanh Exp Sqrt Rsqrt Reciprocal",
    _by_inputs: (
        "Multiply Divide TrueDivide Power Square Absolute Maximum Minimum Clip Where Log Log1p Expm1 Sin Cos Erf "
        "Gelu Silu HardSilu HardSigmoid HardTanh Softplus Softsign LogSigmoid Celu Squareplus"
    ),
    _by_nothing: "Add Subtract Negative Average Cast Sign Round Floor Ceil ZerosLike OnesLike StopGradient",
    _nothing: "Copy Identity ConvertToTensor",
    Rule(0, _normalised, "output"): "Softmax LogSoftmax",
    Rule(0, _normalised, "inputs"): "Normalize",
}
