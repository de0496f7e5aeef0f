"""What one image shows."""

# question: a4-q6
# loses: several images
# says: any of the images

from course_utils import checks


def seen_pixels(model, images, position):
    gradient = checks.input_gradient(model, images, position)
    return (gradient[0] != 0).any(axis=-1)
