"""Strides are added up."""

# question: a4-q5
# loses: fields with strides and poolings, jumps
# says: multiplied by each stride


def fields(layers):
    found, field, jump = [], 1, 1
    for kind, *settings in layers:
        if kind not in ("conv", "pool"):
            continue
        kernel, stride = settings[1:3] if kind == "conv" else settings
        field += (kernel - 1) * jump
        jump += stride - 1
        found.append((field, jump))
    return found
