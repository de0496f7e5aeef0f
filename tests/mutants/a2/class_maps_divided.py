"""Divided by the number of positions: the map's sum is the score, not its mean."""

# question: a2-q6
# loses: class maps, another image size
# says: do not divide

import keras


class Share(keras.layers.Layer):
    def call(self, maps):
        positions = keras.ops.shape(maps)[1] * keras.ops.shape(maps)[2]
        return maps / keras.ops.cast(positions, maps.dtype)


def with_class_maps(model):
    pooling, dense = model.layers[-2:]
    return keras.Model(model.input, Share()(dense(pooling.input)))
