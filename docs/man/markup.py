"""Text for scdoc, from plain text and from the Markdown of the documents."""

import re

INLINE = re.compile(r"`([^`]+)`|\[([^\]]+)\]\(([^)]+)\)|\*\*([^*]+)\*\*|\*([^*\s][^*]*)\*|<br>")


def escaped(text):
    """Plain text: nothing in it is markup."""
    return re.sub(r"([\\*_#\[\]|`~])", r"\\\1", text)


def bold(text):
    return f"*{escaped(text)}*"


def italic(text):
    return f"_{escaped(text)}_"


def literal(lines):
    """Lines that are shown as they are."""
    return ["```", *(line.replace("\\", "\\\\") for line in lines), "```"]


def slug(title):
    """The name by which links refer to a heading."""
    return re.sub(r"[^\w -]", "", title.lower()).replace(" ", "-")


def reference(text, target, titles):
    """A link as text: the title of what it leads to, or the page. `titles`: what sections of this page are called, by slug."""
    page, _, anchor = target.partition("#")
    if not page and anchor in titles:
        return escaped(titles[anchor])
    return escaped(text) if text == page or not page else escaped(f"{text} ({page})")


def from_markdown(text, titles):
    """One paragraph or cell."""
    parts, end = [], 0
    for found in INLINE.finditer(text):
        parts.append(escaped(text[end:found.start()]))
        code, label, target, strong, weak = found.groups()
        if code:
            parts.append(bold(code))
        elif label:
            parts.append(reference(label.replace("`", ""), target, titles))
        elif strong or weak:
            parts.append(bold(strong) if strong else italic(weak))
        else:
            parts.append("; ")
        end = found.end()
    return "".join(parts) + escaped(text[end:])
