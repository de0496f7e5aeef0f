"""Diagrams are read back from what was drawn, and compared with the model's own graph."""

import functools
import itertools
import random

import keras
import matplotlib.pyplot as plt
import numpy as np
import pytest
from drawing import smallest_text, texts
from keras import layers
from matplotlib.patches import FancyArrowPatch, Polygon
from matplotlib.path import Path
from matplotlib.transforms import Bbox

from course_utils import blocks, figures, models
from course_utils.cost.weightless import weightless
from course_utils.models.published import PUBLISHED

pytestmark = pytest.mark.usefixtures("drawn")


def built(shape, function):
    x = keras.Input(shape, name="x")
    return keras.Model(x, function(x))


class Scale(layers.Layer):
    """A layer that Keras does not have."""

    def call(self, x):
        return 2 * x


def preactivation(x):
    y = x
    for _ in range(2):
        y = layers.Conv2D(x.shape[-1], 3, padding="same", use_bias=False)(blocks.bn_relu(y))
    return layers.Add()([x, y])


def dense_block(x):
    for number in range(4):
        x = blocks.dense_layer(x, 32, name=f"layer{number + 1}")
    return x


def separable(x):
    y = layers.ReLU()(layers.BatchNormalization()(layers.DepthwiseConv2D(3, padding="same", use_bias=False)(x)))
    return layers.ReLU()(layers.BatchNormalization()(layers.Conv2D(128, 1, use_bias=False)(y)))


def squeeze_and_excitation(x):
    y = layers.Conv2D(x.shape[-1], 3, padding="same")(x)
    weights = layers.Dense(4, activation="relu")(layers.GlobalAveragePooling2D(keepdims=True)(y))
    weights = layers.Dense(x.shape[-1], activation="sigmoid")(weights)
    return layers.Add()([x, layers.Multiply()([y, weights])])


def convnext(x):
    y = layers.LayerNormalization()(layers.DepthwiseConv2D(7, padding="same")(x))
    y = layers.Conv2D(x.shape[-1], 1)(layers.Activation("gelu")(layers.Conv2D(4 * x.shape[-1], 1)(y)))
    return x + Scale()(y)


BLOCKS = {
    "mlpconv": ((32, 32, 3), lambda x: blocks.mlpconv(x, (192, 160, 96), 5)),
    "inception, naive": ((28, 28, 192), lambda x: blocks.inception(x, 64, 0, 128, 0, 32, 0)),
    "inception": ((28, 28, 192), lambda x: blocks.inception(x, 64, 96, 128, 16, 32, 32)),
    "residual": ((56, 56, 64), lambda x: blocks.residual(x, 64)),
    "residual A": ((56, 56, 64), lambda x: blocks.residual(x, 128, 2, "A")),
    "residual B": ((56, 56, 64), lambda x: blocks.residual(x, 128, 2, "B")),
    "bottleneck": ((56, 56, 256), lambda x: blocks.bottleneck(x, 64)),
    "bottleneck B": ((56, 56, 256), lambda x: blocks.bottleneck(x, 128, 2)),
    "pre-activation": ((56, 56, 64), preactivation),
    "dense block": ((56, 56, 64), dense_block),
    "transition": ((56, 56, 256), blocks.transition),
    "fire": ((55, 55, 96), lambda x: blocks.fire(x, 16, 64, 64)),
    "separable": ((56, 56, 64), separable),
    "squeeze-and-excitation": ((56, 56, 64), squeeze_and_excitation),
    "ConvNeXt": ((56, 56, 96), convnext),
}
# Deeper siblings repeat the same blocks, which are drawn once.
DEEP = ("ResNet-34", "ResNet-101", "ResNet-152", "DenseNet-169", "DenseNet-201", "DenseNet-264", "DenseNet-BC-100-12")
NETWORKS = [name for name in PUBLISHED if name not in (*DEEP, "ResNet-56, CIFAR", "ResNet-50 v1.5")]


@functools.cache
def block(name):
    return weightless(lambda: built(*BLOCKS[name]))


@functools.cache
def published(name):
    return weightless(PUBLISHED[name].build)


# --- what was drawn ---------------------------------------------------------------------------------------------------


class Drawn:
    """What stands in the current figure, in pixels: boxes {name: extent}, lines [path], ends [(from, to) points]."""

    def __init__(self):
        axis = plt.gca()
        self.renderer = plt.gcf().canvas.get_renderer()
        self.boxes, self.arrows, self.frames = {}, [], []
        for artist in axis.get_children():
            kind, _, name = (artist.get_gid() or "").partition(":")
            if kind == "box":
                assert name not in self.boxes
                self.boxes[name] = artist.get_path().get_extents(artist.get_transform())
            elif kind == "frame":
                self.frames.append(artist.get_path().get_extents(artist.get_transform()))
            elif isinstance(artist, FancyArrowPatch):
                path = artist.get_transform().transform_path(artist.get_path())
                end = np.flatnonzero(path.codes == Path.MOVETO)[1]  # where the head begins: aside, tip, aside
                line = Path(path.vertices[:end], path.codes[:end])
                self.arrows.append((line, line.vertices[0], path.vertices[end + 1]))
        self.written = [(t.get_text(), t.get_window_extent(self.renderer)) for t in axis.texts if t.get_text()]

    def edges(self):
        """[(name of the box where an arrow begins, name of that where it ends)], found by their places alone."""
        return sorted((self._at(start), self._at(tip)) for _, start, tip in self.arrows)

    def _at(self, point):
        (name,) = [name for name, box in self.boxes.items() if box.padded(2).contains(*point)]
        return name

    def text(self, name):
        """What is written in a box, from top to bottom."""
        inside = [(-e.y1, t) for t, e in self.written if self.boxes[name].contains((e.x0 + e.x1) / 2, (e.y0 + e.y1) / 2)]
        return " | ".join(text for _, text in sorted(inside))

    def faults(self):
        found = []
        for (one, box), (two, other) in itertools.combinations(self.boxes.items(), 2):
            found += [f"{one} and {two} overlap"] * bool(Bbox.intersection(box.padded(-0.5), other.padded(-0.5)))
        for text, extent in self.written:
            middle = (extent.x0 + extent.x1) / 2, (extent.y0 + extent.y1) / 2
            for name, box in self.boxes.items():
                if box.contains(*middle):
                    inside = box.x0 <= extent.x0 and box.x1 >= extent.x1 and box.y0 <= extent.y0 and box.y1 >= extent.y1
                    found += [f"{text} leaves {name}"] * (not inside)
                elif Bbox.intersection(extent.padded(-1), box):
                    found.append(f"{text} lies on {name}")
        for (text, extent), (other, beside) in itertools.combinations(self.written, 2):
            found += [f"{text} and {other} overlap"] * bool(Bbox.intersection(extent.padded(-1), beside.padded(-1)))
        for path, start, _ in self.arrows:
            for name, box in self.boxes.items():
                if path.intersects_bbox(box.padded(-1.5), filled=False):
                    found.append(f"the arrow from {self._at(start)} passes through {name}")
        whole = plt.gcf().bbox
        for name, extent in [*self.boxes.items(), *self.written]:
            found += [f"{name} leaves the figure"] * (not all(whole.contains(*point) for point in extent.corners()))
        return found


def wiring(model):
    """(names, edges) of a model whose layers are used once, as Keras itself has them."""
    maker = {id(t): op.name for op in model.operations for t in keras.tree.flatten(op.output)}
    edges = []
    for op in model.operations:
        if not isinstance(op, layers.InputLayer):
            edges += [(maker[id(tensor)], op.name) for tensor in keras.tree.flatten(op.input)]
    ends = [(maker[id(tensor)], f"output {number}") for number, tensor in enumerate(model.outputs, start=1)]
    return {op.name for op in model.operations} | {name for _, name in ends}, sorted(edges + ends)


# --- boxes and arrows ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", BLOCKS)
def test_boxes_and_arrows_are_those_of_the_model(name):
    figures.diagram(block(name), collapse=False)
    drawn, (names, edges) = Drawn(), wiring(block(name))
    assert (set(drawn.boxes), drawn.edges()) == (names, edges)
    assert drawn.faults() == []


@pytest.mark.parametrize("name", BLOCKS)
def test_folded_blocks_are_drawn_without_faults(name):
    figures.diagram(block(name), fold=True, title="finding")
    assert Drawn().faults() == []
    assert smallest_text() >= 9


@pytest.mark.parametrize("name", NETWORKS)
def test_whole_networks_are_drawn_without_faults(name):
    model = published(name)
    figures.diagram(model, fold=True, columns=2)
    drawn = Drawn()
    assert drawn.faults() == []
    convolutions = [op.name for op in model.operations if isinstance(op, (layers.Conv2D, layers.Dense))]
    shown = {part for box in drawn.boxes for part in box.split(" + ")}
    assert len(shown & set(convolutions)) + sum(hidden(drawn)) == len(convolutions)


def hidden(drawn):
    """How many convolutions each frame stands for, besides those that are drawn in it."""
    for frame in drawn.frames:
        beside = [(e.x0, t) for t, e in drawn.written if t[:2] == "× " and frame.x1 < e.x0 and frame.y0 < e.y0 < frame.y1]
        inside = [name for name, box in drawn.boxes.items() if frame.fully_overlaps(box)]
        weights = sum("conv, " in drawn.text(name) or "dense, " in drawn.text(name) for name in inside)
        yield weights * (int(min(beside)[1].removeprefix("× ")) - 1)


def random_model(seed):
    """A few layers that read what came before them, at random, through sums, products and concatenations."""
    rng = random.Random(seed)
    tensors = [keras.Input((8, 8, 4)) for _ in range(rng.choice((1, 1, 1, 2)))]
    inputs, unread = list(tensors), set(range(len(tensors)))
    for _ in range(rng.randint(2, 12)):
        several = rng.random() < 0.4
        chosen = [rng.randrange(max(0, len(tensors) - rng.choice((2, 9))), len(tensors)) for _ in range(1 + 2 * several)]
        if several:
            x = rng.choice((layers.Add, layers.Multiply, layers.Maximum))()([tensors[n] for n in chosen])
            if rng.random() < 0.4:
                x = layers.Conv2D(4, 1)(layers.Concatenate()([tensors[n] for n in chosen]))
        else:
            kind = rng.choice((layers.ReLU, layers.BatchNormalization, Scale, layers.Identity))
            x = kind()(tensors[chosen[0]]) if rng.random() < 0.6 else layers.Conv2D(4, 3, padding="same")(tensors[chosen[0]])
        unread -= set(chosen)
        unread.add(len(tensors))
        tensors.append(x)
    unread -= set(range(len(inputs)))
    return keras.Model(inputs, [tensors[n] for n in sorted(unread)])


@pytest.mark.parametrize("tens", range(20))
def test_random_graphs_are_drawn_as_they_are_without_faults(tens):
    for seed in range(10 * tens, 10 * tens + 10):
        model = weightless(lambda seed=seed: random_model(seed))
        figures.diagram(model, collapse=False)
        drawn, (names, edges) = Drawn(), wiring(model)
        read = {name for edge in edges for name in edge}
        assert (set(drawn.boxes) & read, drawn.edges()) == (names & read, edges), seed
        assert drawn.faults() == [], seed
        plt.close("all")
