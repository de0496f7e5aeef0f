"""ConvNeXt: Liu et al. 2022, "A ConvNet for the 2020s" (arXiv:2201.03545).

ConvNeXt-T has 28,589,128 parameters and 4,455,531,264 multiply-accumulates. Stochastic depth, which only training
uses, is left out.
"""

from keras import Model, initializers, layers, saving

from course_utils.models.common import image_input, one_of, part

# fmt: off
SIZES = {  # channels of the first stage, from stage to stage doubled; blocks on 56×56, 28×28, 14×14, 7×7
    "tiny":  ( 96, (3, 3,  9, 3)),
    "small": ( 96, (3, 3, 27, 3)),
}
# fmt: on


@saving.register_keras_serializable("course_utils")
class LayerScale(layers.Layer):
    """Each channel times a number that is learned, 1e-6 at first: at the start, a block is nearly the identity.

    Maps of any shape (…, channels); the shape stays. Touvron et al. 2021 (arXiv:2103.17239).
    """

    def build(self, input_shape):
        start = initializers.Constant(1e-6)
        self.gamma = self.add_weight(shape=input_shape[-1:], initializer=start, name="gamma")

    def call(self, inputs):
        return inputs * self.gamma


def layer_norm(x, name=None):
    """Normalisation over the channels of each place."""
    return layers.LayerNormalization(epsilon=1e-6, name=name)(x)


def convnext_block(x, name=None):
    """Depthwise 7×7, layer normalisation, 1×1 up to 4 × c, GELU, 1×1 down, scale, and the input added: (h, w, c) stays.

    Built in notebook 10. Liu et al. 2022 (arXiv:2201.03545), figure 4. The two 1×1 are a transformer's MLP.
    """
    channels = x.shape[-1]
    y = layer_norm(layers.DepthwiseConv2D(7, padding="same", name=part(name, "depthwise"))(x), part(name, "ln"))
    y = layers.Conv2D(4 * channels, 1, activation="gelu", name=part(name, "expand"))(y)
    y = layers.Conv2D(channels, 1, name=part(name, "project"))(y)
    return layers.Add(name=part(name, "add"))([x, LayerScale(name=part(name, "scale"))(y)])


def convnext(size="tiny", classes=1000, input_shape=(224, 224, 3)):
    """ConvNeXt-T ("tiny") or ConvNeXt-S ("small").

    Args:
        size: "tiny" or "small".
        classes: number of classes.
        input_shape: (height, width, channels), at least 32×32.

    Returns:
        A keras.Model: images (n, height, width, channels) to logits (n, classes).

    Raises:
        ValueError: there is no ConvNeXt of this size, or the images are too small.
    """
    width, counts = SIZES[one_of(SIZES, size, "ConvNeXt's size")]
    x = image = image_input(input_shape, smallest=32, last="down4")
    x = layer_norm(layers.Conv2D(width, 4, 4, name="stem")(x), "stem_ln")
    for stage, count in enumerate(counts, start=1):
        if stage > 1:
            x = layers.Conv2D(2 * x.shape[-1], 2, 2, name=f"down{stage}")(layer_norm(x, f"down{stage}_ln"))
        for number in range(1, count + 1):
            x = convnext_block(x, name=f"stage{stage}_block{number}")
    x = layer_norm(layers.GlobalAveragePooling2D(name="avg_pool")(x), "last_ln")
    return Model(image, layers.Dense(classes, name="fc")(x), name=f"convnext_{size}")
