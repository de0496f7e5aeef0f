"""The kernel moves to the map, the bias stays behind."""

# question: a2-q6
# loses: class maps, another image size
# says: The bias is missing

import keras


def with_class_maps(model):
    pooling, dense = model.layers[-2:]
    kernel, _ = dense.get_weights()
    layer = keras.layers.Conv2D(kernel.shape[1], 1, use_bias=False)
    explained = keras.Model(model.input, layer(pooling.input))
    layer.set_weights([kernel[None, None]])
    return explained
