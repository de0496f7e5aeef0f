"""How lines run: straight down, sideways only between two rows, each on a height of its own."""

import itertools

import numpy as np

from .order import CIRCLES, Grid, Lane

STUB, TRACK, HEAD, CLEAR = 8, 7, 15, 20  # points: below a box, between two lines, above a box, without any bend


class Placed:
    """A part of the graph with places: y goes down from 0, the lower side of the entry's box.

    Attributes: middles {node: (x, y)}; lines {(node, number of its input): [(x, y), …]}; left, right, bottom: its
    bounds; the bottom is the lower side of the lowest box.
    """

    def __init__(self, part, sizes, above):
        self.above = above
        grid = Grid(part, sizes)
        self.middles, self.lines, bends = {}, {}, []
        y = above if part.entry else 0
        levels = []
        for number, row in enumerate(grid.rows):
            if number or not part.entry:
                tall = max((sizes[item].height for item in row if not isinstance(item, Lane)), default=0)
                tags = max((sizes[i].height / 2 + sizes[i].below for i in row if not isinstance(i, Lane)), default=0)
                levels.append(y + tall / 2)
                self.middles |= {i: (grid.x[i], levels[-1]) for i in row if not isinstance(i, Lane)}
                y = levels[-1] + max(tags, tall / 2)
            else:
                levels.append(None)
            if number + 1 < len(grid.rows):
                heights, deep = _channel(grid, number)
                bends.append({key: y + height for key, height in heights.items()})
                y += deep
        for (node, number), route in grid.routes.items():
            self.lines[node, number] = self._line(grid, node, number, route, bends, levels, sizes)
        reach = [(grid.x[i] - grid.reach(i)[0], grid.x[i] + grid.reach(i)[1]) for row in grid.rows for i in row]
        self.left, self.right = min(a for a, _ in reach), max(b for _, b in reach)
        self.bottom = max(y + sizes[node].height / 2 for node, (_, y) in self.middles.items())

    def _line(self, grid, node, number, route, bends, levels, sizes):
        source, first = route[0], grid.row[route[0]]
        x = grid.x[source]
        points = [(x, self.middles[source][1] + sizes[source].height / 2 if source in self.middles else 0.0)]
        for row, (upper, lower) in enumerate(itertools.pairwise(route), start=first):
            to = _port(grid, node, number, row) if lower is node else grid.x[lower]
            if to != x:
                points += [(x, bends[row][upper]), (to, bends[row][upper])]
            x = to
        middle, level = self.middles[node]
        if route[-1] is node:
            drop = _circle_drop(sizes[node], x - middle) if node.kind in CIRCLES else 0
            return [*points, (x, level - sizes[node].height / 2 + drop)]
        edge = middle + grid.side[node, number][1] * sizes[node].width / 2
        return [*points, (x, level), (edge, level)]


def _circle_drop(size, aside):
    """How far the outline of a circle, or of a pill with round ends, lies below its top."""
    radius = size.height / 2
    beyond = max(0, abs(aside) - (size.width / 2 - radius))
    return radius - np.sqrt(max(0, radius**2 - beyond**2))


def _port(grid, node, number, row):
    """x where a line enters a box from above: straight where the box is wide enough, apart from the others."""
    lines = [(key, route[-2]) for key, route in grid.routes.items() if key[0] is node and route[-1] is node]
    lines.sort(key=lambda line: (grid.x[line[1]], line[0][1]))
    width, middle = grid.sizes[node].width, grid.x[node]
    if len(lines) == 1 and abs(grid.x[lines[0][1]] - middle) > 8:
        return middle
    flat = 0.3 * width if node.kind in CIRCLES else width / 2 - 8
    apart = min(12, 2 * flat / max(1, len(lines) - 1))
    wish = np.clip([grid.x[upper] - middle for _, upper in lines], -flat, flat)
    for place in range(1, len(wish)):  # to the right, then back to the left of the right end
        wish[place] = max(wish[place], wish[place - 1] + apart)
    for place in range(len(wish) - 1, -1, -1):
        wish[place] = min(wish[place], flat - apart * (len(wish) - 1 - place))
    return round(middle + wish[[key for key, _ in lines].index((node, number))], 2)


def _channel(grid, row):
    """Heights of the lines' sideways pieces below a row {item they come from: points}, and how deep they go in all."""
    pins = {}
    for (node, number), route in grid.routes.items():
        step = row - grid.row[route[0]]
        if 0 <= step < len(route) - 1:
            upper, lower = route[step : step + 2]
            x = _port(grid, node, number, row) if lower is node else grid.x[lower]
            pins.setdefault(upper, set()).add(x)
    nets = [(upper, grid.x[upper], ends) for upper, ends in pins.items() if ends != {grid.x[upper]}]
    if not nets:
        return {}, CLEAR
    nets.sort(key=lambda net: net[1])
    cost = _conflicts(nets)
    for place in [place for _ in nets for place in range(len(nets) - 1)]:
        if cost and (now := _conflicts(swapped := _swapped(nets, place))) < cost:
            nets, cost = swapped, now
    track = {}
    for place, net in enumerate(nets):
        above = [track[other[0]] + 1 for other in nets[:place] if _touch(net, other)]
        track[net[0]] = max(above, default=0)
    deep = max(track.values())
    return {upper: STUB + TRACK * t for upper, t in track.items()}, STUB + TRACK * deep + HEAD


def _swapped(nets, place):
    return [*nets[:place], nets[place + 1], nets[place], *nets[place + 2 :]]


def _span(net):
    return min(net[1], *net[2]), max(net[1], *net[2])


def _touch(net, other):
    return _span(net)[0] <= _span(other)[1] + 6 and _span(other)[0] <= _span(net)[1] + 6


def _conflicts(nets):
    """Lines that cross, if the nets' sideways pieces lie in this order from above; pieces upon each other count 100."""
    total = 0
    for place, (_, _, ends) in enumerate(nets):
        for other in nets[place + 1 :]:
            above, below = _span(nets[place]), _span(other)
            total += above[0] <= other[1] <= above[1]
            total += sum(below[0] <= end <= below[1] for end in ends)
            total += 100 * (other[1] in ends)
    return total
