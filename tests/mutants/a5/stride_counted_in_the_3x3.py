"""MACs of v1.5: the first 1×1 still works on the large map."""

# question: a5-q4
# loses: strided bottleneck MACs
# says: the 3×3 works on the small map


def block_cost(height, width, cin, filters, stride=1, bottleneck=False):
    small = -(-height // stride) * -(-width // stride)
    if bottleneck:
        path = [(cin * filters, filters, height * width), (9 * filters**2, filters, small)]
        path.append((filters * 4 * filters, 4 * filters, small))
    else:
        path = [(9 * cin * filters, filters, small), (9 * filters**2, filters, small)]
    if stride != 1 or cin != path[-1][1]:
        path.append((cin * path[-1][1], path[-1][1], small))
    return sum(weights + 2 * makes for weights, makes, _ in path), sum(w * positions for w, _, positions in path)
