"""Every layer adds kernel − 1 pixels."""

# question: a4-q5
# loses: fields with strides and poolings, jumps
# says: strides have no effect


def fields(layers):
    found, field, jump = [], 1, 1
    for kind, *settings in layers:
        if kind not in ("conv", "pool"):
            continue
        kernel = settings[1] if kind == "conv" else settings[0]
        field += kernel - 1
        found.append((field, jump))
    return found
