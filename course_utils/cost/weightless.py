"""Keras models without memory for their weights."""

import concurrent.futures
import contextvars
import random

import keras


def weightless(function):
    """Call `function()` where Keras allocates no weights, and return its result, such as a model.

    The model knows the shapes of its weights, not their values: look at it, do not run it.

    Keras keeps the weights that it has not made yet on a list, one a thread, and makes them all when some later
    StatelessScope of that thread ends. So this runs in a thread of its own, which takes the list with it.
    A thread starts with the default dtype policy: the caller's is handed over. Python's random state stays as it is,
    although initializers draw their seeds from it.
    """
    policy, state = keras.config.dtype_policy(), random.getstate()

    def work():
        keras.config.set_dtype_policy(policy)
        with keras.StatelessScope(initialize_variables=False):
            return function()

    try:
        with concurrent.futures.ThreadPoolExecutor(1, "cost without weights") as thread:
            return thread.submit(contextvars.copy_context().run, work).result()
    finally:
        random.setstate(state)
