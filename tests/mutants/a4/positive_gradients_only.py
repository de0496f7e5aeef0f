"""A pixel that lowers the output is not seen."""

# question: a4-q6
# loses: one image, at the border, several images
# says: may be negative

from course_utils import checks


def seen_pixels(model, images, position):
    gradient = checks.input_gradient(model, images, position)
    return (gradient > 0).any(axis=(0, 3))
