"""Find datasets: a question is asked of the index, and told what was missed where none is."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pangeo.catalogs.entry import Entry
from pangeo.catalogs.found import WIDTH, Entries
from pangeo.catalogs.index import ask, ask_rows, rebuild
from pangeo.catalogs.publishing import find_entry, newest_entry
from pangeo.catalogs.question import Condition, Field, Question
from pangeo.catalogs.rows import fold, row_of
from pangeo.catalogs.served_index import ask_served
from pangeo.storage import Location

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

MOST_NAMES = 24  # variables or fields that are named where none was found


def search_workspace(workspace: Path, question: Question) -> Entries[Entry]:
    """The entries of a workspace that answer a question; see ``pangeo.search``."""
    names, missed = ask(workspace, partial(_answer, question))
    return Entries(names, partial(_read, workspace), missed)


def rebuild_index(workspace: Path) -> None:
    """Make the index of every description anew, whatever the one that is there may say."""
    rebuild(workspace, lambda _: None)


type Found = tuple[list[str], str]
"""Names or hrefs, best first; where there are none, what was missed."""


def search_documents(documents: Mapping[str, Mapping[str, Any]], question: Question) -> Found:
    """The names of the STAC Collections and Items, of those at hand, that answer a question."""
    rows = (row_of(stac, href=name, name=name) for name, stac in documents.items())
    return ask_rows(rows, partial(_answer, question))


def search_served(root: str, question: Question) -> Found | None:
    """The hrefs of what answers a question, by the index beside a root document, if one fits."""
    return ask_served(root, partial(_hrefs, question))


def _hrefs(question: Question, connection: DuckDBPyConnection) -> Found:
    names, missed = _answer(question, connection)
    hrefs = dict(connection.execute("SELECT id, href FROM entries").fetchall())
    return [hrefs[name] for name in names], missed


def _read(workspace: Path, name: str) -> Entry:
    location = Location(workspace, name)
    return find_entry(location) or newest_entry(location)  # the second says what is wrong


def _answer(question: Question, connection: DuckDBPyConnection) -> Found:
    """The names of what was found, best first; where that is nothing, what was missed."""
    conditions = list(question.conditions())
    where = " AND ".join(f"({each.sql})" for each in conditions) or "true"
    values = {key: value for each in conditions for key, value in each.values.items()}
    # What has the words in its name or title is meant rather than what mentions them.
    heads = [f"contains(heading, $word_{number})::INT" for number in range(len(question.words))]
    order = ", ".join([*([f"{' + '.join(heads)} DESC"] if heads else []), "id"])
    sql = f"SELECT id FROM entries WHERE {where} ORDER BY {order}"
    names = [name for (name,) in connection.execute(sql, values).fetchall()]
    return names, "" if names else _missed(question, conditions, connection)


def _missed(
    question: Question, conditions: Sequence[Condition], connection: DuckDBPyConnection
) -> str:
    """How many entries each condition alone would find, and words like those asked for."""
    (total,) = connection.execute("SELECT count(*) FROM entries").fetchall()[0]
    if not total:
        return "no datasets in the catalogue"
    lines = [f"nothing found among {total} dataset{'s' * (total > 1)}; alone would find"]
    lacking = []
    for each in conditions:
        sql = f"SELECT count(*) FROM entries WHERE {each.sql}"
        (count,) = connection.execute(sql, each.values).fetchall()[0]
        lines.append(f"{count:>8}  {each.words}")
        lacking += [each] if not count else []
    lines += _likenesses(question, connection)
    if any("variable" in each.values for each in lacking):
        lines += _listed("variables there are", _VARIABLES, connection)
        (silent,) = connection.execute(_SILENT).fetchall()[0]
        if silent:
            lines.append(f"{silent} of the descriptions name no variables; open them to see")
    fields = [each.field for each in lacking if each.field]
    unknown = [repr(each.name) for each in fields if not _is_said(each, connection)]
    if unknown:
        lines.append(f"no description has the field {', '.join(unknown)}")
        lines += _listed("fields there are", _FIELDS, connection)
    return "\n".join(lines)


def _likenesses(question: Question, connection: DuckDBPyConnection) -> Iterator[str]:
    asked = [(word, _WORDS) for word in question.words]
    asked += [(fold(question.variable), _NAMES)] if question.variable else []
    for word, there in asked:
        sql = (
            f"SELECT word FROM ({there}) WHERE {_LIKENESS} >= 0.85 ORDER BY {_LIKENESS} DESC, word"
        )
        near = [
            like for (like,) in connection.execute(f"{sql} LIMIT 3", {"asked": word}).fetchall()
        ]
        if near and word not in near:
            yield f"like {word!r} there is {', '.join(map(repr, near))}"


def _listed(what: str, sql: str, connection: DuckDBPyConnection) -> list[str]:
    """Names in lines as wide as a table, none of them cut; not all where they are many."""
    names = [name for (name,) in connection.execute(sql).fetchall()]
    if not names:
        return [f"{what}: none"]
    rest = f", and {len(names) - MOST_NAMES} more" if len(names) > MOST_NAMES else ""
    return textwrap.wrap(
        f"{what}: {', '.join(names[:MOST_NAMES])}{rest}", WIDTH,
        break_long_words=False, break_on_hyphens=False, subsequent_indent="  ",
    )  # fmt: skip


def _is_said(field: Field, connection: DuckDBPyConnection) -> bool:
    """Whether any description has the field, with whatever value."""
    sql = f"SELECT 1 FROM entries WHERE {field.sql} LIMIT 1"
    return bool(connection.execute(sql, field.values).fetchall())


_LIKENESS = "jaro_winkler_similarity(word, $asked)"
_WORDS = r"SELECT DISTINCT unnest(regexp_split_to_array(words, '[^\w]+')) AS word FROM entries"
_NAMES = "SELECT DISTINCT unnest(list_concat(names, coordinates)) AS word FROM entries"
_VARIABLES = "SELECT DISTINCT unnest(variables) AS name FROM entries ORDER BY name"
_SILENT = "SELECT count(*) FROM entries WHERE len(variables) = 0"
_FIELDS = "SELECT DISTINCT unnest(json_keys(properties)) AS name FROM entries ORDER BY name"
