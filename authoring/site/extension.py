"""What the book adds to Sphinx: mathematics without a script, glossary, links to notebooks, image sizes."""

import functools
import html
import json
import re
from pathlib import Path

import imagesize
from docutils import nodes
from latex2mathml.converter import convert
from sphinx.transforms.post_transforms import SphinxPostTransform

from authoring import translating
from authoring.site import books

GLOSSARY = "notebooks/glossary"
CLOSED = (
    nodes.literal,
    nodes.reference,
    nodes.title,
    nodes.math,
    nodes.raw,
    nodes.table,
    nodes.literal_block,
    nodes.term,
)


class Links(SphinxPostTransform):
    """The first mention of a glossary's word on a page, and every "notebook 05", become links.

    A word is marked from the notebook on that first explains it: in earlier ones it is an everyday word.
    """

    default_priority = 400
    formats = ("html",)

    def run(self):
        here, builder = self.env.docname, self.app.builder
        number = re.match(r"(?:notebooks|assignments)/(\w?\d+)", here)
        pages = [name for name in self.env.found_docs if re.match(r"\w+/\w?\d", name)]
        places = {name.split("/")[1].split("_")[0]: name for name in pages}
        terms = words_of(self.env) if number else {}
        terms = {word: term for word, term in terms.items() if here[0] == "a" or term[2] <= number.group(1)}
        words, say = "|".join(map(re.escape, sorted(terms, key=len, reverse=True))) or "(?!)", spoken(self.app)
        notebook, task = (re.escape(say.get(word, word)) for word in ("notebook", "assignment"))
        place = rf"((?:[Nn]otebook|{notebook}) (\d\d)|(?:[Aa]ssignment|{task}) (a\d))(?!\d)"
        # Before, no letter; behind, no Latin one: in Korean, a word's ending follows without a space.
        pattern = re.compile(rf"(?<!\w)(?:{place}|({words})(?:e?s)?(?![A-Za-z0-9_]))")
        seen, glossary = set(), builder.get_relative_uri(here, GLOSSARY) if terms else ""

        def link(found):
            text = html.escape(found.group())
            if place := found.group(2) or found.group(3):
                target = places.get(place)
                return (
                    None if target in (None, here) else f'<a href="{builder.get_relative_uri(here, target)}">{text}</a>'
                )
            anchor, meaning, _ = terms[found.group(4)]
            if anchor in seen:
                return None
            seen.add(anchor)
            return f'<a class="term" href="{glossary}#{anchor}" data-meaning="{html.escape(meaning)}">{text}</a>'

        for paragraph in list(self.document.findall(nodes.paragraph)):
            for node in list(paragraph.findall(nodes.Text)):
                if not _inside(node, CLOSED):
                    _replace(node, pattern, link)


@functools.cache
def _words(code):
    return {} if code == "en" else translating.language(code).words


def spoken(app):
    """{English: in the book's language} of the words that the book says; empty for the English book."""
    return _words(app.config.language)


def switch_language(app, pagename, templatename, context, doctree):
    """Each page leads to itself in the other languages, and tells book.js how to speak."""
    here, up = app.config.language, "../" * pagename.count("/")
    first = here == "en"
    names = {"en": "English"} | {lang.code: lang.name for lang in books()}
    page = "index" if pagename == "teaching" else pagename  # there is no other guide
    to = {code: f"{up}{'' if first else '../'}{'' if code == 'en' else code + '/'}{page}.html" for code in names}
    context["languages"] = [(code, names[code], to[code]) for code in names if code != here]
    if words := spoken(app):
        told = json.dumps(words, ensure_ascii=False).replace("<", "\\u003c")
        context["body"] = f'<script type="application/json" id="words">{told}</script>' + context.get("body", "")


def _inside(node, kinds):
    while node := node.parent:
        if isinstance(node, kinds):
            return True
    return False


def _replace(node, pattern, link):
    """Put what `link` makes of each match in place of it; None leaves it as it is."""
    parts, text, end = [], node.astext(), 0
    for found in pattern.finditer(text):
        if made := link(found):
            parts += [nodes.Text(text[end : found.start()]), nodes.raw("", made, format="html")]
            end = found.end()
    if parts:
        node.parent.replace(node, [*parts, nodes.Text(text[end:])])


def words_of(env):
    """{word: (its anchor on the glossary's page, its meaning, the number of the notebook that explains it)}."""
    found = {}
    for item in env.get_doctree(GLOSSARY).findall(nodes.definition_list_item):
        term, meaning = item.next_node(nodes.term), item.next_node(nodes.definition).astext()
        meaning, number = re.fullmatch(r"(.*) \(\w+ (\d\d)\)", meaning, re.S).groups()
        names = re.findall(r"[^()]+[^() ]", term.astext().replace(" (", "("))
        found |= {name: (term["ids"][0], meaning, number) for name in names if name}
    return found


def mathml(self, node):
    """Mathematics as MathML, which browsers draw themselves; a displayed equation has its number beside it."""
    if not isinstance(node, nodes.math_block):
        self.body.append(convert(node.astext(), display="inline"))
        raise nodes.SkipNode
    drawn = convert(node.astext(), display="block")
    number = f'<span class="eqno">({node["number"]})</span>' if node["number"] else ""
    self.body.append(self.starttag(node, "div", drawn + number, CLASS="equation") + "</div>")
    raise nodes.SkipNode


def size_images(app, pagename, templatename, context, doctree):
    """Give each image its size, so that nothing jumps, and let those far down wait."""
    if doctree is None:
        return
    files = {Path(name).name: Path(app.srcdir, path) for path, name in app.builder.images.items()}

    def sized(found):
        path = files.get(Path(found.group(2)).name)
        if path is None:
            return found.group()
        width, height = imagesize.get(path)
        wait = "" if pagename == "index" else ' loading="lazy"'
        return f'<img width="{width}" height="{height}"{wait} decoding="async" {found.group(1)}src="{found.group(2)}"'

    context["body"] = re.sub(r'<img ([^>]*?)src="([^"]+)"', sized, context["body"])


def setup(app):
    app.add_post_transform(Links)
    app.add_html_math_renderer("mathml", inline_renderers=(mathml, None), block_renderers=(mathml, None))
    app.connect("html-page-context", size_images)
    app.connect("html-page-context", switch_language, priority=100)  # before the theme drops empty parts
    return {"parallel_read_safe": True, "parallel_write_safe": True}
