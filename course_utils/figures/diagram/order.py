"""Where boxes stand: in which row, in which order, how far to the left or right. All computed, nothing by hand."""

import itertools
from dataclasses import dataclass

import numpy as np

CIRCLES = ("add", "multiply")  # they take data from the sides as well
GAP, LANE_GAP = 16, 11  # points between two boxes of a row; between a box and a line that passes it


@dataclass(eq=False)
class Lane:
    """The place of a line in a row that it passes, or from which it enters a circle from the side."""

    source: object
    row: int


class Grid:
    """A part of the graph in rows: rows[0] is its entry.

    Attributes: rows, of nodes and lanes in their order; routes {(node, number of its input): the items from the source
    to the node, or to the lane beside it that enters from the side}; x {item: its middle}, in points.
    """

    def __init__(self, part, sizes):
        self.part, self.sizes = part, sizes
        self.readers = {node: [v for v in part.nodes for u in v.inputs if u is node] for node in self.everything()}
        self.depth, self.tail, self.row = {}, {}, {}
        self._set_rows()
        self._add_lanes()
        self._sort()
        self._enter_from_the_side()
        self._set_columns()

    def everything(self):
        return [self.part.entry, *self.part.nodes] if self.part.entry else self.part.nodes

    def _set_rows(self):
        """A row below what a node reads; where there is room, halfway down to those that read it.

        Depth and tail are lengths of the longest way to a node and on from it, in what is written on the boxes.
        """
        for node in self.everything():
            reads = node.inputs if node is not self.part.entry else []
            self.row[node] = 1 + max((self.row[u] for u in reads), default=-1)
            self.depth[node] = node.length + max((self.depth[u] for u in reads), default=0)
        for node in reversed(self.everything()):
            readers = self.readers[node]
            self.tail[node] = node.length + max((self.tail[v] for v in readers), default=0)
            if readers and node.inputs and node is not self.part.entry:
                room = min(self.row[v] for v in readers) - 1 - self.row[node]
                follows = len(readers) == 1 == len(readers[0].inputs)  # a branch stays together
                self.row[node] += room if follows else (room + 1) // 2
        self.rows = [[] for _ in range(1 + max(self.row.values()))]
        for node in self.everything():
            self.rows[self.row[node]].append(node)

    def _add_lanes(self):
        lanes, self.routes, self.beside = {}, {}, {}

        def lane(source, row):
            if (source, row) not in lanes:
                lanes[source, row] = Lane(source, row)
                self.rows[row].append(lanes[source, row])
            return lanes[source, row]

        for node in self.part.nodes:
            straight = _only_highest(node.inputs, self.depth)
            for number, source in enumerate(node.inputs):
                between = [lane(source, row) for row in range(self.row[source] + 1, self.row[node])]
                self.routes[node, number] = [source, *between, node]
                if len(node.inputs) > 1 and (between if node.kind == "concat" else node.kind in CIRCLES):
                    if source is straight and not between:
                        straight = None
                    else:
                        self.beside[node, number] = lane(source, self.row[node])

        place = {node: number for number, node in enumerate(self.everything())}
        for row in self.rows:  # a line before or after a box has the box's place; others pass on the right
            row.sort(key=lambda item: place[item] if item in place else min(self._ends(item, place)))

    def _ends(self, lane, place):
        yield len(place) + place[lane.source]
        readers = self.readers[lane.source]
        if len(readers) == 1:
            yield place[readers[0] if len(readers[0].inputs) == 1 else lane.source]
        yield from (place[v] for v in readers if len(v.inputs) == 1 and self.row[v] > lane.row)

    def links(self):
        """Pairs of items one below the other with a line between them."""
        ends = {key: [*route[:-1], self.beside.get(key, route[-1])] for key, route in self.routes.items()}
        return list(dict.fromkeys(pair for route in ends.values() for pair in itertools.pairwise(route)))

    def _sort(self):
        """Move an item in its row, or a line to one side of all rows, as long as fewer lines cross."""
        links = self.links()
        sources = dict.fromkeys(item.source for row in self.rows for item in row if isinstance(item, Lane))
        cost, before = self._crossings(self.rows, links), None

        def attempt(rows):
            nonlocal cost
            if (now := self._crossings(rows, links)) < cost:
                self.rows, cost = rows, now

        while cost and cost != before:
            before = cost
            for source in sources:
                for side in (1, -1):
                    attempt([sorted(r, key=lambda i: side * (getattr(i, "source", None) is source)) for r in self.rows])
            for number in range(len(self.rows)):
                for old, new in itertools.permutations(range(len(self.rows[number])), 2):
                    row = list(self.rows[number])
                    row.insert(new, row.pop(old))
                    attempt([*self.rows[:number], row, *self.rows[number + 1 :]])

    def _crossings(self, rows, links):
        at = {item: (number, place) for number, row in enumerate(rows) for place, item in enumerate(row)}
        pairs = np.array([(at[a][0], at[a][1], at[b][1]) for a, b in links]).reshape(-1, 3)
        row, up, down = (pairs[:, None, k] - pairs[None, :, k] for k in range(3))
        crossed = ((row == 0) & (up * down < 0)).sum() / 2
        return crossed + sum(abs(at[node][1] - at[lane][1]) - 1 for (node, _), lane in self.beside.items())

    def _enter_from_the_side(self):
        """One line from the left and one from the right, if nothing is in between; others come from above."""
        self.side = {}
        for (node, number), lane in self.beside.items():
            row = self.rows[self.row[node]]
            way = row.index(lane) - row.index(node)
            if abs(way) == 1 and (node, way) not in self.side.values():
                self.side[node, number] = (node, way)
                self.routes[node, number][-1] = lane
        used = {item for route in self.routes.values() for item in route}
        self.rows = [[item for item in row if item in used or not isinstance(item, Lane)] for row in self.rows]
        self.beside = {}

    def _set_columns(self):
        """Lines straight where they can be, boxes near the middle of their neighbours, none too close to the next."""
        links = self.links()
        last = self.part.nodes[-1]
        alone = sum(not isinstance(item, Lane) for item in self.rows[self.row[last]]) == 1
        ends = [node for node in (self.part.entry, last if alone or last.kind != "output" else None) if node]
        for aligned in (self._aligned(links), []):  # a line from one side of the spine to the other is not straight
            unit = {}
            for upper, lower in aligned:
                unit[lower] = unit.get(upper, upper)
            order = dict.fromkeys(unit.get(item, item) for row in self.rows for item in row)
            number = {item: place for place, item in enumerate(order)}
            index = {item: number[unit.get(item, item)] for row in self.rows for item in row}
            x, apart = self._solve(links, index, len(number), {index[node] for node in ends})
            if all(x[right] - x[left] > distance - 0.1 for (left, right), distance in apart.items()):
                break
        self.x = {item: x[place] for item, place in index.items()}

    def _solve(self, links, index, size, fixed):
        """Positions of the units, and {(left, right): how far they have to be apart}."""
        pull = np.diag([1e6 if place in fixed else 1e-4 for place in range(size)])
        for upper, lower in links:
            a, b = index[upper], index[lower]
            weight = (a != b) * (0.3 if Lane in (type(upper), type(lower)) else 1)
            pull[[a, b], [a, b]] += weight
            pull[[a, b], [b, a]] -= weight
        apart = {}
        for row in self.rows:
            for left, right in itertools.pairwise(row):
                key, gap = (index[left], index[right]), LANE_GAP if Lane in (type(left), type(right)) else GAP
                apart[key] = max(apart.get(key, 0), self.reach(left)[1] + self.reach(right)[0] + gap)
        return _settle(pull, apart, fixed), apart

    def reach(self, item):
        """How far an item goes to the left and to the right of its middle."""
        if isinstance(item, Lane):
            return 0, 0
        size = self.sizes[item]
        return size.width / 2, max(size.width / 2, size.tag)

    def _aligned(self, links):
        """Links that will be straight: lanes, and the longest branch where there is one; from top to bottom."""
        at = {item: place for row in self.rows for place, item in enumerate(row)}

        def worth(upper, lower):
            if isinstance(upper, Lane) and isinstance(lower, Lane):
                return 3
            if isinstance(upper, Lane):
                return len(lower.inputs) == 1
            if isinstance(lower, Lane):
                return len(self.readers[upper]) == 1
            down, up = _only_highest(self.readers[upper], self.tail), _only_highest(lower.inputs, self.depth)
            return 2 * (down is lower and up is upper)

        taken = []
        for upper, lower in sorted(links, key=lambda link: -worth(*link)):
            row = next(n for n, items in enumerate(self.rows) if upper in items)
            clear = all((at[upper] - a) * (at[lower] - b) > 0 for n, a, b, *_ in taken if n == row)
            if worth(upper, lower) and clear:
                taken.append((row, at[upper], at[lower], upper, lower))
        return [link[3:] for link in sorted(taken, key=lambda link: link[:3])]


def _only_highest(nodes, height):
    """The one that is higher than all others; None where there is none."""
    nodes = sorted(dict.fromkeys(nodes), key=height.get)
    return nodes[-1] if len(nodes) == 1 or (len(nodes) > 1 and height[nodes[-1]] > height[nodes[-2]]) else None


def _settle(pull, apart, fixed):
    """Minimise ½ xᵀ·pull·x where x[right] − x[left] ≥ the distance of each pair in `apart`; `fixed` ones at 0.

    Hildreth's method: one multiplier a pair, improved in turn; what it leaves open is pushed apart in the end.
    """
    x = np.zeros(len(pull))
    if apart:
        sides = np.zeros((len(apart), len(pull)))
        for line, (left, right) in enumerate(apart):
            sides[line, [left, right]] = -1, 1
        need, move = np.array(list(apart.values())), np.linalg.solve(pull, sides.T)
        effect, force = sides @ move, np.zeros(len(apart))
        for _ in range(200):
            for line in range(len(apart)):
                force[line] = max(0, force[line] + (need[line] - effect[line] @ force) / effect[line, line])
        x = move @ force
    x[list(fixed)] = 0
    x = np.round(x, 2)
    for _ in range(len(pull) + 1):
        for (left, right), distance in apart.items():
            if x[right] - x[left] < distance - 1e-6:
                if left in fixed or (x[right] > 0 and right not in fixed):
                    x[right] = x[left] + distance
                else:
                    x[left] = x[right] - distance
    return x
