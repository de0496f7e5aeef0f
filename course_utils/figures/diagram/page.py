"""The parts of a graph below each other, equal ones in frames."""

from .route import Placed

FRAME, COUNT = 9, 34  # points: around what a frame holds, and for its number


class Page:
    """Places of a whole diagram in points, x to the right from `left` and y down from the upper edge.

    Attributes: middles {node: (x, y)}; lines {(node, number of its input): [(x, y), …]}; frames [(left, upper, right,
    lower, times)]; right, height: where it ends.
    """

    def __init__(self, runs, sizes, left=0):
        self.middles, self.lines, self.frames = {}, {}, []
        placed = [self._placed(runs, number, sizes) for number in range(len(runs))]
        framed = [(FRAME, FRAME + COUNT) if run.times > 1 else (0, 0) for run in runs]
        spine = left - min(p.left - extra for parts, (extra, _) in zip(placed, framed, strict=True) for p in parts)
        right = max(p.right + extra for parts, (_, extra) in zip(placed, framed, strict=True) for p in parts)
        self.right, y = spine + right, 0
        for run, parts in zip(runs, placed, strict=True):
            top = y + parts[0].above - 4
            for part in parts:
                self.middles |= {node: (spine + x, y + h) for node, (x, h) in part.middles.items()}
                self.lines |= {at: [(spine + x, y + h) for x, h in points] for at, points in part.lines.items()}
                y += part.bottom
            below = sizes[run.parts[-1].nodes[-1]].below
            if run.times > 1:
                sides = min(p.left for p in parts) - FRAME, max(p.right for p in parts) + FRAME
                self.frames.append((spine + sides[0], top, spine + sides[1], y + below + FRAME - 2, run.times))
                below += FRAME
        self.height = y + below

    def _placed(self, runs, number, sizes):
        """The parts of a run, with room above the first for the shape below the box above, and for frames."""
        parts = []
        for part in runs[number].parts:
            above = sizes[part.entry].below if part.entry else 0
            if not parts:
                above += (FRAME + 4) * (runs[number].times > 1) + FRAME * (number > 0 and runs[number - 1].times > 1)
            parts.append(Placed(part, sizes, above))
        return parts
