"""Random networks for images: branches, shared layers, reshapes, gates, nested models, both data formats.

`network(seed)` gives the same network on every backend and computer. benchmarks/cost_oracles.py has each measured by
others (what PyTorch counts, which pixels move which outputs) and keeps the result in cost_oracles.json, which the tests
compare with.
"""

import random

import keras
from keras import layers, ops


@keras.saving.register_keras_serializable("random_graphs")
class Scale(layers.Layer):
    """A factor a channel, as LayerScale has it: a layer of somebody's own, made of one operation."""

    def __init__(self, axis=-1, **kwargs):
        super().__init__(**kwargs)
        self.axis = axis

    def build(self, shape):
        self.factor = self.add_weight(shape=(shape[self.axis], *(1,) * (len(shape) - 2 if self.axis == 1 else 0)))

    def call(self, x):
        return x * self.factor


@keras.saving.register_keras_serializable("random_graphs")
class Residual(layers.Layer):
    """A layer of somebody's own that is made of known ones."""

    def __init__(self, filters, data_format, **kwargs):
        super().__init__(**kwargs)
        self.filters, self.data_format = filters, data_format
        self.conv = layers.Conv2D(filters, 3, padding="same", data_format=data_format)
        self.norm = layers.BatchNormalization(axis=1 if data_format == "channels_first" else -1)

    def build(self, shape):
        self.conv.build(shape)
        self.norm.build((*shape[:1], self.filters, *shape[2:]) if self.norm.axis == 1 else (*shape[:-1], self.filters))

    def call(self, x, training=False):
        return x + ops.relu(self.norm(self.conv(x), training=training))

    def get_config(self):
        return {**super().get_config(), "filters": self.filters, "data_format": self.data_format}


@keras.saving.register_keras_serializable("random_graphs")
class Mixer(keras.Model):
    """A model of somebody's own inside of another: a kernel of its own, a layer of its own, one that is used twice."""

    def __init__(self, filters, data_format, **kwargs):
        super().__init__(**kwargs)
        self.filters, self.data_format = filters, data_format
        self.residual = Residual(filters, data_format)

    def build(self, shape):
        self.kernel = self.add_weight(shape=(3, 3, self.filters, self.filters))
        self.residual.build(shape)

    def call(self, x):
        y = ops.conv(x, self.kernel, padding="same", data_format=self.data_format)
        return self.residual(self.residual(ops.leaky_relu(y)))

    def get_config(self):
        return {**super().get_config(), "filters": self.filters, "data_format": self.data_format}


class Maker:
    """One random network; every method takes a map and returns a map."""

    def __init__(self, seed):
        self.random = random.Random(seed)
        self.format = self.random.choice(["channels_last", "channels_last", "channels_first"])
        self.first = self.format == "channels_first"
        self.channel_axis = 1 if self.first else -1

    def network(self):
        size = (self.random.choice([56, 64, 72]), self.random.choice([56, 60, 80]))
        image = keras.Input((3, *size) if self.first else (*size, 3), name="image")
        x = image
        for _ in range(self.random.randint(2, 6)):
            x = self.step(x)
        outputs = [x]
        if self.random.random() < 0.3:
            outputs.append(self.head(x))
        model = keras.Model(image, outputs if len(outputs) > 1 else x, name="random")
        if self.random.random() < 0.2:
            model.trainable = False
        elif self.random.random() < 0.2:
            self.random.choice(model.layers).trainable = False
        return model

    def channels(self, x):
        return x.shape[self.channel_axis]

    def size(self, x):
        return x.shape[2:] if self.first else x.shape[1:3]

    def step(self, x, depth=0):
        kinds = [self.conv] * 4 + [self.depthwise, self.pool, self.norm, self.pad, self.scale]
        kinds += [self.custom, self.custom, self.positions, self.tokens, self.gate, self.adaptive]
        kinds += [self.dense] if not self.first or self.random.random() < 0.2 else []  # a permuted map is not followed
        if min(self.size(x)) <= 40:
            kinds += [self.transposed, self.upsample]
        if depth < 2:
            kinds += [self.branches, self.nested, self.shared] * 2
        kind = self.random.choice(kinds)
        if min(self.size(x)) < 12 and kind in (self.pool, self.pad, self.adaptive):
            return x
        return kind(x, depth) if kind in (self.branches, self.nested, self.shared) else kind(x)

    def conv(self, x, filters=None, same=None):
        kernel = (self.random.choice([1, 2, 3, 3, 5]), self.random.choice([1, 3, 3, 4, 7]))
        groups = self.random.choice([n for n in (1, 1, 2, 3) if self.channels(x) % n == 0])
        strides, dilation = self.random.choice([(1, 1)] * 3 + [((2, 1), 1), (2, 1), (3, 1), (1, 2), (1, (3, 1))])
        small = min(self.size(x)) < 24
        return layers.Conv2D(
            (filters or self.random.choice([2, 4, 6])) * groups,
            kernel,
            strides=1 if same or small else strides,
            dilation_rate=dilation if strides == 1 else 1,
            groups=groups,
            padding="same" if same or small else self.random.choice(["same", "valid"]),
            activation=self.random.choice([None, "relu", "tanh"]),
            use_bias=self.random.random() < 0.5,
            data_format=self.format,
        )(x)

    def depthwise(self, x):
        options = {"padding": "same", "data_format": self.format, "strides": self.random.choice([1, 2])}
        if min(self.size(x)) < 24:
            options["strides"] = 1
        if self.random.random() < 0.5:
            return layers.DepthwiseConv2D(3, depth_multiplier=self.random.choice([1, 2]), **options)(x)
        return layers.SeparableConv2D(4, self.random.choice([3, 5]), **options)(x)

    def pool(self, x):
        kind = self.random.choice([layers.MaxPooling2D, layers.AveragePooling2D])
        size, strides = self.random.choice([(2, 2), (3, 2), (3, 1), ((1, 2), (1, 2))])
        return kind(size, strides, self.random.choice(["same", "valid"]), data_format=self.format)(x)

    def norm(self, x):
        x = layers.BatchNormalization(axis=self.channel_axis)(x)
        return self.random.choice([layers.ReLU(), layers.LeakyReLU(), layers.Activation("swish"), ops.tanh])(x)

    def pad(self, x):
        amounts = tuple((self.random.randint(0, 2), self.random.randint(0, 2)) for _ in range(2))
        kind = self.random.choice([layers.ZeroPadding2D, layers.Cropping2D])
        return kind(amounts, data_format=self.format)(x)

    def scale(self, x):
        return Scale(axis=self.channel_axis)(x)

    def custom(self, x):
        return self.random.choice([Residual, Mixer])(self.channels(x), self.format)(x)

    def adaptive(self, x):
        size = [self.random.randint(n // 3, n) for n in self.size(x)]
        kind = self.random.choice([layers.AdaptiveAveragePooling2D, layers.AdaptiveMaxPooling2D])
        return kind(size, data_format=self.format)(x)

    def dense(self, x):
        """A dense layer on the channels, which stand last or are moved there."""
        units = self.random.choice([3, 5])
        if not self.first:
            return layers.Dense(units, use_bias=self.random.random() < 0.5)(x)
        x = layers.Permute((2, 3, 1))(x)
        return ops.transpose(layers.Dense(units)(x), (0, 3, 1, 2))

    def positions(self, x):
        """A dense layer on positions that were moved into the batch axis, and moved back."""
        if self.first:
            return x
        height, width, channels = x.shape[1:]
        units = self.random.choice([2, 4])
        y = layers.Dense(units, activation="relu")(ops.reshape(x, (-1, channels)))
        return ops.reshape(y, (-1, height, width, units))

    def tokens(self, x):
        """A map as a sequence and back."""
        if self.first:
            return x
        height, width, channels = x.shape[1:]
        y = layers.Reshape((height * width, channels))(x)
        kinds = [layers.Dense(4), layers.LayerNormalization()] * 5 + [layers.Conv1D(4, 1)]  # whose field is not known
        y = self.random.choice(kinds)(y)
        return layers.Reshape((height, width, y.shape[-1]))(y)

    def gate(self, x):
        """Squeeze and excitation: each channel times a number made from all positions."""
        if self.random.random() < 0.9:
            weight = layers.GlobalAveragePooling2D(data_format=self.format, keepdims=True)(x)
        else:
            weight = layers.DepthwiseConv2D(self.size(x), data_format=self.format)(x)  # whose product is not followed
        weight = layers.Conv2D(2, 1, activation="relu", data_format=self.format)(weight)
        weight = layers.Conv2D(self.channels(x), 1, activation="sigmoid", data_format=self.format)(weight)
        return layers.Multiply()([x, weight]) if self.random.random() < 0.7 else x * weight

    def transposed(self, x):
        kernel, strides = self.random.choice([(2, 2), (3, 2), (4, 2), (5, 3), (3, 1)])
        padding = self.random.choice(["same", "valid"])
        return layers.Conv2DTranspose(4, kernel, strides, padding, data_format=self.format)(x)

    def upsample(self, x):
        kind = self.random.choice(["nearest"] * 7 + ["bilinear"])  # whose field is not known
        return layers.UpSampling2D(2, interpolation=kind, data_format=self.format)(x)

    def branches(self, x, depth):
        filters = self.random.choice([4, 6])
        parts = [self.conv(x, filters, same=True) for _ in range(self.random.choice([2, 3]))]
        if self.random.random() < 0.3:
            parts.append(layers.MaxPooling2D(3, 1, "same", data_format=self.format)(x))
        if self.random.random() < 0.05:
            parts[0] = self.gate(parts[0])  # the join's field is not known if another part sees more of the padding
        if len({part.shape for part in parts}) == 1 and self.random.random() < 0.6:
            return self.random.choice([layers.Add(), layers.Maximum(), layers.Multiply()])(parts)
        return layers.Concatenate(axis=self.channel_axis)(parts)

    def nested(self, x, depth):
        inner = keras.Input(x.shape[1:])
        y = inner
        for _ in range(self.random.randint(1, 3)):
            y = self.step(y, depth + 1)
        if y is inner:
            return x
        return keras.Model(inner, y)(x)

    def shared(self, x, depth):
        """One layer used twice, or one model."""
        x = layers.Conv2D(4, 1, data_format=self.format)(x)
        conv = layers.Conv2D(4, 3, padding="same", data_format=self.format)
        if self.random.random() < 0.5:
            return conv(conv(x))
        inner = keras.Input(x.shape[1:])
        model = keras.Model(inner, self.norm(conv(inner)))
        return layers.Add()([model(x), model(model(x))])

    def head(self, x):
        kind = self.random.choice(["pool", "flatten"] * 3 + ["attention"])
        if kind == "attention" and not self.first:
            channels = x.shape[-1]
            pooled = layers.AdaptiveAveragePooling2D((4, 3))(x)
            y = layers.Reshape((12, channels))(pooled)
            y = layers.MultiHeadAttention(2, 3)(y, y)
            return layers.Dense(5)(layers.GlobalAveragePooling1D()(y))
        if kind == "flatten":
            x = layers.MaxPooling2D(4, data_format=self.format)(x)
            return layers.Dense(5)(layers.Flatten(data_format=self.format)(x))
        return layers.Dense(5, activation="softmax")(layers.GlobalMaxPooling2D(data_format=self.format)(x))


def network(seed):
    """The network of this number."""
    return Maker(seed).network()
