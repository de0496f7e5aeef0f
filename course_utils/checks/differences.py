"""In which way a result differs from the right one, in words."""

import itertools
import sys

import numpy as np


def difference(given, expected, tolerance, name):
    """Raise if the arrays differ; return what was compared, in words."""
    given, expected = _array(given, name), _array(expected, "the reference")
    if given.shape != expected.shape:
        raise AssertionError(
            f"{name} returns shape {given.shape}, expected is {expected.shape}.{_shape_hint(given, expected)}"
        )
    if not np.isnan(expected).any() and np.isnan(given).any():
        raise AssertionError(
            f"{name}: {int(np.isnan(given).sum()):,} of {given.size:,} values are NaN (not a number). "
            "Look for 0/0, inf − inf, or an array from np.empty that was never filled."
        )
    if expected.dtype.kind in "iub":
        tolerance = 0
    close = _close(given, expected, tolerance)
    if not close.all():
        worst = np.unravel_index(np.argmax(np.where(close, -1, _distance(given, expected))), expected.shape)
        where = f" at index {tuple(int(i) for i in worst)}" if expected.ndim else ""
        raise AssertionError(
            f"{name}: {int((~close).sum()):,} of {close.size:,} values differ. The largest difference is{where}: "
            f"expected {readable(expected[worst])}, yours is {readable(given[worst])}."
            f"{_value_hint(given, expected, tolerance)}"
        )
    return f"{expected.size:,} values of shape {expected.shape}" if expected.ndim else readable(expected[()])


def what_is_wrong(value, expected, tolerance):
    """The rest of a sentence that begins with the answer's name; "" if the answer is right."""
    if isinstance(expected, (tuple, list)):
        if not isinstance(value, (tuple, list)) and np.ndim(value) != 1:
            return f"is {readable(value)}, but must be {len(expected)} values in parentheses, separated by commas"
        if len(value) != len(expected):
            return f"has {len(value)} values, but must have {len(expected)}"
        for i, (v, e) in enumerate(zip(value, expected, strict=True)):
            wrong = what_is_wrong(v, e, tolerance)
            if wrong:
                return f"is wrong at index {i}: it {wrong}"
        return ""
    if isinstance(expected, (str, bool, np.bool_)):
        if isinstance(expected, str) != isinstance(value, str):
            return f"is {value!r}, but must be {'a text' if isinstance(expected, str) else 'True or False'}"
        return "" if value == expected else f"is {value!r}, which is not right"
    if isinstance(value, (tuple, list)):
        return (
            f"is {value!r}, {len(value)} values, but must be one number "
            "(Python reads 1,234 as two numbers: write 1234 or 1_234)"
        )
    if isinstance(value, (str, bool, np.bool_)):
        return f"is {value!r}, but must be a number (without quotes)"
    number = _array(value, "your answer")
    if number.size != 1:
        return f"is an array of shape {number.shape}, but must be one number"
    number, exact = number.item(), isinstance(expected, (int, np.integer))
    if number == expected or (not exact and abs(number - expected) <= tolerance * abs(expected)):
        return ""
    return f"is {readable(number)}, which is {_how_far(number, expected)}"


def _array(value, name):
    keras = sys.modules.get("keras")
    if keras is not None and keras.ops.is_tensor(value):
        value = keras.ops.convert_to_numpy(value)
    elif keras is not None and isinstance(value, keras.KerasTensor):
        raise AssertionError(f"{name} gives a symbolic tensor, which has no values: call it on an array of numbers.")
    try:
        array = np.asarray(value)
    except ValueError:  # a ragged list
        array = np.asarray(None)
    if array.dtype.kind not in "iubf":
        raise AssertionError(f"{name} must give numbers, but gives {type(value).__name__} of dtype {array.dtype}.")
    return array


def _distance(given, expected):
    with np.errstate(invalid="ignore"):
        distance = np.abs(given.astype(np.float64) - expected.astype(np.float64))
    return np.where(np.isnan(distance), np.inf, distance)


def _close(given, expected, tolerance):
    if tolerance == 0:
        return given == expected
    finite = np.abs(expected[np.isfinite(expected)]).max(initial=0)
    both_nan = np.isnan(given) & np.isnan(expected)
    return (given == expected) | both_nan | (_distance(given, expected) <= tolerance * (finite or 1))


def _shape_hint(given, expected):
    if given.ndim == expected.ndim and sorted(given.shape) == sorted(expected.shape):
        return " The axes are there, in another order."
    if [n for n in given.shape if n != 1] == [n for n in expected.shape if n != 1]:
        return f" An axis of length 1 is {'missing' if given.ndim < expected.ndim else 'too many or misplaced'}."
    if given.size == expected.size:
        return " The number of values is right: look at reshape, or at the order of the axes."
    if given.ndim != expected.ndim:
        return f" It has {given.ndim} axes instead of {expected.ndim}: was an axis summed over, or kept, by mistake?"
    differ = [i for i, (g, e) in enumerate(zip(given.shape, expected.shape, strict=True)) if g != e]
    return f" Look at axis {', '.join(map(str, differ))}."


def _value_hint(given, expected, tolerance):
    """The first simple explanation that fits: what was done besides, or left out."""

    def explains(candidate, target):
        return bool(_close(candidate, target, tolerance or 1e-9).all())

    given, expected = given.astype(np.float64), expected.astype(np.float64)
    if not (np.isfinite(given).all() and np.isfinite(expected).all()):
        return ""
    if explains(given, np.maximum(expected, 0)):
        return " The negative values became 0: there is a ReLU that is not asked for."
    if explains(np.maximum(given, 0), expected):
        return " Only your negative values are wrong, they should be 0: the ReLU is missing."
    size = float(np.sum(expected * expected))
    factor = float(np.sum(given * expected)) / size if size else 0.0
    if expected.size > 1 and factor and explains(given / factor, expected):
        return f" All your values are the expected ones times {factor:.6g}."
    for axes in itertools.permutations(range(expected.ndim)) if expected.ndim <= 4 else ():
        if axes != tuple(range(expected.ndim)):
            swapped = expected.transpose(axes)
            if swapped.shape == given.shape and explains(given, swapped):
                return f" The axes are exchanged: yours is the expected array with its axes in the order {axes}."
    for axis in range(expected.ndim):
        if expected.shape[axis] > 1 and explains(given, np.flip(expected, axis)):
            return f" Yours runs backwards along axis {axis}."
    offset = given - expected
    if expected.size > 1 and explains(given - offset.flat[0], expected):
        return f" All your values are off by the same {offset.flat[0]:.6g}: is a constant forgotten or added twice?"
    if expected.ndim > 1 and offset[..., 0].size > 1:
        per_channel = offset.reshape(-1, offset.shape[-1])[0]
        if explains(given - per_channel, expected):
            return " Each channel is off by a constant of its own: is the bias forgotten, or added twice?"
    if expected.size > 1 and explains(np.sort(given, axis=None), np.sort(expected, axis=None)):
        return " The values are right, but in other places: look at reshape and at the order of the axes."
    return ""


def _how_far(number, expected):
    """ "too small", with the factor where it is a whole one: a forgotten factor is the commonest slip."""
    side = "too large" if number > expected else "too small"
    if number > 0 and expected > 0:
        ratio = max(number / expected, expected / number)
        if round(ratio) >= 2 and abs(ratio - round(ratio)) < 1e-9 * ratio:
            return f"{side} by a factor of exactly {round(ratio):,}"
    return side if number == number else "not a number (NaN)"


def readable(value):
    if isinstance(value, (bool, np.bool_, str)):
        return repr(value)
    if isinstance(value, (int, np.integer)):
        return f"{int(value):,}"
    if isinstance(value, (float, np.floating)):
        return f"{float(value):.6g}"
    return str(value)
