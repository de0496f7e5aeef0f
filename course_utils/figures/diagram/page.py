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
        left = min(p.left for parts in placed for p in parts) - FRAME * any(run.times > 1 for run in runs)
        right = max(
            max(p.right for p in parts) + (FRAME + COUNT) * (run.times > 1)
            for run, parts in zip(runs, placed, strict=True)
        )
        gutter = self.width + GUTTER / 2
        spine = (self.width + GUTTER if self.width else 0) - left
        y = 0 if not self.middles else -4
        start = [(spine, y)]
        if self.middles:
            entry = runs[0].parts[0].entry
            x, low = self.middles[entry]
            turn = low + sizes[entry].height / 2 + sizes[entry].below + 10
            start = [(x, low + sizes[entry].height / 2), (x, turn), (gutter, turn), (gutter, y), (spine, y)]
            self.height = max(self.height, turn)
        for run, parts in zip(runs, placed, strict=True):
            upper = y
            for part in parts:
                self.middles |= {node: (spine + x, y + h) for node, (x, h) in part.middles.items()}
                for key, points in part.lines.items():
                    moved = [(spine + px, y + py) for px, py in points]
                    from_above = key[0].inputs[key[1]] is runs[0].parts[0].entry and part is placed[0][0]
                    self.lines[key] = [*start, *moved[1:]] if from_above and len(start) > 1 else moved
                y += part.bottom
            if run.times > 1:
                last = run.parts[-1].nodes[-1]
                upper += parts[0].above - 4
                lower = y + sizes[last].below + FRAME - 2
                sides = min(p.left for p in parts) - FRAME, max(p.right for p in parts) + FRAME
                self.frames.append((spine + sides[0], upper, spine + sides[1], lower, run.times))
        self.width = spine + right
        self.height = max(self.height, y + (sizes[run.parts[-1].nodes[-1]].below + FRAME) * (run.times > 1))


def _columns(heights, columns):
    """(first, after last) of each column, about equally high."""
    total, breaks, so_far = sum(heights), [0], 0
    for number, height in enumerate(heights):
        if number and len(breaks) < columns and so_far + height / 2 > total * len(breaks) / columns:
            breaks.append(number)
        so_far += height
    return list(zip(breaks, [*breaks[1:], len(heights)], strict=True))
