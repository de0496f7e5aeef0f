"""The tables that `cost` and `compare` return: read as text or HTML."""

import html
import textwrap
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Row:
    """One call of one layer, for one image. None stands for unknown, in a receptive field also for "has none".

    Attributes:
        name: the layer's; "model/layer" inside of a nested model, "layer (use 2)" when it is called again.
        kind: class of the layer, or "ops.…" for an operation of keras.ops.
        output_shape: without the batch axis; a tuple of shapes for several outputs.
        parameters: trainable weights that no row above has.
        macs: multiply-accumulates.
        activation_bytes: bytes written in inference.
        training_bytes: bytes kept for the backward pass.
        receptive_field, stride, offset: in input pixels; a tuple where height and width differ. Output i sees the
            input from offset + i · stride on. Stride 0: every output sees the same.
        uses: how often the model calls this layer.
    """

    name: str
    kind: str
    output_shape: tuple
    parameters: int
    macs: int | None
    activation_bytes: int | None
    training_bytes: int | None
    receptive_field: int | tuple | None
    stride: int | tuple | None
    offset: int | tuple | None
    uses: int


@dataclass(frozen=True)
class _Column:
    title: str  # heading where people read
    key: str  # attribute, and heading where programs read
    show: object = str
    right: bool = True


class _Printed:
    """What both tables share. A subclass has `columns`, `records`, `caption`, `notes` and `total()`."""

    columns = ()

    def total(self):
        return None

    def _lines(self):
        """Rows of texts, and the totals' row or None."""
        body = [[c.show(getattr(record, c.key)) for c in self.columns] for record in self.records]
        return body, self.total()

    def __str__(self):
        body, total = self._lines()
        lines = [[c.title for c in self.columns], *body, *([total] if total else [])]
        widths = [max(map(len, column)) for column in zip(*lines, strict=True)]

        def line(cells):
            placed = (
                cell.rjust(width) if column.right else cell.ljust(width)
                for cell, width, column in zip(cells, widths, self.columns, strict=True)
            )
            return "  ".join(placed).rstrip()

        rule = "─" * (sum(widths) + 2 * len(widths) - 2)
        end = [rule, line(total)] if total else []
        notes = [textwrap.fill(note, max(len(rule), 60)) for note in self.notes]
        return "\n".join([self.caption, line(lines[0]), rule, *map(line, body), *end, "", *notes])

    __repr__ = __str__

    def _repr_html_(self):
        body, total = self._lines()

        def row(cells):
            first = f'<th scope="row" style="text-align:left">{html.escape(cells[0])}</th>'
            rest = (
                f'<td style="text-align:{"right" if column.right else "left"}">{html.escape(cell)}</td>'
                for cell, column in zip(cells[1:], self.columns[1:], strict=True)
            )
            return f"<tr>{first}{''.join(rest)}</tr>"

        titles = "".join(f'<th scope="col">{html.escape(column.title)}</th>' for column in self.columns)
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
        parameters: trainable weights.
        macs: multiply-accumulates for one image; a lower bound when `unknown` is not empty.
        activation_bytes, training_bytes: for one image, sums of the rows.
        receptive_field: of the convolution that sees most, in input pixels (a tuple where height and width differ).
        unknown: names of the rows whose MACs or memory are unknown.
    """

    def __init__(self, name, rows, convention):
        self.name, self.rows, self.notes = name, tuple(rows), list(convention)
        self.records = self.rows
        self.unknown = tuple(row.name for row in self.rows if None in (row.macs, row.activation_bytes))
        self.parameters = sum(row.parameters for row in self.rows)
        self.macs = sum(row.macs or 0 for row in self.rows)
        self.activation_bytes = sum(row.activation_bytes or 0 for row in self.rows)
        self.training_bytes = sum(row.training_bytes or 0 for row in self.rows)
        self.receptive_field = self._largest_field()
        self.caption = f"Cost of {name} for one image"
        if self.unknown:
            self.notes.insert(
                0,
                f"Totals are lower bounds: {len(self.unknown)} of {len(self.rows)} rows are unknown to this table "
                f"({', '.join(self.unknown[:6])}{', …' if len(self.unknown) > 6 else ''}).",
            )
        self.columns = (
            _Column("layer", "name", right=False),
            _Column("kind", "kind", right=False),
            _Column("output", "output_shape", _shape),
            _Column("parameters", "parameters", "{:,}".format),
            _Column("share", "parameters", lambda n: _share(n, self.parameters)),
            _Column("MACs", "macs", lambda n: "unknown" if n is None else f"{n:,}"),
            _Column("share", "macs", lambda n: "unknown" if n is None else _share(n, self.macs)),
            _Column("activations", "activation_bytes", lambda n: "unknown" if n is None else _size(n)),
            _Column("training", "training_bytes", lambda n: "unknown" if n is None else _size(n)),
            _Column("field", "receptive_field", _number),
            _Column("stride", "stride", _number),
            _Column("offset", "offset", _number),
        )

    def _largest_field(self):
        seen = [row for row in self.rows if row.receptive_field is not None]
        convolutions = [row for row in seen if "Conv" in row.kind] or seen
        return max((row.receptive_field for row in convolutions), key=_largest, default=None)

    def total(self):
        least = "≥ " if self.unknown else ""
        return [
            *("total", "", "", f"{self.parameters:,}", "", f"{least}{self.macs:,}", ""),
            *(least + _size(self.activation_bytes), least + _size(self.training_bytes)),
            *(_number(self.receptive_field), "", ""),
        ]


@dataclass(frozen=True)
class _Totals:
    name: str
    parameters: int
    macs: int
    activation_bytes: int
    training_bytes: int
    receptive_field: int | tuple | None
    unknown: int


class Comparison(_Printed):
    """Totals of several models, a row each.

    Attributes:
        tables: {name: its `Table`}, in the given order.
    """

    columns = (
        _Column("model", "name", right=False),
        _Column("parameters", "parameters", "{:,}".format),
        _Column("MACs", "macs", "{:,}".format),
        _Column("activations", "activation_bytes", lambda n: _size(n)),
        _Column("training", "training_bytes", lambda n: _size(n)),
        _Column("field", "receptive_field", lambda n: _number(n)),
        _Column("unknown rows", "unknown", str),
    )

    def __init__(self, tables):
        self.tables = dict(tables)
        self.caption = f"Cost of {len(self.tables)} models for one image"
        self.records = tuple(
            _Totals(n, t.parameters, t.macs, t.activation_bytes, t.training_bytes, t.receptive_field, len(t.unknown))
            for n, t in self.tables.items()
        )
        self.notes = [note for note in next(iter(self.tables.values())).notes if not note.startswith("Totals")]
        if any(record.unknown for record in self.records):
            self.notes.insert(0, "Where rows are unknown, MACs and training memory are lower bounds.")


def _largest(value):
    return max(value) if isinstance(value, tuple) else value


def _shape(shape):
    if shape and isinstance(shape[0], tuple):
        return ", ".join(map(_shape, shape))
    return "×".join("?" if n is None else str(n) for n in shape) or "1"


def _share(part, total):
    if not part:
        return ""
    return f"{100 * part / total:.1f} %"


def _size(count):
    for unit, scale in (("MiB", 2**20), ("KiB", 2**10)):
        if count >= scale:
            return f"{count / scale:,.1f} {unit}"
    return f"{count} B"


def _number(value):
    if value is None:
        return "–"
    numbers = value if isinstance(value, tuple) else (value,)
    return "×".join(str(number).replace("-", "−") for number in numbers)
