"""Train variants of a network at an equal budget under several seeds, and time them.

    results = training.compare({"plain": build_plain, "residual": build_residual}, images, epochs=5)
    results.ranges("loss")           # {"plain": (lowest, highest over the seeds), …}
    figures.bands(results, "loss")

A **builder** is a function without arguments that returns a new Keras model with one output: logits, no softmax.
For one seed, all variants see the same batches in the same order; repeated on one machine, a run gives the same
numbers to the last bit, whatever ran before it.

comparing.py holds the loop, networks.py how a model is looked at and compiled, results.py what comes out, pairs.py how
two variants compare seed by seed, timing.py the measured time of a step, recording.py experiments under more seeds.
"""

from .comparing import compare
from .networks import jit_compile
from .pairs import paired
from .recording import inside, recorded
from .results import Results
from .timing import measure

__all__ = ["Results", "compare", "inside", "jit_compile", "measure", "paired", "recorded"]
