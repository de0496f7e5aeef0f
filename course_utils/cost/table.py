"""The tables that `cost` and `compare` return: read as text or HTML."""

import html
import itertools
import textwrap
from dataclasses import dataclass
from fractions import Fraction


@dataclass(frozen=True, slots=True)
class Row:
    """One call of one layer, for one image. None stands for unknown, in a receptive field also for "has none".

    Attributes:
        name: the layer's; "model/layer" inside of another, "layer (use 2)" when it is called again.
        kind: class of the layer, or "ops.…" for an operation of keras.ops.
        output_shape: without the batch axis, unless positions were moved there; a tuple of shapes for several outputs.
        parameters: trainable weights that no row above has.
        macs: multiply-accumulates.
        activation_bytes: bytes written in inference.
        training_bytes: bytes kept for the backward pass.
        receptive_field, stride, offset: in input pixels; a tuple where height and width differ. Output i sees the
            input from ⌊offset + i · stride⌋ on. Stride 0: every output sees the same.
        window: the receptive field without what a gate lets see, such as one made by global pooling.
        sees: "map", where values have a place in the image; "all" behind global pooling or flattening; "nothing" of an
            image; or "unknown".
    """

    name: str
    kind: str
    output_shape: tuple
    parameters: int | None
    macs: int | None
    activation_bytes: int | None
    training_bytes: int | None
    receptive_field: int | tuple | None
    stride: int | tuple | None
    offset: int | tuple | None
    sees: str = "map"
    window: int | tuple | None = None


SUMS = ("parameters", "macs", "activation_bytes", "training_bytes")


class _Printed:
    """What both tables share. A subclass has `titles`, `caption`, `notes`, and `_body()`: (lines, last or None)."""

    left = 1  # so many columns hold words, and are aligned on the left

    def __str__(self):
        body, total = self._body()
        lines = [self.titles, *body, *([total] if total else [])]
        widths = [max(map(len, column)) for column in zip(*lines, strict=True)]

        def line(cells):
            placed = (
                cell.ljust(width) if place < self.left else cell.rjust(width)
                for place, (cell, width) in enumerate(zip(cells, widths, strict=True))
            )
            return "  ".join(placed).rstrip()

        rule = "─" * (sum(widths) + 2 * len(widths) - 2)
        end = [rule, line(total)] if total else []
        notes = [textwrap.fill(note, max(len(rule), 60)) for note in self.notes]
        return "\n".join([self.caption, line(self.titles), rule, *map(line, body), *end, "", *notes])

    __repr__ = __str__

    def _repr_html_(self):
        def row(cells):
            first = f'<th scope="row" style="text-align:left">{html.escape(cells[0])}</th>'
            rest = (
                f'<td style="text-align:{"left" if place < self.left else "right"}">{html.escape(cell)}</td>'
                for place, cell in enumerate(cells[1:], 1)
            )
            return f"<tr>{first}{''.join(rest)}</tr>"

        titles = "".join(f'<th scope="col">{html.escape(title)}</th>' for title in self.titles)
        body, total = self._body()
        foot = f"<tfoot>{row(total)}</tfoot>" if total else ""
        notes = "".join(f"<li>{html.escape(note)}</li>" for note in self.notes)
        return (
            f"<table><caption>{html.escape(self.caption)}</caption><thead><tr>{titles}</tr></thead>"
            f"<tbody>{''.join(map(row, body))}</tbody>{foot}</table><ul>{notes}</ul>"
        )


class Table(_Printed):
    """Cost of a model, a row for each call of a layer.

    Attributes:
        name: the model's.
        rows: a tuple of `Row`.
        parameters, macs, activation_bytes, training_bytes: sums of the rows; lower bounds where a row says None.
        receptive_field: of the convolution that sees most, or of several together, but nothing of what global pooling
            lets see, in input pixels (a tuple where height and width differ); None where a part was not followed.
        unknown: names of the rows of which something is unknown.
    """

    titles = (
        *("layer", "kind", "output", "parameters", "share", "MACs", "share"),
        *("activations", "training", "field", "stride", "offset"),
    )
    left = 2

    def __init__(self, name, rows, convention):
        self.name, self.rows, self.notes = name, tuple(rows), list(convention)
        self.unknown = tuple(
            row.name for row in self.rows if row.sees == "unknown" or None in (getattr(row, key) for key in SUMS)
        )
        for key in SUMS:
            setattr(self, key, sum(getattr(row, key) or 0 for row in self.rows))
        self._blind = any(row.sees == "unknown" for row in self.rows)
        self._largest_field = self._largest()
        self.receptive_field = None if self._blind else self._largest_field
        self.caption = f"Cost of {name} for one image"
        if any(isinstance(step, Fraction) for row in self.rows for step in _axes(row.stride)):
            self.notes.append("Where the stride is a fraction, offset + i · stride is rounded down.")
        if self.unknown:
            self.notes.insert(
                0,
                f"Totals are lower bounds: {len(self.unknown)} of {len(self.rows)} rows are unknown to this table "
                f"({', '.join(self.unknown[:6])}{', …' if len(self.unknown) > 6 else ''}).",
            )

    def _largest(self):
        """The largest field that is known; where several are, 1×7 beside 7×1, what they see together."""
        seen = [row for row in self.rows if row.window is not None]
        convolutions = [row for row in seen if "Conv" in row.kind and row.sees == "map"]
        if self._blind and not convolutions:
            return None  # the input sees itself, which is no answer
        fields = [_axes(row.window) for row in convolutions or seen]
        top, rank = max(map(max, fields), default=0), max(map(len, fields), default=0)
        most = [field if len(field) > 1 else field * rank for field in fields if max(field) == top]
        largest = tuple(map(max, itertools.zip_longest(*most, fillvalue=0)))
        return largest[0] if len(set(largest)) == 1 else largest or None

    def totals(self):
        """Texts of the four sums and of the field, with ≥ where a part is unknown."""
        least = ["≥ " if None in [getattr(row, key) for row in self.rows] else "" for key in SUMS]
        shown = _count(self.parameters), _count(self.macs), _size(self.activation_bytes), _size(self.training_bytes)
        texts, field = map("".join, zip(least, shown, strict=True)), _number(self._largest_field)
        return [*texts, field if not self._blind else "unknown" if self._largest_field is None else f"≥ {field}"]

    def _body(self):
        parameters, macs, *others = self.totals()
        rows = [
            [
                *(row.name, row.kind, _shape(row.output_shape)),
                *(_count(row.parameters), _share(row.parameters, self.parameters)),
                *(_count(row.macs), _share(row.macs, self.macs)),
                *(_size(row.activation_bytes), _size(row.training_bytes)),
                "unknown" if row.sees == "unknown" else _number(row.receptive_field),
                *(_number(row.stride), _number(row.offset)),
            ]
            for row in self.rows
        ]
        return rows, ["total", "", "", parameters, "", macs, "", *others, "", ""]


class Comparison(_Printed):
    """Totals of several models, a row each.

    Attributes:
        tables: {name: its `Table`}, in the given order.
    """

    titles = ("model", "parameters", "MACs", "activations", "training", "field", "unknown rows")

    def __init__(self, tables):
        self.tables = dict(tables)
        self.caption = f"Cost of {len(self.tables)} models for one image"
        self.notes = [note for note in next(iter(self.tables.values())).notes if not note.startswith("Totals")]
        if any(table.unknown for table in self.tables.values()):
            self.notes.insert(0, "Where rows are unknown, totals with ≥ are lower bounds.")

    def _body(self):
        return [[name, *table.totals(), str(len(table.unknown))] for name, table in self.tables.items()], None


def _axes(value):
    return value if isinstance(value, tuple) else (value,)


def _shape(shape):
    if shape and isinstance(shape[0], tuple):
        return ", ".join(map(_shape, shape))
    return "×".join("?" if n is None else str(n) for n in shape) or "1"


def _count(number):
    return "unknown" if number is None else f"{number:,}"


def _share(part, total):
    return "unknown" if part is None else f"{100 * part / total:.1f} %" if part else ""


def _size(count):
    for unit, scale in (("MiB", 2**20), ("KiB", 2**10)):
        if count is not None and count >= scale:
            return f"{count / scale:,.1f} {unit}"
    return "unknown" if count is None else f"{count} B"


def _number(value):
    if value is None:
        return "–"
    return "×".join("–" if number is None else str(number).replace("-", "−") for number in _axes(value))
