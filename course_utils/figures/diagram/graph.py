"""What a diagram makes of a graph: layers folded into their convolution, a chain of parts, parts that repeat."""

from dataclasses import dataclass

from .reader import Node

ANCHORS = ("conv", "1x1", "dense")  # what others are folded into
FOLDED = ("norm", "activation", "dropout", "padding")


def fold(nodes):
    """Normalisation, activations, padding and dropout as small print of the convolution that they belong to.

    What follows a convolution goes with it, padding goes with what comes next; where a network normalises before it
    convolves, as DenseNet does, normalisation and activation go with what comes next, too.
    """
    readers = {node: [] for node in nodes}
    for node in nodes:
        for source in node.inputs:
            readers[source].append(node)
    early = any(node.kind == "norm" and _before(node).kind not in ANCHORS for node in nodes)
    kept = dict.fromkeys(nodes)

    def back():
        for node in nodes:
            if node in kept and node.kind in FOLDED and node.kind != "padding":
                host = node.inputs[0]
                if host.kind in ANCHORS and len(readers[host]) == 1:
                    host.name, host.after = f"{host.name} + {node.name}", [*host.after, node.text]
                    host.shape = node.shape
                    readers[host] = readers[node]
                    for reader in readers[node]:
                        reader.inputs = [host if source is node else source for source in reader.inputs]
                    del kept[node]

    def forward():
        for node in reversed(nodes):
            if node in kept and node.kind in FOLDED and len(readers[node]) == 1:
                (host,) = readers[node]
                if host.kind in ANCHORS:
                    host.name, host.before = f"{node.name} + {host.name}", [node.text, *host.before]
                    host.inputs = node.inputs
                    readers[node.inputs[0]] = [host if r is node else r for r in readers[node.inputs[0]]]
                    del kept[node]

    for step in (forward, back) if early else (back, forward):
        step()
    return list(kept)


def flat(nodes):
    """A concatenation of concatenations as one of all their inputs: what each layer of a dense block reads."""
    for node in nodes:
        if node.kind == "concat":
            inner = [u.inputs if u.face == node.face else [u] for u in node.inputs]
            node.inputs = [source for sources in inner for source in sources]
    read = {id(source) for node in nodes for source in node.inputs}
    return [node for node in nodes if id(node) in read or node.kind == "output"]


def _before(node):
    """What comes before a chain of layers that can be folded."""
    while node.kind in FOLDED:
        node = node.inputs[0]
    return node


@dataclass
class Part:
    """Nodes between two that all data passes through: `entry`, drawn before, and the last of `nodes`."""

    entry: Node | None
    nodes: list


@dataclass
class Run:
    """Parts that follow each other `times` times, drawn once: the last time, read from where the first one began."""

    parts: list
    times: int = 1


def parts(nodes):
    """The graph as a chain of parts."""
    place = {node: number for number, node in enumerate(nodes)}
    furthest, chain, start, entry = -1, [], 0, None
    last_read = dict.fromkeys(nodes, 0)
    for node in nodes:
        for source in node.inputs:
            last_read[source] = max(last_read[source], place[node])
    sources = max((n for n, node in enumerate(nodes) if not node.inputs), default=0)
    sinks = min(n for n, node in enumerate(nodes) if node.kind == "output")
    for number, node in enumerate(nodes):
        if (furthest <= number and sources <= number <= sinks) or number == len(nodes) - 1:
            chain.append(Part(entry, nodes[start : number + 1]))
            start, entry = number + 1, node
        furthest = max(furthest, last_read[node])
    return chain


def collapse(chain):
    """Equal parts that follow each other as one run: equal in what is written on their boxes, in height and width.

    Where the run could begin elsewhere, it begins with its largest part: a block, not the ReLU before it.
    """
    faces, runs, at = [_signature(part) for part in chain], [], 0
    while at < len(chain):
        length, times = repeats(faces, at)
        later = range(1, length) if times > 1 else ()
        later = [k for k in later if faces[at : at + k] == faces[at + times * length : at + times * length + k]]
        first = max([0, *later], key=lambda k: (len(chain[at + k].nodes), -k))
        runs += [Run([part]) for part in chain[at : at + first]]
        at += first
        last = chain[at + (times - 1) * length : at + times * length]
        if times > 1:
            old, last[0].entry = last[0].entry, chain[at].entry
            for node in last[0].nodes:
                node.inputs = [last[0].entry if source is old else source for source in node.inputs]
        runs.append(Run(last, times))
        at += length * times
    return runs


def repeats(items, at):
    """(length, times) of what is repeated most from `at` on: the same `length` items, `times` times; (1, 1) if none."""
    best = (0, -1, 1)
    for length in range(1, (len(items) - at) // 2 + 1):
        times = 1
        while items[at : at + length] == items[at + times * length : at + (times + 1) * length]:
            times += 1
        best = max(best, ((times - 1) * length, -length, times))
    return -best[1], best[2]


def _signature(part):
    place = {node: number for number, node in enumerate(part.nodes)} | {part.entry: -1}
    return [(node.face, node.shape[:-1], [place[source] for source in node.inputs]) for node in part.nodes]
