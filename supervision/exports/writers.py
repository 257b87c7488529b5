"""Rows into files, one by one: no writer holds more than a row."""

import csv
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, Protocol

import xlsxwriter

Cell = str | int | float | datetime | None

# What makes a spreadsheet take a text for a formula when it opens a CSV file.
_EXECUTED = ("=", "+", "-", "@", "\t", "\r", "\n")
_ROWS_OF_A_SHEET = 1_048_576
_CHARACTERS_OF_A_CELL = 32_767
_WIDTH = 20


class Writer(Protocol):
    def write(self, row: Sequence[Cell]) -> None: ...

    def close(self) -> None: ...


def harmless(text: str) -> str:
    """The text as no spreadsheet executes it: with an apostrophe before what begins a formula."""
    return f"'{text}" if text.lstrip(" ").startswith(_EXECUTED) else text


class CsvWriter:
    """UTF-8 with a mark at the beginning, by which spreadsheets know it; times in ISO 8601."""

    def __init__(self, path: Path, columns: Sequence[str]) -> None:
        self._file = path.open("w", encoding="utf-8-sig", newline="")
        self._rows = csv.writer(self._file)
        self._rows.writerow(columns)

    def write(self, row: Sequence[Cell]) -> None:
        self._rows.writerow([_as_text(cell) for cell in row])

    def close(self) -> None:
        self._file.close()


def _as_text(cell: Cell) -> str | int | float:
    if cell is None:
        return ""
    if isinstance(cell, datetime):
        return cell.isoformat(timespec="milliseconds")
    return harmless(cell) if isinstance(cell, str) else cell


class XlsxWriter:
    """Texts are cells of text, never formulas or links; more rows than a sheet has go to the next.

    Times are the local ones: a spreadsheet knows no zones.
    """

    def __init__(
        self, path: Path, columns: Sequence[str], *, rows_of_a_sheet: int = _ROWS_OF_A_SHEET
    ) -> None:
        self._book = xlsxwriter.Workbook(
            path, {"constant_memory": True, "tmpdir": str(path.parent), "in_memory": False}
        )
        self._time = self._book.add_format({"num_format": "yyyy-mm-dd hh:mm:ss.000"})
        self._bold = self._book.add_format({"bold": True})
        self._columns = columns
        self._rows_of_a_sheet = rows_of_a_sheet
        self._begin_sheet()

    def _begin_sheet(self) -> None:
        self._sheet: Any = self._book.add_worksheet()
        self._sheet.set_column(0, len(self._columns) - 1, _WIDTH)
        self._sheet.freeze_panes(1, 0)
        for number, name in enumerate(self._columns):
            self._sheet.write_string(0, number, name, self._bold)
        self._row = 1

    def write(self, row: Sequence[Cell]) -> None:
        if self._row >= self._rows_of_a_sheet:
            self._begin_sheet()
        for column, cell in enumerate(row):
            if isinstance(cell, datetime):
                self._sheet.write_datetime(self._row, column, cell.replace(tzinfo=None), self._time)
            elif isinstance(cell, str):
                self._sheet.write_string(self._row, column, cell[:_CHARACTERS_OF_A_CELL])
            elif cell is not None:
                self._sheet.write_number(self._row, column, cell)
        self._row += 1

    def close(self) -> None:
        self._book.close()


WRITERS: dict[str, type[CsvWriter] | type[XlsxWriter]] = {"csv": CsvWriter, "xlsx": XlsxWriter}
CONTENT_TYPES = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
