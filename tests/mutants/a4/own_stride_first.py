"""The jump grows before the layer adds."""

# question: a4-q5
# loses: fields with strides and poolings
# says: later layers only


def fields(layers):
    found, field, jump = [], 1, 1
    for kind, *settings in layers:
        if kind not in ("conv", "pool"):
            continue
        kernel, stride = settings[1:3] if kind == "conv" else settings
        jump *= stride
        field += (kernel - 1) * jump
        found.append((field, jump))
    return found
