"""The form of a rule, and the call of a layer that it is applied to."""

import math
from dataclasses import dataclass

import keras


@dataclass(slots=True)
class Use:
    """One call of a layer or operation.

    Attributes:
        op: the layer or operation; args: what it was called with.
        inputs, outputs: shapes with the batch axis, which holds one image, or positions that were moved there.
        sights: a Sight (or None, unknown) for each input.
        width: bytes of one value of the output.
    """

    op: object
    args: tuple
    inputs: list
    outputs: list
    sights: list
    width: int = 4

    @property
    def sight(self):
        """Of the first input."""
        return self.sights[0]

    @property
    def shape(self):
        """Of the first input."""
        return self.inputs[0]

    @property
    def rank(self):
        return len(self.shape)

    @property
    def axes(self):
        """The spatial axes of the layer's input, the batch being axis 0."""
        return spatial_axes(self.rank, getattr(self.op, "data_format", None))

    @property
    def channels(self):
        (axis,) = set(range(1, self.rank)) - set(self.axes)
        return self.shape[axis]

    def places(self, shape):
        """Number of positions of maps of this shape."""
        return math.prod(shape[axis] for axis in (0, *self.axes))

    def each(self, name, default=1):
        """An attribute such as strides, as one number an axis."""
        value = getattr(self.op, name, None)
        value = default if value is None else value
        return tuple(value) if isinstance(value, (tuple, list)) else (value,) * len(self.axes)

    def along(self, change):
        """The Sight behind a window along the spatial axes: change(field, i) for the i-th; None if it is no image's."""
        seen = self.sight
        if seen and None not in seen.axes and any(self.shape[a] > 1 and a not in seen.axes for a in self.axes):
            return None
        return seen and seen.along(self.axes, change, self.shape, self.outputs[0])


def spatial_axes(rank, data_format=None):
    """The tensor axes of height and width, or their like, in a map with `rank` axes."""
    first = (data_format or keras.config.image_data_format()) == "channels_first"
    return tuple(range(2, rank)) if first else tuple(range(1, rank - 1))


def joined(use):
    """Sees what all of its inputs see; unknown if one has its places elsewhere: fewer axes, which are counted from the
    end, or a single position that all of another's meet."""
    result, after = use.sight, use.outputs[0]
    for sight, shape in zip(use.sights, use.inputs, strict=True):
        placed = [axis for axis in sight.axes if axis is not None] if sight else []
        if any(len(shape) < len(after) or shape[axis] != after[axis] for axis in placed):
            return None
        result = result and sight and result.join(sight)
    return result


@dataclass(frozen=True)
class Rule:
    """How a kind is counted: each entry is a function of a Use, or a constant.

    Attributes:
        macs: number of MACs, None for unknown.
        sees: the Sight of the output, None for unknown.
        keeps: which array the backward pass needs: "inputs", "output" or "nothing".
        extra: bytes kept besides.
        view: the output is the input under another shape, no new array.
        dropped: it does nothing in inference.
    """

    macs: object = 0
    sees: object = joined
    keeps: str = "nothing"
    extra: object = 0
    view: bool = False
    dropped: bool = False


UNKNOWN = Rule(macs=None, sees=None, keeps="inputs", extra=None)
