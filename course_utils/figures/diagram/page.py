"""The parts of a graph below each other, equal ones in frames, in one column or several."""

from .route import Placed

FRAME, COUNT, GUTTER = 9, 34, 30  # points: around what a frame holds, for its number, between two columns


class Page:
    """Places of a whole diagram in points, x to the right and y down from the upper left corner.

    Attributes: middles {node: (x, y)}; lines {(node, number of its input): [(x, y), …]}; frames [(left, upper, right,
    lower, times)]; width, height.
    """

    def __init__(self, runs, sizes, columns=1):
        self.middles, self.lines, self.frames = {}, {}, []
        placed = [self._placed(runs, number, sizes) for number in range(len(runs))]
        self.width = self.height = 0
        for first, last in _columns([sum(p.bottom for p in parts) for parts in placed], columns):
            self._column(runs[first:last], placed[first:last], sizes)

    def _placed(self, runs, number, sizes):
        """The parts of a run, with room above the first for the shape below the box above, and for frames."""
        parts = []
        for part in runs[number].parts:
            above = sizes[part.entry].below if part.entry else 0
            if not parts:
                above += (FRAME + 4) * (runs[number].times > 1) + FRAME * (number > 0 and runs[number - 1].times > 1)
            parts.append(Placed(part, sizes, above))
        return parts

    def _column(self, runs, placed, sizes):
        """Runs from top to bottom, right of what is placed already."""
        framed = [(FRAME, FRAME + COUNT) if run.times > 1 else (0, 0) for run in runs]
        left = min(p.left - extra for parts, (extra, _) in zip(placed, framed, strict=True) for p in parts)
        right = max(p.right + extra for parts, (_, extra) in zip(placed, framed, strict=True) for p in parts)
        entry, y, gutter = runs[0].parts[0].entry, 0, self.width + GUTTER / 2
        spine = (self.width + GUTTER if entry else 0) - left
        self.width, start = spine + right, []
        if entry:  # from the foot of the column before to the head of this one
            x, foot = self.middles[entry][0], self.middles[entry][1] + sizes[entry].height / 2
            turn = foot + sizes[entry].below + 10
            start = [(x, foot), (x, turn), (gutter, turn), (gutter, y)]
            self.height = max(self.height, turn)
        for run, parts in zip(runs, placed, strict=True):
            top = y + parts[0].above - 4
            for part in parts:
                self.middles |= {node: (spine + x, y + h) for node, (x, h) in part.middles.items()}
                for (node, number), points in part.lines.items():
                    points = [(spine + px, y + py) for px, py in points]
                    self.lines[node, number] = start + points if node.inputs[number] is entry else points
                y += part.bottom
            below = sizes[run.parts[-1].nodes[-1]].below
            if run.times > 1:
                sides = min(p.left for p in parts) - FRAME, max(p.right for p in parts) + FRAME
                self.frames.append((spine + sides[0], top, spine + sides[1], y + below + FRAME - 2, run.times))
                below += FRAME
        self.height = max(self.height, y + below)


def _columns(heights, columns):
    """(first, after last) of each column, about equally high."""
    total, breaks, so_far = sum(heights), [0], 0
    for number, height in enumerate(heights):
        if number and len(breaks) < columns and so_far + height / 2 > total * len(breaks) / columns:
            breaks.append(number)
        so_far += height
    return list(zip(breaks, [*breaks[1:], len(heights)], strict=True))
