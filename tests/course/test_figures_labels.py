"""Names beside points: none covers another name or a point, and each stays in the picture."""

from itertools import combinations

import matplotlib
import numpy as np
import pytest

matplotlib.use("agg")
import matplotlib.pyplot as plt

from course_utils.figures.labels import beside


def boxes(places, radii, names=None, limits=(0, 10)):
    names = names or [f"a name, {number}M" for number in range(len(places))]
    figure, axis = plt.subplots(figsize=(8, 5))
    axis.set(xlim=limits, ylim=limits)
    texts = beside(axis, names, places, radii)
    figure.canvas.draw()
    assert [text.get_text() for text in texts] == names
    text = [matplotlib.text.Text.get_window_extent(text) for text in texts]  # without the leading line
    points = [axis.transData.transform(place) for place in places]
    frame = axis.get_window_extent()
    plt.close(figure)
    return text, points, frame


CROWDED = [(5, 5), (5.2, 5.1), (5.1, 4.8), (5.3, 5.3), (4.9, 5.2), (5.4, 4.9)]


@pytest.mark.parametrize("places", [CROWDED, [(0.2, 0.2), (9.8, 9.8)], [(5, 5), (5, 5)]])
def test_names_cover_neither_each_other_nor_points_and_stay_inside(places):
    texts, points, frame = boxes(places, [5] * len(places))
    assert not any(first.overlaps(second) for first, second in combinations(texts, 2))
    assert not any(text.contains(*point) for text in texts for point in points)
    assert all(frame.x0 <= text.x0 and text.x1 <= frame.x1 for text in texts)
    assert all(frame.y0 <= text.y0 and text.y1 <= frame.y1 for text in texts)


def test_a_single_name_stands_close_above_its_mark():
    (text,), (point,), _ = boxes([(5, 5)], [10])
    middle = np.array([(text.x0 + text.x1) / 2, (text.y0 + text.y1) / 2])
    pixel = plt.rcParams["figure.dpi"] / 72
    assert abs(middle[0] - point[0]) < 2
    assert 10 * pixel < middle[1] - point[1] < 30 * pixel


def test_without_any_free_place_the_name_still_stands_above():
    (text,), (point,), _ = boxes([(5, 5)], [400])
    assert text.y0 > point[1]
