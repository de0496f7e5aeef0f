"""Statements about modern CNNs that one often reads, some true, most not, and the notebook that measured each."""

from typing import NamedTuple


class Statement(NamedTuple):
    """What is said, whether it is true, why, and the number of the notebook whose cells show it."""

    text: str
    true: bool
    reason: str
    notebook: str


STATEMENTS = (
    Statement(
        "A 1×1 convolution is also called Network in Network.",
        False,
        "Network in Network is an architecture, mlpconv layers and global average pooling, that uses it.",
        "01",
    ),
    Statement(
        "A 1×1 convolution with stride 1 makes a feature map lower and narrower.",
        False,
        "Height and width stay; the number of channels changes.",
        "01",
    ),
    Statement(
        "Two 1×1 convolutions with nothing between them can be replaced by one.",
        True,
        "Two matrices in a row are one matrix. The activation between them makes the difference.",
        "01",
    ),
    Statement(
        "NIN's 1×1 convolutions lower its number of parameters.",
        False,
        "For ImageNet they keep the widths and add parameters. NIN is small because it has no fully connected layers.",
        "02",
    ),
    Statement(
        "A layer with 9.68 times fewer MACs runs 9.68 times faster.",
        False,
        "The clock also sees what did not shrink: the other layers, memory, the overhead of each call.",
        "03",
    ),
    Statement(
        "The classification task of ILSVRC has 456,567 training images.",
        False,
        "That is detection, 2014; the thousand classes have 1,281,167.",
        "04",
    ),
    Statement(
        "AlexNet was split in two because its graphics cards were slow.",
        False,
        "One card had 3 GB of memory; the activations of a batch did not fit.",
        "04",
    ),
    Statement(
        "AlexNet's 11×11 kernels are a poor choice because they need many parameters.",
        False,
        "They have 34,944 of 60,965,224. The better reason is aliasing.",
        "04",
    ),
    Statement(
        "VGG won the classification task of 2014.",
        False,
        "GoogLeNet did; VGG came second there, and first in localization.",
        "05",
    ),
    Statement(
        "Two 3×3 convolutions in a row see as far as one 5×5.",
        True,
        "Each adds two pixels, by arithmetic and measured by gradient.",
        "05",
    ),
    Statement(
        "A 56-layer plain network is worse than a 20-layer one because it overfits.",
        False,
        "It is worse on the very images it trains on.",
        "07",
    ),
    Statement(
        "In a residual block, the identity is added after the last ReLU.",
        False,
        "Before it: ReLU(F(x) + x). Otherwise a block could only raise values.",
        "07",
    ),
    Statement(
        "A block can have the right shapes and parameters and a falling loss, and still be wired wrongly.",
        True,
        "Disturb each weight and look whether the output moves.",
        "07",
    ),
    Statement(
        "In a dense block, the number of channels grows linearly.",
        True,
        "Every layer adds the same number of maps, the growth rate.",
        "08",
    ),
    Statement(
        "From winner to winner, performance rose while the parameters fell.",
        False,
        "They fell to GoogLeNet and rose again to ResNet; what fell for good is the fully connected share.",
        "09",
    ),
)


def myths(answers=None):
    """Print the statements, or mark a student's answers and say for each why, and which notebook measured it.

    Args:
        answers: {number of the statement, from 1 on: True, False, or None for not yet}. Without it, the statements are
            printed. A wrong answer raises nothing: it is explained.

    Raises:
        AssertionError: an answer is not True, False or None, or belongs to no statement.
    """
    if answers is None:
        for number, statement in enumerate(STATEMENTS, start=1):
            print(f"{number:2}. {statement.text}")
        return
    unknown = [number for number in answers if number not in range(1, len(STATEMENTS) + 1)]
    if unknown:
        raise AssertionError(f"there is no statement {unknown[0]!r}; they are numbered from 1 to {len(STATEMENTS)}.")
    odd = [number for number, answer in answers.items() if not (answer is None or isinstance(answer, bool))]
    if odd:
        raise AssertionError(f"answer {odd[0]} is {answers[odd[0]]!r}; write True or False, or None for not yet.")
    right = 0
    for number, statement in enumerate(STATEMENTS, start=1):
        answer = answers.get(number)
        if answer is None:
            continue
        right += answer == statement.true
        mark = "right" if answer == statement.true else "WRONG"
        print(f"{number:2}. {mark}, it is {statement.true}. {statement.reason} (notebook {statement.notebook})")
    empty = sum(answers.get(number) is None for number in range(1, len(STATEMENTS) + 1))
    if empty:
        print(f"not yet: {empty} of {len(STATEMENTS)} statements have no answer. Write True or False.")
    elif right == len(STATEMENTS):
        print(f"ok: all {right} are right")
    else:
        print(f"{right} of {len(STATEMENTS)} are right")
