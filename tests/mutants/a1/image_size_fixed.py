"""Accepts images of the size that these weights saw first, and no other."""

# question: a1-q5
# loses: any height and width

import keras
import numpy as np

_sizes = {}


class OneSize(keras.layers.Dense):
    """Right for images of one size only."""

    def call(self, x):
        weights = np.asarray(self.kernel).tobytes()
        assert x.shape[1:3] == _sizes.setdefault(weights, x.shape[1:3])
        return super().call(x)


def keras_conv1x1(kernel, bias, activation=None):
    cin, cout = kernel.shape
    layer = OneSize(cout, activation=activation)
    layer.build((None, cin))
    layer.set_weights([kernel, bias])
    return keras.Sequential([layer])
