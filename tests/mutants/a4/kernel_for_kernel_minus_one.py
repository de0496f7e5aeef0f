"""Each layer adds its whole kernel."""

# question: a4-q5
# loses: stride 1, fields with strides and poolings
# says: kernel − 1 steps


def fields(layers):
    found, field, jump = [], 1, 1
    for kind, *settings in layers:
        if kind not in ("conv", "pool"):
            continue
        kernel, stride = settings[1:3] if kind == "conv" else settings
        field += kernel * jump
        jump *= stride
        found.append((field, jump))
    return found
