"""The position is not passed on."""

# question: a4-q6
# loses: one image, at the border, several images
# says: not of the position

from course_utils import checks


def seen_pixels(model, images, position):
    gradient = checks.input_gradient(model, images)
    return (gradient != 0).any(axis=(0, 3))
