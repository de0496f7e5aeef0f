"""A Keras network of this course once more in PyTorch, layer by layer, for tools that see PyTorch's modules only."""

import keras
import torch
from keras import layers
from torch import nn


class Twin(nn.Module):
    """The same layers, strides, paddings and connections as in a functional Keras model; weights of its own.

    The Keras model may be one without weights. Maps are (n, channels, height, width).
    """

    def __init__(self, model):
        super().__init__()
        self.modules_by_name = nn.ModuleDict()
        self.steps = []  # name, numbers of the inputs' tensors, number of the output's
        numbers = {}
        for layer in model.layers:
            tensors = [] if isinstance(layer, layers.InputLayer) else keras.tree.flatten(layer.input)
            number = numbers[id(layer.output)] = len(numbers)
            if tensors:
                self.modules_by_name[layer.name] = module_for(layer)
                self.steps.append((layer.name, [numbers[id(tensor)] for tensor in tensors], number))

    def forward(self, image):
        made = {0: image}
        for name, inputs, output in self.steps:
            made[output] = self.modules_by_name[name](*(made[number] for number in inputs))
        return made[self.steps[-1][-1]]


def module_for(layer):
    """The PyTorch module that does what a Keras layer does."""
    kind = type(layer)
    if kind is layers.Conv2D:
        _, height, width, channels = layer.input.shape
        module = nn.Conv2d(
            channels, layer.filters, layer.kernel_size, layer.strides, groups=layer.groups, bias=layer.use_bias
        )
        activation = nn.ReLU() if layer.activation.__name__ == "relu" else nn.Identity()
        return nn.Sequential(same(layer, layer.kernel_size, height, width), module, activation)
    if kind in (layers.MaxPooling2D, layers.AveragePooling2D):
        pool = nn.MaxPool2d if kind is layers.MaxPooling2D else nn.AvgPool2d
        return nn.Sequential(
            same(layer, layer.pool_size, *layer.input.shape[1:3]), pool(layer.pool_size, layer.strides)
        )
    if kind is layers.ZeroPadding2D:
        (top, bottom), (left, right) = layer.padding
        return nn.ZeroPad2d((left, right, top, bottom))
    if kind is layers.Dense:
        activation = nn.ReLU() if layer.activation.__name__ == "relu" else nn.Identity()
        return nn.Sequential(nn.Linear(layer.input.shape[-1], layer.units, layer.use_bias), activation)
    if kind is layers.BatchNormalization:
        return nn.BatchNorm2d(layer.input.shape[-1], layer.epsilon)
    if kind is layers.GlobalAveragePooling2D:
        return nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Flatten())
    simple = {
        layers.ReLU: nn.ReLU,
        layers.Flatten: nn.Flatten,
        layers.Dropout: nn.Dropout,
        layers.Add: Sum,
        layers.Concatenate: Beside,
    }
    if kind not in simple:
        raise TypeError(f"{layer.name} is a {kind.__name__}, for which no PyTorch module is written here")
    return simple[kind]()


def same(layer, size, height, width):
    """The zeros that Keras's "same" puts around a map: one more at the bottom and the right where they are odd."""
    if layer.padding == "valid":
        return nn.Identity()
    sides = []
    for length, window, stride in zip((width, height), size[::-1], layer.strides[::-1], strict=True):
        total = max((-(-length // stride) - 1) * stride + window - length, 0)
        sides += [total // 2, total - total // 2]
    return nn.ZeroPad2d(sides)


class Sum(nn.Module):
    def forward(self, *maps):
        return sum(maps)


class Beside(nn.Module):
    def forward(self, *maps):
        return torch.cat(maps, 1)
