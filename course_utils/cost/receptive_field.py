"""How far an output value sees: exact index arithmetic along one axis, and along all axes of an image.

A layer's output at index o depends on the input indices first(o) … last(o). For a convolution both move on by the
stride when o moves on by one. Behind a transposed convolution they do so only every few outputs, in a pattern that
repeats. `Field` keeps one period of that pattern, so that any chain of layers is followed without an approximation.
Indices may lie outside of the image, in the padding: nothing is clipped. What cannot be followed is None.
"""

import math
from dataclasses import dataclass
from fractions import Fraction


@dataclass(frozen=True, slots=True)
class Field:
    """Along one axis, output o sees the input from first[o % P] to last[o % P], both plus step · (o // P).

    P, the period, is the length of `first` and `last`. The default is the input itself: each pixel sees itself.
    `gate` is the first and the last index that every output sees besides: by a factor made by global pooling.
    """

    first: tuple = (0,)
    last: tuple = (0,)
    step: int = 1
    gate: tuple | None = None

    def at(self, index):
        """The first and the last input index that output `index` depends on, through windows alone."""
        turns, phase = divmod(index, len(self.first))
        return self.first[phase] + self.step * turns, self.last[phase] + self.step * turns

    def size(self, length):
        """Receptive field: the number of input positions from first to last, the largest of `length` outputs."""
        return self.gate[1] - self.gate[0] + 1 if self.gate else self.window_size(length)

    def window_size(self, length):
        """The same through windows alone, as if there were no gates."""
        return max(last - first + 1 for first, last in zip(self.first[:length], self.last[:length], strict=True))

    @property
    def stride(self):
        """Distance of neighbouring outputs in input pixels (the "jump"); 0 where all outputs see the same."""
        return Fraction(0 if self.gate else self.step, len(self.first))

    @property
    def offset(self):
        """The number with which the field of output o begins at ⌊offset + o · stride⌋, None where there is none."""
        if self.gate:
            return self.gate[0]
        gaps = [first - o * self.stride for o, first in enumerate(self.first)]
        return max(gaps) if max(gaps) < min(gaps) + 1 else None

    def _through(self, lowest, highest, period, step):
        """The field of a layer whose output o reads the outputs lowest(o) … highest(o) of this one."""
        first = tuple(self.at(lowest(o))[0] for o in range(period))
        last = tuple(self.at(highest(o))[1] for o in range(period))
        return Field(first, last, step, self.gate)

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

    def shared_out(self, length, count):
        """Behind adaptive pooling: `count` windows of about one size that cover the axis' `length` positions."""
        step = self.at(length)[0] - self.at(0)[0]
        return self._through(lambda o: o * length // count, lambda o: -(-(o + 1) * length // count) - 1, count, step)

    def whole(self, length):
        """Behind something that looks at all of the axis' `length` positions, such as global average pooling."""
        first, last = _hull([*map(self.at, range(length)), *([self.gate] if self.gate else [])])
        return Field((first,), (last,), 0)

    def join(self, other, length):
        """What a sum or a concatenation of both sees: the larger on each side. None where their strides differ.

        One of them may see the same everywhere, such as a gate made by global pooling: so does the result, where that
        holds what the other sees from any of its `length` positions.
        """
        gate, moving = None, [field for field in (self, other) if field.step]
        if 0 in (self.stride, other.stride):
            seen = [(field, field.whole(length).at(0)) for field in (self, other)]
            gate = _hull([whole for field, whole in seen if field.stride == 0])
            if gate != _hull([whole for _, whole in seen]):
                return None
        if len({field.step / len(field.first) for field in moving}) != 1:
            return gate and Field(gate[:1], gate[1:], 0)
        period = math.lcm(*(len(field.first) for field in moving))
        first, last = zip(*(_hull([field.at(o) for field in moving]) for o in range(period)), strict=True)
        return Field(first, last, moving[0].step * period // len(moving[0].first), gate)


def _hull(spans):
    """From the first index of several spans (first, last) to the last one."""
    return min(first for first, _ in spans), max(last for _, last in spans)


@dataclass(frozen=True, slots=True)
class Sight:
    """What a tensor's values see of the image: a Field for each axis of the image, and where that axis is now.

    Attributes:
        fields: one Field for each spatial axis of the input.
        axes: for each of them the tensor's axis (batch is 0), or None after pooling over all of it or flattening.
        lengths: how many positions there are along each.
        steps: how far apart they are in the tensor's axis: 1, or more where a reshape has put several into one, such
            as (1, h, w, c) into (h · w, c), where those of h are w apart.
    """

    fields: tuple
    axes: tuple
    lengths: tuple
    steps: tuple

    @classmethod
    def of_image(cls, shape, axes):
        """Of an input whose spatial axes are `axes`."""
        return cls((Field(),) * len(axes), tuple(axes), tuple(shape[axis] for axis in axes), (1,) * len(axes))

    def along(self, axes, change, before, after):
        """Behind a window along some axes of a tensor of shape `before`: change(field, i) for axes[i].

        None where positions are mixed in another way: several of the image's axes in one, or among the channels.
        """
        fields, lengths = list(self.fields), list(self.lengths)
        for k, axis in enumerate(self.axes):
            if axis in axes and lengths[k] == before[axis]:
                fields[k], lengths[k] = change(fields[k], axes.index(axis)), after[axis]
            elif axis is not None and (axis != 0 or 0 in axes):
                return None
        return Sight(tuple(fields), self.axes, tuple(lengths), self.steps)

    def collapse(self, axes, places=False):
        """After a look at all positions along tensor axes; `places` says that each still has a place of its own."""
        fields, left = list(self.fields), list(self.axes)
        for k, axis in enumerate(self.axes):
            if axis is not None and axis in axes:
                fields[k], left[k] = fields[k].whole(self.lengths[k]), axis if places else None
        return Sight(tuple(fields), tuple(left), self.lengths, self.steps)

    def reduce(self, axes, keep):
        """After a sum over tensor axes, which are gone then unless `keep`."""
        seen = self.collapse(axes)
        if keep:
            return seen
        left = tuple(axis if axis is None else axis - sum(gone < axis for gone in axes) for axis in seen.axes)
        return Sight(seen.fields, left, seen.lengths, seen.steps)

    def reshape(self, before, after):
        """Of the same values in another shape; None where positions along one of the image's axes come apart."""
        axes, steps = list(self.axes), list(self.steps)
        for k, axis in enumerate(self.axes):
            if axis is not None:
                flat = steps[k] * math.prod(before[axis + 1 :])  # how far apart neighbours are in memory
                rests = [math.prod(after[place + 1 :]) for place in range(len(after))]
                fits = [
                    place
                    for place, (rest, n) in enumerate(zip(rests, after, strict=True))
                    if flat % rest == 0 and rest * n % (flat * self.lengths[k]) == 0
                ]
                if not fits:
                    return None
                axes[k], steps[k] = fits[0], flat // rests[fits[0]]
        return Sight(self.fields, tuple(axes), self.lengths, tuple(steps))

    def join(self, other):
        """Of a sum or concatenation of both, None where they do not fit together.

        An input that is no image, such as a vector, adds nothing.
        """
        if not self.fields or not other.fields:
            return self if self.fields else other
        if len(self.fields) != len(other.fields):
            return None
        parts = []
        for a, b in zip(self._by_axis(), other._by_axis(), strict=True):
            place = max(a[1:], b[1:], key=lambda place: place[0] is not None)
            if None not in (a[1], b[1]) and a[1:] != b[1:]:
                return None
            parts.append((a[0].join(b[0], place[1]), *place))
        fields, *places = zip(*parts, strict=True)
        return None if None in fields else Sight(fields, *places)

    def _by_axis(self):
        return zip(self.fields, self.axes, self.lengths, self.steps, strict=True)
