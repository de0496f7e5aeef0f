"""A whole network in one look: its stages as volumes to scale, and below each the blocks that made it."""

import matplotlib.pyplot as plt

from .diagram import graph, read, shape_text
from .volumes import SLANT, draw

HIGH, LONG = 92, 96  # points: the highest map, the longest volume
LEFT_OUT = ("input", "output", "norm", "activation", "padding", "dropout")


def network(model, title=None):
    """Draw a network's stages from left to right: maps of one height and width are a stage, a vector is one, too.

    Each volume is the map of its stage with the most channels. Heights and widths have one scale, channels another,
    the same for all volumes; a vector stands upright, to the scale of the channels. Below stand the layers in their
    order and the blocks with their number: kernel and channels on the longest branch or, where branches are
    concatenated, a line a branch, behind ‖; dw is depthwise. Widths that differ from block to block are left out, as
    are normalisation, activations, padding, dropout and flattening. Of several outputs, the first is followed.

    Args:
        model: a functional or Sequential Keras model, or a function that returns one, as in `diagram`.
        title: the finding.

    Raises:
        TypeError: no functional or Sequential model.
        ValueError: the size of an image is left open, or images have not one to three axes.
    """
    nodes = graph.fold(read(model))
    kept = {node for node in nodes if node.name == "output 1"}
    for node in reversed(nodes):
        kept.update(node.inputs if node in kept else ())
    stages = _stages(graph.parts([node for node in nodes if node in kept]))
    columns = [(shape, _written(parts)) for shape, parts in stages]
    channels = LONG / max(shape[-1] for shape, _ in columns if len(shape) > 1)
    vectors = [shape[-1] for shape, _ in columns if len(shape) == 1]
    channels = min(channels, HIGH * (1 + SLANT) / max(vectors, default=1))
    pixels = HIGH / max(size for shape, _ in columns for size in shape[:2] if len(shape) > 1)
    draw(columns, pixels, channels, title=title)
    plt.show()


def _stages(chain):
    """[(shape that is drawn, parts)]: parts whose maps have one height and width; vectors by their length."""
    stages = []
    for part in chain:
        shape = part.nodes[-1].shape
        if None in shape or not 1 <= len(shape) <= 4:
            raise ValueError(f"{part.nodes[-1].name} gives {shape_text(shape)}: no volume of known size to draw")
        if part.nodes[-1].kind == "padding" or part.nodes[-1].text == "flatten":
            continue
        size = shape[:-1] or shape
        if len(stages) > 1 and size == (stages[-1][0][:-1] or stages[-1][0]):
            stages[-1][0] = max(stages[-1][0], shape, key=lambda s: s[-1])
            stages[-1][1].append(part)
        else:
            stages.append([shape, [part]])
    return stages


def _written(parts):
    """[(text, whether it is bold)] of a stage: its layers, and its blocks with their number."""
    units, before = [], None
    for part in parts:
        name, lines = _unit(part)
        if name == "module" and before in ("conv", "1x1"):  # fire's squeeze layer
            lines = units.pop()[1] + lines
        units += [(name, lines)] * bool(lines)
        before = part.nodes[-1].kind
    rough = [(name, [line for line, _ in lines]) if name else lines for name, lines in units]
    written, at = [], 0
    while at < len(units):
        length, times = graph.repeats(rough, at)
        copies = [units[at + n * length : at + (n + 1) * length] for n in range(times)]
        equal = all(copy == copies[0] for copy in copies)
        lines = [fine if equal else line for _, lines in copies[0] for line, fine in lines]
        name = next((name for name, _ in copies[0] if name), "")
        if len(lines) == 1 < times and not name:
            lines = [f"[{lines[0]}] × {times}"]
        elif not name and any(bold for _, bold in written):
            lines[0] = f"then {lines[0]}"
        elif times > 1 or name:
            written.append((f"{times} × {name}".rstrip(), True))
        written += [(line, False) for line in lines]
        at += length * times
    return written


def _unit(part):
    """(what a block is called, [(line without widths, line with them)]) of a part of the graph."""
    last = part.nodes[-1]
    if last.kind in ("input", "output") or len(part.nodes) == 1:
        said = last.kind not in LEFT_OUT and not last.text.endswith(("flatten", "Normalization"))
        return "", [_layer(last)] * said
    if last.kind == "concat" and part.entry not in last.inputs:
        ways = [_way(source, part) for source in last.inputs]
        joined = [[" → ".join(texts) for texts in zip(*way, strict=True)] for way in ways if way]
        return "module", [(f"‖ {rough}", f"‖ {fine}") for rough, fine in joined]
    return {"concat": "dense layer", "add": "residual"}.get(last.kind, "block"), _way(last, part)


def _way(node, part):
    """The layers on the longest way from the part's entry to a node."""
    depth = {part.entry: 0}
    for n in part.nodes:
        depth[n] = n.length + max((depth.get(source, 0) for source in n.inputs), default=0)
    way = []
    while node is not part.entry and node in depth:
        way.append(node)
        node = max(node.inputs, key=lambda source: depth.get(source, 0), default=None)
    return [_layer(n) for n in reversed(way) if n.kind in ("conv", "1x1", "dense", "pool", "model")]


def _layer(node):
    """A layer's text in short, without and with its channels."""
    if node.kind == "pool":
        text = node.text if node.text.startswith("global") else node.text.split(" ", 1)[1]
        return (text.replace("global average pool", "average"),) * 2
    groups = [said for said in node.after if said.endswith(" groups")]
    text = ", ".join([node.text.replace("depthwise", "dw").replace(" conv", ""), *groups])
    return text.split(",")[0], text
