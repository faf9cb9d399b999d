"""Elements of HTML and SVG; whatever text is put into them is escaped when they are written."""

from __future__ import annotations

from xml.etree import ElementTree
from xml.etree.ElementTree import Element

__all__ = ["Element", "element", "to_html"]


def element(tag: str, *children: Element | str, **attributes: object) -> Element:
    """An element with its children; ``class_`` and ``fill_opacity`` name attributes of theirs."""
    names = {name: name.rstrip("_").replace("_", "-") for name in attributes}
    made = Element(tag, {names[name]: str(value) for name, value in attributes.items()})
    for child in children:
        if isinstance(child, Element):
            made.append(child)
        elif len(made):
            made[-1].tail = (made[-1].tail or "") + child
        else:
            made.text = (made.text or "") + child
    return made


def to_html(root: Element) -> str:
    """The element as HTML 5."""
    return ElementTree.tostring(root, encoding="unicode", method="html")
