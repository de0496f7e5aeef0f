"""The red of a pixel stands for the pixel."""

# question: a4-q6
# loses: one image
# says: several channels

from course_utils import checks


def seen_pixels(model, images, position):
    gradient = checks.input_gradient(model, images, position)
    return (gradient[..., 0] != 0).any(axis=0)
