"""What several of the papers' networks share: the checked input, convolutions with batch normalisation, the first
layers of ResNet and DenseNet, Caffe's pooling, local response normalisation."""

from keras import Input, config, layers, ops, saving


def image_input(input_shape, smallest, last):
    """The input of a network, checked.

    Args:
        input_shape: (height, width, channels) in pixels, without the number of images.
        smallest: pixels a side that the network needs.
        last: name of the layer that would be left with nothing of a smaller image.

    Returns:
        A symbolic tensor (n, height, width, channels).

    Raises:
        ValueError: `input_shape` is not three whole numbers, is too small, or begins with the channels.
    """
    try:
        height, width, _ = sizes = tuple(map(int, input_shape))
    except (TypeError, ValueError):
        sizes = None
    if sizes is None or sizes != tuple(input_shape) or min(sizes) < 1:
        wanted = "(height, width, channels), three whole numbers of at least 1"
        raise ValueError(f"input_shape must be {wanted}, not {input_shape!r}.")
    if config.image_data_format() != "channels_last":
        raise ValueError("these networks have channels last: call keras.config.set_image_data_format('channels_last')")
    if height in (1, 3) and min(sizes[1:]) > 3:
        raise ValueError(f"input_shape {sizes} begins with the channels; give {(*sizes[1:], height)}, channels last.")
    if min(height, width) < smallest:
        left = f"nothing of them would be left at layer {last!r}. Use at least {smallest}×{smallest}."
        raise ValueError(f"images of {height}×{width} are too small: {left}")
    return Input(sizes)


def one_of(choices, value, what):
    """`value`, if it is one of `choices`.

    Raises:
        ValueError: it is not; the message says `what` it should have been, as in "VGG's column".
    """
    if value not in tuple(choices):
        raise ValueError(f"{what} must be one of {', '.join(map(repr, choices))}, not {value!r}.")
    return value


def caffe_pool(x, name):
    """3×3 max pooling in steps of 2 that leaves no row or column out, as Caffe does it ("ceil mode").

    An even map gets one row at the bottom and one column at the right more; Keras calls that "same". An odd map needs
    none; Keras's "same" would put one on each side, and shift every window.

    Args:
        x: a map (n, h, w, c) of values ≥ 0, as after ReLU.

    Returns:
        A map (n, h // 2, w // 2, c).
    """
    even = [size % 2 == 0 for size in x.shape[1:3]]
    if any(even) and not all(even):  # padding is for both axes or none: the even one gets its border first
        x = layers.ZeroPadding2D(((0, int(even[0])), (0, int(even[1]))), name=f"{name}_border")(x)
    return layers.MaxPooling2D(3, 2, "same" if all(even) else "valid", name=name)(x)


def part(name, word):
    """What a layer of the block called `name` is called; None, which leaves it to Keras, for a block without a name."""
    return name and f"{name}_{word}"


def conv(x, filters, size, stride=1, padding="same", name=None, groups=1):
    """A convolution of ResNet or DenseNet: no bias, since batch normalisation has one; the first weights are drawn as
    in He et al. 2015 (arXiv:1502.01852)."""
    options = {"groups": groups, "use_bias": False, "kernel_initializer": "he_normal", "name": name}
    return layers.Conv2D(filters, size, stride, padding, **options)(x)


def batch_norm(x, name=None):
    """Batch normalisation with momentum 0.9 and epsilon 1e-5, as the authors of ResNet and DenseNet have them."""
    return layers.BatchNormalization(momentum=0.9, epsilon=1e-5, name=part(name, "bn"))(x)


def conv_bn(x, filters, size, stride=1, name=None, groups=1):
    """Convolution, then batch normalisation: (h, w, c) to (⌈h / stride⌉, ⌈w / stride⌉, filters).

    Built in notebook 07. With a stride, the map is padded with zeros on all four sides; Keras's "same" would pad an
    even map only at the bottom and the right: the same shape, another function.
    """
    if stride > 1 and size > 1:
        x = layers.ZeroPadding2D(size // 2, name=part(name, "pad"))(x)
    padding = "valid" if stride > 1 else "same"
    return batch_norm(conv(x, filters, size, stride, padding, name, groups), name)


def stem(x, filters):
    """How ResNet and DenseNet begin: 7×7 convolution and 3×3 max pooling, both in steps of 2.

    Args:
        x: images (n, h, w, c).
        filters: of the convolution.

    Returns:
        A map (n, ⌈h / 4⌉, ⌈w / 4⌉, filters).
    """
    x = layers.ReLU(name="conv1_relu")(conv_bn(x, filters, 7, stride=2, name="conv1"))
    x = layers.ZeroPadding2D(1, name="pool1_pad")(x)  # zeros never win: nothing is negative after a ReLU
    return layers.MaxPooling2D(3, 2, name="pool1")(x)


@saving.register_keras_serializable("course_utils")
class LocalResponseNormalization(layers.Layer):
    """Divide each value by a measure of its neighbours in the n nearest channels, at the same position.

    b_c = a_c / (k + alpha · Σ a_j²)^beta, summed over the channels j from c − n//2 to c + n//2 that exist.

    Maps of any shape (…, channels); the shape stays. The defaults are those of Krizhevsky, Sutskever, Hinton 2012
    ("ImageNet classification with deep convolutional neural networks", section 3.3). As in that paper, alpha is not
    divided by n; Caffe and PyTorch divide. `n` must be odd, so that the channel stands in the middle.

    Raises:
        ValueError: n is even or less than 1.
    """

    counts_as = "LayerNormalization"  # in a cost table
    keeps_arrays = 2  # for the backward pass, besides its input: k + alpha · Σ a_j², and its power

    def __init__(self, n=5, k=2.0, alpha=1e-4, beta=0.75, **kwargs):
        super().__init__(**kwargs)
        if n < 1 or n % 2 == 0:
            raise ValueError(f"n, the number of channels that are summed, must be odd, not {n}.")
        self.n, self.k, self.alpha, self.beta = n, k, alpha, beta

    def call(self, inputs):
        channels, reach = inputs.shape[-1], self.n // 2
        squares = ops.pad(ops.square(inputs), [(0, 0)] * (len(inputs.shape) - 1) + [(reach, reach)])
        total = sum(squares[..., first : first + channels] for first in range(self.n))
        return inputs / ops.power(self.k + self.alpha * total, self.beta)

    def compute_output_shape(self, input_shape):
        return input_shape

    def get_config(self):
        return {**super().get_config(), "n": self.n, "k": self.k, "alpha": self.alpha, "beta": self.beta}
