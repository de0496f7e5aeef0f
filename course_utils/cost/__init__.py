"""What a Keras model costs: parameters, multiply-accumulates, memory, receptive field, in one table.

    table = cost.cost(lambda: models.vgg(16))
    table.macs, table.rows[1]
    cost.compare({"VGG-16": lambda: models.vgg(16), "ResNet-50": lambda: models.resnet(50)})

Any functional or Sequential model, on any backend. A model given as a function is built without its weights, so that a
network of a billion parameters is counted in a second. What one layer costs, notebook 00 counts by hand.

rules/ says what each kind of layer costs, a family a file, and count.py finds the rule of a layer, also of one of your
own; receptive_field.py follows what a value sees; weightless.py
builds a model without weights, graphs.py finds its graph at the size that is asked for, walk.py goes through it,
weights.py counts what is trained, and table.py prints.
"""

from .count import CONVENTION
from .counting import compare, cost
from .table import Comparison, Row, Table

__all__ = ["CONVENTION", "Comparison", "Row", "Table", "compare", "cost"]
