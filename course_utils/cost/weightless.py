"""Keras models without memory for their weights."""

import contextvars
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
    thread.start()
    thread.join()
    random.setstate(state)
    if "error" in outcome:
        raise outcome["error"]
    return outcome["result"]
