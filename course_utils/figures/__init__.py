"""The course's figures: one look, colour-blind safe, readable when printed grey.

Lines take the Okabe–Ito colours with different dashes, maps take cividis; nothing is told by colour alone. Every
function draws one figure and returns None, so that a notebook cell ends in the picture. Here stand the pictures that
several notebooks draw; what only one of them needs is written in its own cells.
"""

from .cost import layer_costs
from .diagram import diagram
from .look import use_course_look
from .network import network
from .pictures import confidence_maps, images
from .play import play
from .results import bands, gradients, paired_differences, seed_ranges
from .volumes import volumes

__all__ = ["bands", "confidence_maps", "diagram", "gradients", "images", "layer_costs", "network"]
__all__ += ["paired_differences", "play", "seed_ranges", "use_course_look", "volumes"]
