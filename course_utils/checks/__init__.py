"""What you run on your own work: does it equal the reference, is every weight connected, does the gradient arrive?

A check prints one line that starts with "ok:", or raises AssertionError with a message that says what is wrong and
where to look. An exercise that is not filled in yet prints "not yet:" and raises nothing.

values.py compares results, differences.py says how they differ, gradients.py and connections.py look into models. Keras
is imported only when a check needs it, and every check works on each of Keras's backends.
"""

from .connections import wiring
from .gradients import gradient_flow, gradient_norms, input_gradient
from .values import equals, matches_reference

__all__ = ["equals", "gradient_flow", "gradient_norms", "input_gradient", "matches_reference", "wiring"]
