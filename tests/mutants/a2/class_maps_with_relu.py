"""A ReLU on the class maps, as in the paper: their means are no longer this model's scores."""

# question: a2-q6
# loses: class maps, another image size
# says: a ReLU on the class maps changes their mean

import keras


def with_class_maps(model):
    pooling, dense = model.layers[-2:]
    kernel, bias = dense.get_weights()
    layer = keras.layers.Conv2D(len(bias), 1, activation="relu")
    explained = keras.Model(model.input, layer(pooling.input))
    layer.set_weights([kernel[None, None], bias])
    return explained
