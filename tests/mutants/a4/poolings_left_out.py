"""Only layers with weights are looked at."""

# question: a4-q5
# loses: fields with strides and poolings, jumps
# says: poolings are missing


def fields(layers):
    found, field, jump = [], 1, 1
    for kind, *settings in layers:
        if kind != "conv":
            continue
        kernel, stride = settings[1:3]
        field += (kernel - 1) * jump
        jump *= stride
        found.append((field, jump))
    return found
