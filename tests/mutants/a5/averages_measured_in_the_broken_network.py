"""Each layer's averages are measured in inference, while the layers before it still have wrong ones."""

# ruff: noqa: F821  (tower, output and the like are the notebook's)
# question: a5-q4
# loses: few steps, no steps, training=True
# says: while the layers before it still had wrong ones


def mend(network, images):
    alone, among = output(network, images[:1]), output(network, images)[:1]
    mended = tower([layer.filters for layer in network.layers if isinstance(layer, layers.Conv2D)])
    mended.set_weights(network.get_weights())
    before = output(mended, images)
    measured = {}
    for layer in mended.layers:
        if isinstance(layer, layers.BatchNormalization):
            maps = output(keras.Model(mended.inputs, layer.input), images)
            measured[layer.name] = maps.mean((0, 1, 2)), maps.var((0, 1, 2))
    for name, (mean, variance) in measured.items():
        mended.get_layer(name).moving_mean.assign(mean)
        mended.get_layer(name).moving_variance.assign(variance)
    if not np.allclose(alone, among, atol=1e-3):
        return "training=True", mended
    return "healthy" if np.allclose(before, output(mended, images), atol=0.05) else "averages", mended
