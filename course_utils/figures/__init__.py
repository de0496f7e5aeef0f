"""The course's figures: one look, colour-blind safe, readable when printed grey.

Lines take the Okabe–Ito colours with different dashes, maps take cividis; nothing is told by colour alone. Every
function draws one figure and returns None, so that a notebook cell ends in the picture.

look.py sets the look, pictures.py shows images and maps, layers.py draws what a layer does, results.py what was
measured, cost.py what a model costs, challenge.py the challenge's winners and the gradients in a network,
branches.py modules with branches and their bottlenecks, modules.py networks made of such modules, confidence.py maps
laid over pictures, field.py what an output really looks at; labels.py keeps names from covering each other. Notebooks
00 and 01 build what the first functions draw.
"""

from .branches import bottleneck, module
from .challenge import gradients, winners
from .confidence import confidence_maps
from .cost import families, layer_costs, receptive_fields
from .field import effective_fields, windows
from .layers import channel_mixing, kernels, one_by_one_step, volumes
from .look import use_course_look
from .modules import branch_bars, printed_and_counted
from .pictures import images
from .results import bands, seed_ranges

__all__ = [
    "bands",
    "bottleneck",
    "branch_bars",
    "channel_mixing",
    "confidence_maps",
    "effective_fields",
    "families",
    "gradients",
    "images",
    "kernels",
    "layer_costs",
    "module",
    "one_by_one_step",
    "printed_and_counted",
    "receptive_fields",
    "seed_ranges",
    "use_course_look",
    "volumes",
    "windows",
    "winners",
]
