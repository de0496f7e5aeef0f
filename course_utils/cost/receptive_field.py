"""How far an output value sees: exact index arithmetic along one axis, and along all axes of an image.

A layer's output at index o depends on the input indices first(o) … last(o). For a convolution both move on by the
stride when o moves on by one. Behind a transposed convolution they do so only every few outputs, in a pattern that
repeats. `Field` keeps one period of that pattern, so that any chain of layers is followed without an approximation.
Indices may lie outside of the image, in the padding: nothing is clipped.
"""

import math
from dataclasses import dataclass
from fractions import Fraction


@dataclass(frozen=True, slots=True)
class Field:
    """Along one axis, output o sees the input from first[o % P] to last[o % P], both plus step · (o // P).

    P, the period, is the length of `first` and `last`. The default is the input itself: each pixel sees itself.
    """

    first: tuple = (0,)
    last: tuple = (0,)
    step: int = 1

    def at(self, index):
        """The first and the last input index that output `index` depends on."""
        turns, phase = divmod(index, len(self.first))
        return self.first[phase] + self.step * turns, self.last[phase] + self.step * turns

    @property
    def size(self):
        """Receptive field: the number of input positions from first to last, the largest over a period."""
        return max(last - first + 1 for first, last in zip(self.first, self.last, strict=True))

    @property
    def stride(self):
        """Distance of neighbouring outputs in input pixels (the "jump"); 0 where all outputs see the same."""
        return Fraction(self.step, len(self.first))

    def _through(self, lowest, highest, period, step):
        """The field of a layer whose output o reads the outputs lowest(o) … highest(o) of this one."""
        first = tuple(self.at(lowest(o))[0] for o in range(period))
        last = tuple(self.at(highest(o))[1] for o in range(period))
        return Field(first, last, step)

    def window(self, extent, stride=1, padding=0):
        """Behind a window of `extent` (with its dilation) that moves by `stride`, `padding` in front of the axis."""
        period = len(self.first) // math.gcd(len(self.first), stride)
        step = self.step * stride * period // len(self.first)
        return self._through(lambda o: o * stride - padding, lambda o: o * stride - padding + extent - 1, period, step)

    def spread(self, extent, stride, padding=0):
        """Behind a transposed convolution: input i adds to outputs i · stride − padding + (0 … extent − 1)."""
        return self._through(
            lambda o: -((extent - 1 - o - padding) // stride),  # rounded up
            lambda o: (o + padding) // stride,
            len(self.first) * stride,
            self.step,
        )

    def whole(self, length):
        """Behind something that looks at all of the axis' `length` positions, such as global average pooling."""
        seen = [self.at(o) for o in range(length)]
        return Field((min(first for first, _ in seen),), (max(last for _, last in seen),), 0)

    def join(self, other):
        """What a sum or a concatenation of both sees: the larger on each side. None where their strides differ."""
        if self.stride != other.stride:
            return self if self.step == 0 else other if other.step == 0 else None
        period = math.lcm(len(self.first), len(other.first))
        pairs = [(self.at(o), other.at(o)) for o in range(period)]
        first, last = (tuple(pick(a[i], b[i]) for a, b in pairs) for i, pick in enumerate((min, max)))
        return Field(first, last, self.step * period // len(self.first))


@dataclass(frozen=True, slots=True)
class Sight:
    """What a tensor's values see of the image: a Field for each axis of the image, and where that axis is now.

    Attributes:
        fields: one Field for each spatial axis of the input.
        axes: for each of them the tensor's axis (batch is 0), or None after pooling over all of it or flattening.
    """

    fields: tuple
    axes: tuple

    def along(self, axes, change):
        """Change the fields along some tensor axes: change(field, i) for axes[i]; the others stay."""
        fields = (
            change(field, axes.index(axis)) if axis in axes else field
            for field, axis in zip(self.fields, self.axes, strict=True)
        )
        return Sight(tuple(fields), self.axes)

    def collapse(self, shape, axes=None, keep=False):
        """After a reduction over `axes` (None: all of them) of a tensor of `shape`; None where a length is open."""
        fields, places = [], []
        removed = sorted(axes) if axes is not None and not keep else []
        for field, axis in zip(self.fields, self.axes, strict=True):
            if axis is not None and (axes is None or axis in axes):
                if shape[axis] is None:
                    return None
                field, axis = field.whole(shape[axis]), axis if keep else None
            elif axis is not None:
                axis -= sum(gone < axis for gone in removed)
            fields.append(field)
            places.append(axis)
        return Sight(tuple(fields), tuple(places))


def join(sights):
    """The Sight of a sum or concatenation; None where a part is unknown or the parts do not fit together."""
    sights = list(sights)
    if not sights or None in sights or len({len(sight.fields) for sight in sights}) > 1:
        return None
    result = sights[0]
    for sight in sights[1:]:
        fields = tuple(a.join(b) for a, b in zip(result.fields, sight.fields, strict=True))
        axes = tuple(b if a is None else a for a, b in zip(result.axes, sight.axes, strict=True))
        if None in fields or any(
            None not in pair and pair[0] != pair[1] for pair in zip(axes, sight.axes, strict=True)
        ):
            return None
        result = Sight(fields, axes)
    return result
