"""The course's figures: one look, colour-blind safe, readable when printed grey.

Lines take the Okabe–Ito colours with different dashes, maps take cividis; nothing is told by colour alone. Every
function draws one figure and returns None, so that a notebook cell ends in the picture.

look.py sets the look, pictures.py shows images and maps, layers.py draws what a layer does, results.py what was
measured, cost.py what a model costs. Notebooks 00 and 01 build what the first functions draw.
"""

from .cost import families, layer_costs, receptive_fields
from .layers import channel_mixing, kernels, one_by_one_step, volumes
from .look import use_course_look
from .pictures import images
from .results import bands, seed_ranges

__all__ = [
    "bands",
    "channel_mixing",
    "families",
    "images",
    "kernels",
    "layer_costs",
    "one_by_one_step",
    "receptive_fields",
    "seed_ranges",
    "use_course_look",
    "volumes",
]
