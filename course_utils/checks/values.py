"""Compare a result with the right one."""

import numpy as np

from .differences import difference, readable, what_is_wrong


def matches_reference(function, reference, *args, tolerance=1e-5, name=None, **kwargs):
    """Call your function and a reference with the same arguments and compare what they return.

    Args:
        function: yours. While it returns None or `...` (or raises NotImplementedError), the check says "not yet".
        reference: the function that is known to be right; it returns a number, an array, or a tuple of these.
        *args: arguments for both. Your function gets copies of arrays, and is told when it writes into them.
        tolerance: largest difference that passes, as a fraction of the largest expected value. Where the reference
            returns integers, yours must be equal.
        name: what to call your function in messages; by default its own name.
        **kwargs: keyword arguments for both.

    Raises:
        AssertionError: your function fails, returns another shape, no numbers, or other values.
    """
    own = getattr(function, "__name__", None) or getattr(function, "name", None)
    name = name or (own if isinstance(own, str) and own.isidentifier() else "your function")
    if _is_blank(function):
        print(f"not yet: {name} is still empty. Fill it in, then run this cell again.")
        return
    if not callable(function):
        raise AssertionError(
            f"{name} is a {type(function).__name__}, not a function: hand over the function, without (…) after it."
        )
    given_args, given_kwargs = _copy(args), _copy(kwargs)
    try:
        given = function(*given_args, **given_kwargs)
    except NotImplementedError:
        given = None
    except Exception as error:
        raise AssertionError(f"{name} stopped with {type(error).__name__}: {error}") from error
    if _is_blank(given):
        print(f"not yet: {name} returns nothing. Fill it in (it must end in `return`), then run this cell again.")
        return
    if not _same((args, kwargs), (given_args, given_kwargs)):
        raise AssertionError(
            f"{name} changes the array that it is given, so that the caller's data are lost. "
            "Write into a new array, for example one made with np.zeros or .copy()."
        )
    expected = reference(*args, **kwargs)
    if not isinstance(expected, tuple):
        print(f"ok: {name} matches the reference, {difference(given, expected, tolerance, name)}")
        return
    if not isinstance(given, (tuple, list)) or len(given) != len(expected):
        raise AssertionError(f"{name} must return {len(expected)} results, separated by commas.")
    found = [
        difference(g, e, tolerance, f"{name}, result {i} of {len(expected)}")
        for i, (g, e) in enumerate(zip(given, expected, strict=True), start=1)
    ]
    print(f"ok: {name} matches the reference, {'; '.join(found)}")


def equals(value, expected, hint="", name="your answer", tolerance=1e-6):
    """Compare one answer (a number, a text, True or False, or a tuple of these) with the right one.

    The message of a wrong answer says in which way it is wrong, and does not show the right one.

    Args:
        value: the answer; None or `...` prints "not yet".
        expected: the right answer. Whole numbers and texts must be equal.
        hint: a sentence added to the message of a wrong answer.
        name: what to call the answer in messages.
        tolerance: largest relative difference where `expected` has a decimal point.

    Raises:
        AssertionError: the answer is wrong or of another kind.
    """
    if _is_blank(value) or (isinstance(value, (tuple, list)) and any(_is_blank(v) for v in value)):
        print(
            f"not yet: {name} is still empty. Replace the `...` (a function must end in `return`), then run this again."
        )
        return
    wrong = what_is_wrong(value, expected, tolerance)
    if wrong:
        raise AssertionError(" ".join(filter(None, [f"{name} {wrong}.", hint])))
    print(f"ok: {name} is right, {readable(value)}")


def _is_blank(value):
    return value is None or value is Ellipsis


def _copy(value):
    if isinstance(value, np.ndarray):
        return value.copy()
    if isinstance(value, (list, tuple)):
        return type(value)(_copy(v) for v in value)
    if isinstance(value, dict):
        return {k: _copy(v) for k, v in value.items()}
    return value


def _same(before, after):
    if isinstance(before, np.ndarray):
        return np.array_equal(before, after, equal_nan=before.dtype.kind == "f")
    if isinstance(before, (list, tuple)):
        return len(before) == len(after) and all(map(_same, before, after))
    if isinstance(before, dict):
        return before.keys() == after.keys() and all(_same(before[k], after[k]) for k in before)
    return True
