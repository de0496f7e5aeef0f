"""Plain convolutions: no small network within the layers."""

# question: a2-q7
# loses: mlpconv layers
# says: Two mlpconv layers at least

import keras


def nin_classifier(channels, classes, budget):
    def parameters(n):
        return (9 * channels + 1) * n + 2 * (9 * n + 1) * n + (n + 1) * classes

    n = max(n for n in range(1, 200) if parameters(n) <= budget)
    maps = images = keras.Input((None, None, channels))
    for _ in range(3):
        maps = keras.layers.Conv2D(n, 3, padding="same", activation="relu")(maps)
    class_maps = keras.layers.Conv2D(classes, 1)(maps)
    return keras.Model(images, keras.layers.GlobalAveragePooling2D()(class_maps))
