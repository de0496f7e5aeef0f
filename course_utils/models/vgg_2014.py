"""VGG: Simonyan, Zisserman 2014, "Very deep convolutional networks for large-scale image recognition".

arXiv:1409.1556, table 1. Padding "same", steps of 1, ReLU after every layer; 2×2 pooling halves the map after each of
the five stages. Parameters: A 132,863,336, B 133,047,848, C 133,638,952, D 138,357,544, E 143,667,240.
"""

import keras
from keras import layers

from course_utils.models import common

COLUMNS = {11: "A", 13: "B", 16: "D", 19: "E"}  # by number of layers with weights; C has 16 as well
# fmt: off
STAGES = (  # kernel sizes, one digit a layer
    # width      A          B          C           D           E          map, and after pooling
    ( 64, {"A": "3",  "B": "33", "C": "33",  "D": "33",  "E": "33"}),    # 224×224×64,  112×112×64
    (128, {"A": "3",  "B": "33", "C": "33",  "D": "33",  "E": "33"}),    # 112×112×128, 56×56×128
    (256, {"A": "33", "B": "33", "C": "331", "D": "333", "E": "3333"}),  # 56×56×256,   28×28×256
    (512, {"A": "33", "B": "33", "C": "331", "D": "333", "E": "3333"}),  # 28×28×512,   14×14×512
    (512, {"A": "33", "B": "33", "C": "331", "D": "333", "E": "3333"}),  # 14×14×512,   7×7×512
)
# fmt: on


def vgg(column=16, classes=1000, input_shape=(224, 224, 3)):
    """VGG with 11, 13, 16 or 19 layers.

    Args:
        column: 11, 13, 16 or 19, or the letter of a column of table 1: "A", "B", "C", "D" (VGG-16), "E". Column C has
            1×1 convolutions where D has the last 3×3 of a stage.
        classes: number of logits.
        input_shape: (height, width, channels), at least 32×32.

    Returns:
        A functional `keras.Model`: images (n, height, width, channels) to logits (n, classes).

    Raises:
        ValueError: no such column, or an image that is too small.
    """
    letter = COLUMNS.get(common.one_of((*COLUMNS, *"ABCDE"), column, "VGG's column"), column)
    x = inputs = common.image_input(input_shape, smallest=32, last="pool5")
    for stage, (filters, kernels) in enumerate(STAGES, start=1):
        for number, kernel_size in enumerate(map(int, kernels[letter]), start=1):
            name = f"conv{stage}_{number}"
            x = layers.Conv2D(filters, kernel_size, padding="same", activation="relu", name=name)(x)
        x = layers.MaxPooling2D(2, name=f"pool{stage}")(x)
    x = layers.Flatten(name="flatten")(x)
    for number in (6, 7):
        x = layers.Dense(4096, activation="relu", name=f"fc{number}")(x)
        x = layers.Dropout(0.5, name=f"drop{number}")(x)
    return keras.Model(inputs, layers.Dense(classes, name="fc8")(x), name=f"vgg_{str(letter).lower()}")
