"""Diagrams are read back from what was drawn, and compared with the model's own graph."""

import functools
import itertools
import random
import re

import keras
import matplotlib
import matplotlib.pyplot as plt
import numpy as np
import pytest
from drawing import smallest_text, texts
from keras import layers
from matplotlib.patches import FancyArrowPatch, Polygon
from matplotlib.path import Path
from matplotlib.transforms import Bbox
from published import PUBLISHED

from course_utils import blocks, figures
from course_utils.cost.weightless import weightless
from course_utils.figures.diagram import FACES

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


def squeeze_and_excitation(x):
    y = layers.Conv2D(x.shape[-1], 3, padding="same")(x)
    weights = layers.Dense(4, activation="relu")(layers.GlobalAveragePooling2D(keepdims=True)(y))
    weights = layers.Dense(x.shape[-1], activation="sigmoid")(weights)
    return layers.Add()([x, layers.Multiply()([y, weights])])


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
    "separable": ((56, 56, 64), lambda x: blocks.separable(x, 128)),
    "squeeze-and-excitation": ((56, 56, 64), squeeze_and_excitation),
    "ConvNeXt": ((56, 56, 96), blocks.convnext_block),
    "ResNeXt": ((56, 56, 256), lambda x: blocks.bottleneck(x, 128, groups=32, expansion=2)),
    "inverted residual": ((56, 56, 24), lambda x: blocks.inverted_residual(x, 24)),
    "SE-ResNet": ((56, 56, 256), lambda x: blocks.bottleneck(x, 64, gate=blocks.squeeze_excite)),
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
    """What stands in the current figure, in pixels: boxes {name: extent}, lines [path], ends [(from, to) points].
    Of two models, what has a name of the first in the second ends in ′."""

    def __init__(self, models=1):
        axis = plt.gca()
        self.boxes, self.arrows, self.frames = {}, [], []
        for artist in axis.get_children():
            kind, _, name = (artist.get_gid() or "").partition(":")
            if kind == "box":
                name += "′" * (models == 2 and name in self.boxes)
                assert name not in self.boxes
                self.boxes[name] = artist.get_path().get_extents(artist.get_transform())
            elif kind == "frame":
                self.frames.append(artist.get_path().get_extents(artist.get_transform()))
            elif isinstance(artist, FancyArrowPatch):
                path = artist.get_transform().transform_path(artist.get_path())
                end = np.flatnonzero(path.codes == Path.MOVETO)[1]  # where the head begins: aside, tip, aside
                line = Path(path.vertices[:end], path.codes[:end])
                self.arrows.append((line, line.vertices[0], path.vertices[end + 1]))
        renderer = plt.gcf().canvas.get_renderer()
        self.written = [(t.get_text(), t.get_window_extent(renderer).extents) for t in axis.texts if t.get_text()]

    def edges(self):
        """[(name of the box where an arrow begins, name of that where it ends)], found by their places alone."""
        return sorted((self._at(start), self._at(tip)) for _, start, tip in self.arrows)

    def _at(self, point):
        (name,) = [name for name, box in self.boxes.items() if box.padded(2).contains(*point)]
        return name

    def text(self, name):
        """What is written in a box, from top to bottom."""
        x, y = (self.boxes[name].extents[axis::2] for axis in (0, 1))
        inside = [(-e[1], t) for t, e in self.written if x[0] < e[::2].mean() < x[1] and y[0] < e[1::2].mean() < y[1]]
        return " | ".join(text for _, text in sorted(inside))

    def faults(self):
        """What a reader would trip over, in words."""
        names, texts_ = list(self.boxes), [text for text, _ in self.written]
        boxes, writing = (
            np.array(list(e)).reshape(-1, 4)
            for e in ([b.extents for b in self.boxes.values()], [e for _, e in self.written])
        )
        found = [f"{names[i]} and {names[j]} overlap" for i, j in np.argwhere(np.triu(overlap(boxes, boxes, 0.5), 1))]
        found += [
            f"{texts_[i]} and {texts_[j]} overlap" for i, j in np.argwhere(np.triu(overlap(writing, writing, 1), 1))
        ]
        for i, j in np.argwhere(overlap(writing, boxes, 1)):
            if (writing[i, :2] < boxes[j, :2]).any() or (writing[i, 2:] > boxes[j, 2:]).any():
                found.append(f"{texts_[i]} is not wholly inside of {names[j]}")
        for path, start, _ in self.arrows:
            near = overlap(np.array([path.get_extents().extents]), boxes, -1)[0]
            for j in np.flatnonzero(near):
                if path.intersects_bbox(Bbox(boxes[j].reshape(2, 2)).padded(-1.5), filled=False):
                    found.append(f"the arrow from {self._at(start)} passes through {names[j]}")
        everything, whole = np.concatenate([boxes, writing]), plt.gcf().bbox.extents
        outside = (everything[:, :2] < whole[:2]).any(1) | (everything[:, 2:] > whole[2:]).any(1)
        return found + [f"{[*names, *texts_][i]} leaves the figure" for i in np.flatnonzero(outside)]


def overlap(some, others, margin):
    """Which extents (n, 4) lie on which others (m, 4), by more than a margin on both axes: booleans (n, m)."""
    lower, upper = (
        np.maximum(some[:, None, :2], others[None, :, :2]),
        np.minimum(some[:, None, 2:], others[None, :, 2:]),
    )
    return (upper - lower > margin).all(-1)


def wiring(model):
    """(names, edges) of a model whose layers are used once, as Keras itself has them."""
    maker = {id(t): op.name for op in model.operations for t in keras.tree.flatten(op.output)}
    edges = []
    for op in model.operations:
        if not isinstance(op, layers.InputLayer):
            edges += [(maker[id(tensor)], op.name) for tensor in keras.tree.flatten(op.input)]
    ends = [(maker[id(tensor)], f"output {number}") for number, tensor in enumerate(model.outputs, start=1)]
    return {op.name for op in model.operations} | {name for _, name in ends}, sorted(edges + ends)


# --- boxes and arrows -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", BLOCKS)
def test_boxes_and_arrows_are_those_of_the_model(name):
    figures.diagram(block(name), collapse=False)
    drawn, (names, edges) = Drawn(), wiring(block(name))
    assert (set(drawn.boxes), drawn.edges()) == (names, edges)
    assert drawn.faults() == []


def test_models_of_a_list_stand_side_by_side_each_as_it_is():
    figures.diagram([block("residual"), block("dense block")], collapse=False, title="finding")
    drawn, (names, edges), (others, more) = Drawn(models=2), wiring(block("residual")), wiring(block("dense block"))
    new = {name: name + "′" * (name in names) for name in others}
    assert set(drawn.boxes) == names | set(new.values())
    assert drawn.edges() == sorted([*edges, *((new[start], new[end]) for start, end in more)])
    assert max(drawn.boxes[name].x1 for name in names) < min(drawn.boxes[name].x0 for name in new.values())
    assert drawn.faults() == []


@pytest.mark.parametrize("name", BLOCKS)
def test_folded_blocks_are_drawn_without_faults(name):
    figures.diagram(block(name), fold=True, title="finding")
    assert Drawn().faults() == []
    assert smallest_text() >= 9


@pytest.mark.parametrize("name", NETWORKS)
def test_whole_networks_are_drawn_without_faults(name):
    model = published(name)
    figures.diagram(model, fold=True)
    drawn = Drawn()
    assert drawn.faults() == []
    kinds = (layers.Conv2D, layers.DepthwiseConv2D, layers.Dense)
    convolutions = [op.name for op in model.operations if isinstance(op, kinds)]
    shown = {part for box in drawn.boxes for part in box.split(" + ")}
    assert len(shown & set(convolutions)) + sum(hidden(drawn)) == len(convolutions)


def hidden(drawn):
    """How many layers with weights each frame stands for, besides those that are drawn in it."""
    for frame in drawn.frames:
        counts = [
            (e[0], t) for t, e in drawn.written if t[:2] == "× " and frame.x1 < e[0] and frame.y0 < e[1] < frame.y1
        ]
        inside = [drawn.text(name) for name, box in drawn.boxes.items() if frame.contains(*box.p0)]
        yield sum("conv, " in text or "dense, " in text for text in inside) * (int(min(counts)[1][2:]) - 1)


def random_model(seed):
    """A few layers that read what came before them, at random, through sums, products and concatenations."""
    rng = random.Random(seed)
    tensors = [keras.Input((8, 8, 4)) for _ in range(rng.choice((1, 1, 1, 2)))]
    inputs, unread = list(tensors), set(range(len(tensors)))
    for _ in range(rng.randint(2, 12)):
        several = rng.random() < 0.4
        chosen = [
            rng.randrange(max(0, len(tensors) - rng.choice((2, 9))), len(tensors)) for _ in range(1 + 2 * several)
        ]
        if several:
            x = rng.choice((layers.Add, layers.Multiply, layers.Maximum))()([tensors[n] for n in chosen])
            if rng.random() < 0.4:
                x = layers.Conv2D(4, 1)(layers.Concatenate()([tensors[n] for n in chosen]))
        else:
            kind = rng.choice((layers.ReLU, layers.BatchNormalization, Scale, layers.Identity))
            x = (
                kind()(tensors[chosen[0]])
                if rng.random() < 0.6
                else layers.Conv2D(4, 3, padding="same")(tensors[chosen[0]])
            )
        unread -= set(chosen)
        unread.add(len(tensors))
        tensors.append(x)
    unread -= set(range(len(inputs)))  # Keras takes no input for an output
    return keras.Model(inputs, [tensors[n] for n in sorted(unread)])


@pytest.mark.parametrize("tens", range(20))
def test_random_graphs_are_drawn_as_they_are_without_faults(tens):
    seeds = range(10 * tens, 10 * tens + 10)
    for seed, model in zip(seeds, weightless(lambda: list(map(random_model, seeds))), strict=True):
        figures.diagram(model, collapse=False)
        drawn, (names, edges) = Drawn(), wiring(model)
        assert (set(drawn.boxes), drawn.edges()) == (names, edges), seed
        assert drawn.faults() == [], seed
        plt.close("all")


def test_a_line_through_a_box_would_be_seen():
    figures.diagram(block("residual"))
    start, end = (drawn := Drawn()).boxes["x"].p0, drawn.boxes["output 1"].p1
    line = Path(plt.gca().transData.inverted().transform([start, end]))
    plt.gca().add_artist(FancyArrowPatch(path=line, arrowstyle="-|>"))
    faults = Drawn().faults()
    assert any("passes through" in fault for fault in faults)


# --- what stands on them ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", BLOCKS)
def test_convolutions_say_kernel_channels_and_stride(name):
    figures.diagram(block(name), collapse=False)
    drawn = Drawn()
    for layer in block(name).layers:
        if isinstance(layer, layers.Conv2D):
            stride = f" | stride {layer.strides[0]}" if layer.strides[0] > 1 else ""
            groups = f" | {layer.groups} groups" if layer.groups > 1 else ""
            name = {"relu": "ReLU", "gelu": "GELU"}.get(said := layer.get_config()["activation"], said)
            activation = f" | {name}" if name != "linear" else ""
            size = "×".join(map(str, layer.kernel_size))
            text = drawn.text(layer.name).replace(" · ", " | ")
            assert text == f"{size} conv, {layer.filters}{stride}{groups}{activation}"
        elif isinstance(layer, layers.DepthwiseConv2D):
            assert drawn.text(layer.name).startswith("×".join(map(str, layer.kernel_size)) + " depthwise conv, ")


def test_shapes_stand_where_they_change():
    figures.diagram(block("bottleneck B"), fold=True)
    shapes = [text for text in texts(plt.gcf()) if text.count("×") == 2]
    assert sorted(shapes) == [
        "28×28×128",
        "28×28×512",
        "28×28×512",
        "28×28×512",
        "56×56×256",
    ]  # two of them input, output


def test_normalisation_and_activation_are_folded_into_their_convolution():
    figures.diagram(block("residual B"), fold=True)
    drawn = Drawn()
    boxes = [drawn.text(name) for name in drawn.boxes]
    assert "pad 1 | 3×3 conv, 128 | stride 2 · BN · ReLU" in boxes
    assert {"+", "ReLU"} < set(boxes) and len(boxes) == 7


def test_what_normalises_first_is_folded_into_the_next_convolution():
    figures.diagram(block("pre-activation"), fold=True)
    drawn = Drawn()
    assert sorted(map(drawn.text, drawn.boxes))[:3] == ["+", "56×56×64", "56×56×64"]
    assert [drawn.text(name) for name in drawn.boxes].count("BN · ReLU | 3×3 conv, 64") == 2


def test_equal_blocks_are_drawn_once_with_their_number():
    figures.diagram(block("dense block"), fold=True)
    drawn = Drawn()
    assert "× 4" in texts(plt.gcf()) and len(drawn.frames) == 1
    assert [drawn.text(name) for name in drawn.boxes].count("concat") == 1
    assert drawn.edges()[-1][1].startswith("output") or len(drawn.edges()) == 5


def test_a_dense_block_has_a_line_from_every_layer_to_every_later_one():
    figures.diagram(block("dense block"), fold=True, flat=True)
    drawn = Drawn()
    last = max(target for _, target in drawn.edges() if "concat" in target)
    assert [target for _, target in drawn.edges()].count(last) == 5  # the input and four layers
    assert drawn.faults() == []


def test_unknown_layers_have_the_name_of_their_class_even_one_that_keras_uses():
    class Dense(layers.Layer):
        def call(self, x):
            return x

    figures.diagram(built((4, 4, 2), lambda x: Dense(name="mine")(Scale(name="scale")(x))))
    drawn = Drawn()
    assert (drawn.text("mine"), drawn.text("scale")) == ("Dense", "Scale")


def test_a_model_in_the_model_is_a_box():
    inner = built((4, 4, 2), lambda x: layers.ReLU(name="relu")(layers.Conv2D(2, 1, name="conv")(x)))
    inner.name = "inner"
    model = built((4, 4, 2), lambda x: inner(inner(x)))
    figures.diagram(model, collapse=False)
    drawn = Drawn()
    assert drawn.edges() == [("inner", "inner (use 2)"), ("inner (use 2)", "output 1"), ("x", "inner")]


def test_a_sequential_model_and_a_function_that_returns_one():
    figures.diagram(lambda: keras.Sequential([keras.Input((4,)), layers.Dense(3, name="dense")]))
    assert Drawn().text("dense") == "dense, 3"


def test_kinds_differ_in_grey_and_text_is_large_enough():
    figures.diagram(block("squeeze-and-excitation"), title="finding")
    figures.network(published("NIN, CIFAR-10"), title="finding")
    assert smallest_text() >= 9
    greys = [
        np.dot(matplotlib.colors.to_rgb(FACES[kind][0]), (0.299, 0.587, 0.114)) for kind in ("1x1", "conv", "concat")
    ]
    assert min(abs(a - b) for a, b in itertools.combinations(greys, 2)) > 0.04


@pytest.mark.parametrize("draw, name", [(figures.diagram, "box:concatenate"), (figures.network, "stage:55×55×128")])
def test_svg_keeps_the_names(draw, name, tmp_path):
    draw(block("fire"))
    plt.savefig(tmp_path / "fire.svg")
    assert f'id="{name}' in (tmp_path / "fire.svg").read_text(encoding="utf-8")


@pytest.mark.parametrize("draw", [figures.diagram, figures.network])
def test_what_has_no_graph_is_explained(draw):
    class Own(keras.Model):
        def call(self, x):
            return x

    with pytest.raises(TypeError, match="subclassed model"):
        draw(Own())
    with pytest.raises(TypeError, match="not of int"):
        draw(3)
    with pytest.raises(ValueError, match=r"keras.Input\(shape\) first"):
        draw(keras.Sequential([layers.Dense(3)]))


def test_no_size_is_explained():
    with pytest.raises(ValueError, match=r"\?×\?×3"):
        figures.network(lambda: built((None, None, 3), lambda x: layers.Conv2D(3, 1)(x)))


# --- the whole network ------------------------------------------------------------------------------------------------


def volumes():
    """[(left, right) of each stage], from left to right, in points."""
    faces = [patch for patch in plt.gca().get_children() if isinstance(patch, Polygon)]
    corners = [np.concatenate([face.get_xy() for face in faces[at : at + 3]]) for at in range(0, len(faces), 3)]
    return [(points[:, 0].min(), points[:, 0].max()) for points in corners]


def fronts():
    """{shape as it is written: (width, height) of the front face in points}, from left to right."""
    found = {}
    for patch in plt.gca().get_children():
        if isinstance(patch, Polygon):
            found.setdefault(patch.get_gid().removeprefix("stage:"), np.ptp(patch.get_xy(), axis=0))
    return found


@pytest.mark.parametrize("name", NETWORKS)
def test_stages_are_volumes_to_scale_on_one_page(name):
    figures.network(published(name), title=name)
    sizes = {tuple(map(int, shape.split("×"))): size for shape, size in fronts().items()}
    maps = {shape: size for shape, size in sizes.items() if len(shape) == 3}
    (first, *_), per_channel = maps, {round(size[0] / shape[2], 4) for shape, size in maps.items()}
    assert len(per_channel) == 1
    assert all(np.isclose(size[1] / maps[first][1], shape[0] / first[0]) for shape, size in maps.items())
    assert all(
        np.isclose(size[1], shape[0] * per_channel.copy().pop(), rtol=0.01)
        for shape, size in sizes.items()
        if len(shape) == 1
    )
    shapes = {tuple(op.output.shape[1:]) for op in published(name).operations}
    assert set(sizes) <= shapes
    assert Drawn().faults() == []
    assert all(right < left for (_, right), (left, _) in itertools.pairwise(volumes()))
    assert plt.gcf().get_size_inches()[0] <= 10.5  # 9 points are 6 or more on a page of 7 inches


@pytest.mark.parametrize(
    "name, kind, says",
    [
        ("ResNet-50", layers.Add, "residual"),
        ("DenseNet-121", layers.Concatenate, "dense layer"),
        ("GoogLeNet", layers.Concatenate, "module"),
        ("SqueezeNet 1.0", layers.Concatenate, "module"),
        ("MobileNetV2", layers.Add, "residual"),
        ("ConvNeXt-T", layers.Add, "residual"),
        ("SE-ResNet-50", layers.Add, "residual"),
    ],
)
def test_blocks_are_counted(name, kind, says):
    figures.network(published(name))
    counted = [int(text.split()[0]) for text in texts(plt.gcf()) if text.endswith(f" × {says}")]
    assert sum(counted) == sum(isinstance(op, kind) for op in published(name).operations)


@pytest.mark.parametrize("name", [name for name in NETWORKS if name.startswith(("AlexNet", "NIN", "VGG"))])
def test_layers_are_counted(name):
    figures.network(published(name))
    lines = [text for text in texts(plt.gcf()) if re.match(r"\[?(\d+×\d+|dense), ", text)]
    counted = sum(int(line.rpartition("] × ")[2]) if "] × " in line else 1 for line in lines)
    assert counted == sum(isinstance(op, (layers.Conv2D, layers.Dense)) for op in published(name).operations)


def test_layers_of_vgg_are_named():
    figures.network(published("VGG-16"))
    assert {"[3×3, 64] × 2", "[3×3, 512] × 3", "[dense, 4096] × 2", "224×224×64"} <= set(texts(plt.gcf()))
