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

    @property
    def offset(self):
        """The number with which the field of output o begins at ⌊offset + o · stride⌋, None where there is none."""
        gaps = [first - o * self.stride for o, first in enumerate(self.first)]
        return max(gaps) if max(gaps) < min(gaps) + 1 else None

    def through(self, lowest, highest, up, down):
        """The field of a layer whose output o reads the outputs lowest(o) … highest(o) of this one.

        When o moves on by `up`, what it reads moves on by `down`: (1, stride) for a convolution.
        """
        turns = len(self.first) // math.gcd(len(self.first), down)
        first = tuple(self.at(lowest(o))[0] for o in range(up * turns))
        last = tuple(self.at(highest(o))[1] for o in range(up * turns))
        return Field(first, last, self.step * down * turns // len(self.first)).shortest()

    def shortest(self):
        """The same with the shortest period."""
        period = len(self.first)
        for short in range(1, period):
            if period % short == 0 and self.step * short % period == 0:
                field = Field(self.first[:short], self.last[:short], self.step * short // period)
                if all(field.at(o) == self.at(o) for o in range(short, period)):
                    return field
        return self

    def window(self, extent, stride=1, padding=0):
        """Behind a window of `extent` (with its dilation) that moves by `stride`, `padding` in front of the axis."""
        return self.through(lambda o: o * stride - padding, lambda o: o * stride - padding + extent - 1, 1, stride)

    def spread(self, extent, stride, padding=0):
        """Behind a transposed convolution: input i adds to outputs i · stride − padding + (0 … extent − 1)."""
        return self.through(
            lambda o: -((extent - 1 - o - padding) // stride),  # rounded up
            lambda o: (o + padding) // stride,
            stride,
            1,
        )

    def whole(self, length):
        """Behind something that looks at all of the axis' `length` positions, such as global average pooling."""
        seen = [self.at(o) for o in range(length)]
        return Field((min(first for first, _ in seen),), (max(last for _, last in seen),), 0)

    def join(self, other, length, image):
        """What a sum or concatenation of both sees: the larger on each side; None where that does not repeat.

        One of them may see the same everywhere, such as a gate made by global pooling. With it every output sees the
        same if it holds what the other sees from any of its `length` positions, or all `image` pixels of the axis.
        """
        if self.stride != other.stride:
            still, moving = sorted((self, other), key=lambda field: field.step)
            if still.step != 0:
                return None
            reach = moving.whole(length or 1)
            both = still.join(reach, length, image)
            return both if both == still or (still.first[0] <= 0 and image <= still.last[0] + 1) else None
        period = math.lcm(len(self.first), len(other.first))
        pairs = [(self.at(o), other.at(o)) for o in range(period)]
        first, last = (tuple(pick(a[i], b[i]) for a, b in pairs) for i, pick in enumerate((min, max)))
        return Field(first, last, self.step * period // len(self.first)).shortest()


@dataclass(frozen=True, slots=True)
class Sight:
    """What a tensor's values see of the image, and where in the tensor the image's axes are now.

    Attributes:
        fields: a Field for each spatial axis of the image.
        image: length of each of them.
        layout: for each tensor axis (batch is 0) what it is made of, outer first: pairs (length, k) for positions
            along the image's axis k, (length, None) for anything else. A reshape may put several into one axis.
    """

    fields: tuple
    image: tuple
    layout: tuple

    @classmethod
    def of_image(cls, shape, axes):
        """Of an input whose spatial axes are `axes`."""
        layout = (((n, axes.index(axis) if axis in axes else None),) for axis, n in enumerate(shape))
        return cls(tuple(Field() for _ in axes), tuple(shape[axis] for axis in axes), tuple(layout))

    @property
    def on_a_map(self):
        """Whether values have a place in the image; behind global pooling or flattening they have none."""
        return any(k is not None for parts in self.layout for _, k in parts)

    def images_in(self, axis):
        """The image's axes that lie along a tensor axis."""
        return [k for _, k in self.layout[axis] if k is not None]

    def fit(self, shape):
        """The same for a tensor of `shape`, in which only axes without positions may differ; else None."""
        if len(shape) != len(self.layout):
            return None
        layout = []
        for axis, (n, parts) in enumerate(zip(shape, self.layout, strict=True)):
            if not self.images_in(axis):
                parts = ((n, None),)
            elif math.prod(length for length, _ in parts) != n:
                return None
            layout.append(parts)
        return Sight(self.fields, self.image, tuple(layout))

    def along(self, axes, change, shape):
        """Behind a window along tensor axes: change(field, i) for axes[i]; `shape` is the output's."""
        fields, layout = list(self.fields), [((n, None),) for n in shape]
        for axis, parts in enumerate(self.layout):
            images = self.images_in(axis)
            if not images:
                continue
            layout[axis] = parts
            if axis in axes:
                k, i = images[0], axes.index(axis)
                if len(parts) == 1:
                    fields[k], layout[axis] = change(fields[k], i), ((shape[axis], k),)
                elif change(Field(), i) != Field():  # several axes in one, and not a window of one value
                    return None
            elif axis:  # positions among the channels: mixed, in a way that is not followed; in the batch they stay
                return None
        return Sight(tuple(fields), self.image, tuple(layout))

    def collapse(self, axes, places=False):
        """After a look at all positions along tensor axes; `places` says that each still has its own place."""
        fields, layout = list(self.fields), list(self.layout)
        for axis in axes:
            for length, k in self.layout[axis]:
                if k is not None:
                    fields[k] = fields[k].whole(length)
            if not places:
                layout[axis] = ((math.prod(length for length, _ in self.layout[axis]), None),)
        return Sight(tuple(fields), self.image, tuple(layout))

    def reduce(self, axes, keep):
        """After a sum over tensor axes, which are gone then, or have length 1 if `keep`."""
        seen = self.collapse(axes)
        layout = (((1, None),) if axis in axes else parts for axis, parts in enumerate(seen.layout))
        layout = [parts for axis, parts in enumerate(layout) if keep or axis not in axes]
        return Sight(seen.fields, self.image, tuple(layout))

    def reshape(self, shape):
        """In another shape; None where positions along one of the image's axes come apart."""
        rest = [part for parts in self.layout for part in parts if part[0] != 1]
        layout = []
        for n in shape:
            parts = []
            while n > 1 and rest:
                length, k = rest.pop(0)
                if length > n and length % n == 0 and k is None:
                    rest.insert(0, (length // n, None))
                    length = n
                if n % length:
                    return None
                parts.append((length, k))
                n //= length
            if n != 1:
                return None
            layout.append(tuple(parts) or ((1, None),))
        return None if rest else Sight(self.fields, self.image, tuple(layout))

    def transpose(self, order):
        """With tensor axis order[i] in place i."""
        return Sight(self.fields, self.image, tuple(self.layout[axis] for axis in order))

    def join(self, other):
        """Of a sum or concatenation of both; an input that is no image, such as a vector, adds nothing."""
        if not self.fields or not other.fields:
            return self if self.fields else other
        if self.image != other.image:
            return None
        rank = max(len(self.layout), len(other.layout))
        ours, theirs = ([((1, None),)] * (rank - len(sight.layout)) + list(sight.layout) for sight in (self, other))
        layout, lengths = [], dict.fromkeys(range(len(self.fields)))
        for a, b in zip(ours, theirs, strict=True):
            with_places = [parts for parts in (a, b) if any(k is not None for _, k in parts)]
            if len(with_places) == 2 and a != b:
                return None
            layout.append(with_places[0] if with_places else max(a, b, key=lambda parts: parts[0][0] or 0))
            for length, k in layout[-1] if with_places else ():
                if lengths[k] is not None:
                    return None
                lengths[k] = length
        fields = [
            a.join(b, lengths[k], self.image[k]) for k, (a, b) in enumerate(zip(self.fields, other.fields, strict=True))
        ]
        return None if None in fields else Sight(tuple(fields), self.image, tuple(layout))


def join(sights):
    """The Sight of a sum or concatenation; None where a part is unknown or the parts do not fit together."""
    sights = list(sights)
    result = sights[0] if sights else None
    for sight in sights[1:]:
        result = result and sight and result.join(sight)
    return result
