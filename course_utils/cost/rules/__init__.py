"""What each kind of layer costs, a family a file.

windows.py: convolution and pooling. products.py: dense layers and matrix products. values.py: what changes each value
by itself, normalisation, dropout. layout.py: padding, reshaping, joining, reducing.

Each has two dicts from a `Rule` to the names that it counts for: `LAYERS` of keras.layers, `OPERATIONS` of keras.ops.
"""
