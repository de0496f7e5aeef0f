"""The gradient, not where it is."""

# question: a4-q6
# loses: one image, at the border, several images
# says: gradient itself

from course_utils import checks


def seen_pixels(model, images, position):
    gradient = checks.input_gradient(model, images, position)
    return gradient
