"""Imported in a kernel that tests answers: what is trained from the same start in the same way is trained once.

Exercises compare each answer with the notebook's own network. Training it anew for each would give the same numbers.
"""

import copy
import hashlib
import json

import keras

from course_utils.training import comparing

train, runs = comparing._train, {}


def train_once(model, seed, images, settings, *rest):
    """comparing._train, or its result for the same layers with the same weights, images, seed and settings."""
    facts = json.dumps([model.get_config(), seed, settings], default=repr)
    for number, part in enumerate([model, *model.layers]):  # Keras counts on in its names
        facts = facts.replace(f'"{part.name}"', f'"part {number}"')
    key = hashlib.sha256(facts.encode())
    for values in (*map(keras.ops.convert_to_numpy, model.variables), *images):
        key.update(values.tobytes())
    if (key := key.digest()) not in runs:
        runs[key] = train(model, seed, images, settings, *rest)
    return copy.deepcopy(runs[key])


comparing._train = train_once
