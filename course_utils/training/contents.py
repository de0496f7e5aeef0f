"""What of a layer of one's own, or of a function, can change a number: its code and its settings, as plain data."""

import functools
import hashlib
import sys
import types

import keras
import numpy as np

_PLAIN = (bool, int, float, complex, str, bytes, type(None), type(...), range)
_LIBRARIES = {*sys.stdlib_module_names, "keras", "tensorflow", "torch", "jax", "numpy"} - {"__main__"}
_NO_MATTER = ("name", "__doc__", "__firstlineno__", "__static_attributes__")


def contents(value, seen=None):
    """Nested lists of texts that differ if two values do; of what libraries define only the name."""
    seen = {} if seen is None else seen  # keeps what it has seen, so that no id is given twice
    if isinstance(value, _PLAIN):
        return repr(value)
    if isinstance(value, np.generic | np.ndarray) or keras.ops.is_tensor(value):
        array = np.asarray(keras.ops.convert_to_numpy(value) if keras.ops.is_tensor(value) else value)
        return f"{array.dtype}{array.shape}{hashlib.sha256(array.tobytes()).hexdigest()}"
    if isinstance(value, types.ModuleType) or id(value) in seen:
        return getattr(value, "__name__", "seen")
    seen[id(value)] = value
    if isinstance(value, dict):
        return [[repr(key), contents(item, seen)] for key, item in value.items() if key not in _NO_MATTER]
    if isinstance(value, (list, tuple)):
        return [contents(item, seen) for item in value]
    if isinstance(value, (set, frozenset)):
        return sorted((contents(item, seen) for item in value), key=repr)
    if isinstance(value, types.CodeType):
        return [value.co_code.hex(), list(value.co_names), contents(value.co_consts, seen)]
    if isinstance(value, keras.Layer):
        return _of_layer(value, seen)
    inner = getattr(value, "__func__", None) or getattr(value, "fget", None)
    if inner is not None:  # a method or a property
        return contents(inner, seen)
    if isinstance(value, types.FunctionType) and not _of_a_library(value):
        used = [value.__globals__.get(name) for name in value.__code__.co_names]
        cells = [cell.cell_contents for cell in value.__closure__ or ()]
        return contents([value.__code__, value.__defaults__, value.__kwdefaults__, used, cells], seen)
    if isinstance(value, type):
        return [value.__qualname__, *(contents(dict(vars(base)), seen) for base in _own(value))]
    known = _of_a_library(type(value)) or not hasattr(value, "__dict__")
    return type(value).__qualname__ if known else [contents(type(value), seen), contents(vars(value), seen)]


def _of_layer(layer, seen):
    """Of a layer of one's own its class and attributes, of Keras's own the functions that it was given."""
    own = {key: item for key, item in vars(layer).items() if key not in _attributes_of_keras()}
    if not _own(type(layer)):
        own = {key: item for key, item in own.items() if callable(item)}
    layers = layer.layers if isinstance(layer, keras.Model) else []
    return [contents(part, seen) for part in (type(layer), own, layers)]


@functools.cache
def _attributes_of_keras():
    """Names of what Keras itself writes down in a layer or a model."""
    x = keras.Input((1,))
    model = keras.Model(x, keras.layers.Identity()(x))
    return {*vars(keras.layers.Layer()), *vars(model), *vars(keras.Sequential())}


def _own(kind):
    """The classes that a class is made of, without those of libraries."""
    return [base for base in kind.__mro__ if not _of_a_library(base)]


def _of_a_library(value):
    return (getattr(value, "__module__", None) or "builtins").split(".")[0] in _LIBRARIES
