"""Keras models without memory for their weights."""

import contextlib
import contextvars
import gc
import random
import threading

import keras


def weightless(function):
    """Call `function()` where Keras allocates no weights, and return its result, such as a model.

    The model knows the shapes of its weights, not their values: look at it, do not run it.

    Keras keeps the weights that it has not made yet on a list, one a thread, and makes them all when some later
    StatelessScope of that thread ends. So this runs in a thread of its own, which takes the list with it.
    A thread starts with the default dtype policy: the caller's is handed over. Python's random state stays as it is,
    although initializers draw their seeds from it.
    """
    policy, outcome = keras.config.dtype_policy(), {}

    def work():
        keras.config.set_dtype_policy(policy)
        try:
            with keras.StatelessScope(initialize_variables=False):
                outcome["result"] = function()
        except BaseException as error:  # raised again below, in the caller's thread
            outcome["error"] = error

    state = random.getstate()
    thread = threading.Thread(target=contextvars.copy_context().run, args=(work,), name="cost without weights")
    with _new_garbage_only():
        thread.start()
        thread.join()
    random.setstate(state)
    if "error" in outcome:
        raise outcome["error"]
    return outcome["result"]


@contextlib.contextmanager
def _new_garbage_only():
    """Until the end, Python's garbage collector looks at new objects only; then it frees those that nobody uses.

    A deep model is a hundred thousand objects in circles. While they are made, the collector would go through all that
    Keras and its backend have imported, again and again: a fifth of the time. When they are given up, it would let
    them lie until it comes round.
    """
    frozen_by_others = gc.get_freeze_count() > 0
    if not frozen_by_others:
        gc.freeze()
    try:
        yield
    finally:
        gc.collect()
        if not frozen_by_others:
            gc.unfreeze()
