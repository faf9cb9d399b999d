"""What a browser makes of a card."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

VOID = {"br", "hr", "img", "input", "link", "meta", "wbr"}


class Page(HTMLParser):
    """What a browser sees: tags that are closed in their order, attributes, text."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.stack: list[str] = []
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.text = ""
        self.feed(html)
        self.close()
        assert self.stack == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += attrs
        if tag not in VOID:
            self.stack.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.stack.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.stack[-1] != "style":
            self.text += data


def svg(html: str, class_: str) -> Element:
    (picture,) = re.findall(rf'<svg [^>]*class="{class_}".*?</svg>', html, re.S)
    return ElementTree.fromstring(picture)


def marked(html: str, picture: str, class_: str) -> list[list[float]]:
    """x, y, width and height of the rectangles that mark a box or a time."""
    return [
        [float(each.attrib[side].rstrip("%")) for side in ("x", "y", "width", "height")]
        for each in svg(html, picture).iter("rect")
        if each.get("class") == class_
    ]


def boxes(html: str) -> list[list[float]]:
    return marked(html, "pangeo-map", "pangeo-extent")


def bars(html: str) -> list[tuple[float, float]]:
    found = marked(html, "pangeo-time", "pangeo-period")
    return [(low, low + width) for low, _, width, _ in found]
