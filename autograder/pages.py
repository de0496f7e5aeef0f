"""Pages from the templates in templates/: every word that goes into one is escaped (jinja2's autoescape).

The pages need nothing else: no script, no picture, no request, which their own policy forbids the browser as well.
"""

import functools
import re
from pathlib import Path

import jinja2
import markupsafe

from .inbox import printable
from .languages import Language, language
from .tables import number


def _readable(value):
    """Text from a submission without characters that turn or hide what stands around them."""
    return printable(value) if type(value) is str else value


def _said(sentence: str) -> markupsafe.Markup:
    """A sentence with its `code` set as code."""
    parts = re.split(r"`([^`]+)`", printable(sentence))
    shown = (
        f"<code>{markupsafe.escape(part)}</code>" if at % 2 else markupsafe.escape(part)
        for at, part in enumerate(parts)
    )
    return markupsafe.Markup("".join(shown))


@functools.cache
def _templates(tell: Language) -> jinja2.Environment:
    made = jinja2.Environment(
        extensions=["jinja2.ext.i18n"],
        loader=jinja2.FileSystemLoader(Path(__file__).parent / "templates"),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=jinja2.StrictUndefined,
        finalize=_readable,
    )
    made.filters["number"] = number
    made.filters["said"] = _said
    made.filters["percent"] = lambda share: f"{100 * share:.0f} %"
    made.install_gettext_translations(tell.catalogue, newstyle=True)
    made.globals["lang"] = tell.code
    return made


def render(template: str, tell: Language | None = None, **values) -> str:
    """A page as HTML, in English where no language is given."""
    return _templates(tell or language()).get_template(template).render(values)
