"""A Keras network's graph, run by PyTorch's own layers: on two processor cores a third faster than Keras's.

    twin = Twin(model)       # starts from the model's weights
    ...                      # train it as any torch.nn.Module, images (n, channels, height, width)
    twin.copy_to(model)

Only the layers that the course's small networks have are known; another one raises NotImplementedError. PyTorch is
needed by whoever records, not by a student.
"""

import keras
import numpy as np
import torch
from torch import nn
from torch.nn import functional


class Twin(nn.Module):
    """The network `model` in PyTorch, with the same weights.

    Args:
        model: a functional `keras.Model` for images, channels last, in which each layer stands once.

    Raises:
        NotImplementedError: a layer is of a kind, or has a setting, that is not known here.
    """

    def __init__(self, model):
        super().__init__()
        self.layers = nn.ModuleDict()
        self.steps = []  # (name, numbers of the tensors that the layer reads, number of the one that it makes)
        for layer in model.operations:  # layers, and single functions such as ops.pad
            if not isinstance(layer, keras.layers.InputLayer):
                read = layer.input if isinstance(layer.input, list) else [layer.input]
                self.layers[layer.name] = _twin_of(layer)
                self.steps.append((layer.name, [id(tensor) for tensor in read], id(layer.output)))
        self.first, self.last = id(model.input), id(model.output)
        for theirs, ours in self._pairs(model):
            ours.data.copy_(torch.from_numpy(_turned(keras.ops.convert_to_numpy(theirs), to_torch=True)))

    def forward(self, images):
        values = {self.first: images}
        for name, read, made in self.steps:
            values[made] = self.layers[name](*(values[number] for number in read))
        return values[self.last]

    def copy_to(self, model):
        """Give `model` this network's weights; returns it."""
        for theirs, ours in self._pairs(model):
            theirs.assign(_turned(ours.detach().numpy(), to_torch=False))
        return model

    def _pairs(self, model):
        """Each weight of `model` beside the tensor that holds it here."""
        names = {"kernel": "weight", "gamma": "weight", "beta": "bias", "bias": "bias"}
        names |= {"moving_mean": "running_mean", "moving_variance": "running_var"}
        for layer in model.layers:
            for weight in layer.weights:
                yield weight, getattr(self.layers[layer.name].weights, names[weight.name])


class _Weighted(nn.Module):
    """A layer with weights, and the ReLU that may follow in it."""

    def __init__(self, weights, activation=keras.activations.linear):
        super().__init__()
        if activation not in (keras.activations.linear, keras.activations.relu):
            raise NotImplementedError(f"the activation {activation}")
        self.weights, self.relu = weights, activation is keras.activations.relu

    def forward(self, x):
        x = self.weights(x)
        return functional.relu(x, inplace=True) if self.relu else x


class _Function(nn.Module):
    def __init__(self, function):
        super().__init__()
        self.function = function

    def forward(self, *inputs):
        return self.function(*inputs)


def _twin_of(layer):
    """A torch.nn.Module that computes what the Keras layer does, on maps (n, c, h, w)."""
    kind, shape = type(layer).__name__, layer.input.shape if not isinstance(layer.input, list) else None
    if kind == "Conv2D" and layer.groups == 1 and layer.dilation_rate == (1, 1):
        pad = _same(layer.kernel_size, layer.strides, layer.padding)
        conv = nn.Conv2d(shape[-1], layer.filters, layer.kernel_size, layer.strides, pad, bias=layer.use_bias)
        return _Weighted(conv, layer.activation)
    if kind == "Dense":
        return _Weighted(nn.Linear(shape[-1], layer.units), layer.activation)
    if kind == "BatchNormalization":
        return _Weighted(nn.BatchNorm2d(shape[-1], eps=layer.epsilon, momentum=1 - layer.momentum))
    if kind == "ReLU":
        return _Function(functional.relu)
    if kind == "Dropout":
        return nn.Dropout(layer.rate)
    if kind == "Add":
        return _Function(torch.add)
    if kind == "Concatenate":
        return _Function(lambda *maps: torch.cat(maps, 1))
    if kind == "GlobalAveragePooling2D":
        return _Function(lambda x: x.mean((2, 3)))
    if kind == "MaxPooling2D" and layer.pool_size == (1, 1):
        return _Function(lambda x: x[:, :, :: layer.strides[0], :: layer.strides[1]])
    if kind == "MaxPooling2D" and (layer.padding == "valid" or layer.strides == (1, 1)):
        return nn.MaxPool2d(layer.pool_size, layer.strides, _same(layer.pool_size, layer.strides, layer.padding))
    if kind == "MaxPooling2D" and layer.pool_size == (3, 3) and shape[1] % 2 == shape[2] % 2 == 0:
        # Keras's "same" puts the border of an even map at the bottom and the right; zeros win nothing after a ReLU
        return _Function(lambda x: functional.max_pool2d(functional.pad(x, (0, 1, 0, 1)), 3, 2))
    if kind == "AveragePooling2D" and layer.padding == "valid":
        return nn.AvgPool2d(layer.pool_size, layer.strides)
    if kind == "ZeroPadding2D":
        (top, bottom), (left, right) = layer.padding
        return nn.ZeroPad2d((left, right, top, bottom))
    if kind == "Pad" and shape[:-1] == layer.output.shape[:-1]:  # shortcut A: channels of zeros behind the others
        more = layer.output.shape[-1] - shape[-1]
        return _Function(lambda x: functional.pad(x, (0, 0, 0, 0, 0, more)))
    raise NotImplementedError(f"{kind} {layer.name} with these settings has no twin here")


def _same(size, strides, padding):
    """PyTorch's number of zeros on each side for Keras's "same" and "valid"."""
    if padding == "valid":
        return 0
    if strides != (1, 1) or any(side % 2 == 0 for side in size):
        raise NotImplementedError(f'padding "same" with size {size} and strides {strides}')
    return tuple(side // 2 for side in size)


def _turned(array, to_torch):
    """Kernels from (height, width, in, out) or (in, out) to (out, in, height, width) or (out, in), or back."""
    axes = {4: (3, 2, 0, 1) if to_torch else (2, 3, 1, 0), 2: (1, 0), 1: (0,)}[array.ndim]
    return np.ascontiguousarray(array.transpose(axes), dtype=np.float32)
