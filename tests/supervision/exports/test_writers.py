"""Rows into files: what spreadsheets make of them."""

import csv
import tracemalloc
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import openpyxl
import pytest

from supervision.exports.writers import CsvWriter, XlsxWriter, harmless

AT = datetime(2026, 11, 22, 8, 30, 5, 250_000, tzinfo=ZoneInfo("Europe/Berlin"))


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("=1+1", "'=1+1"),
        ("+1 313 555 0100", "'+1 313 555 0100"),
        ("-5", "'-5"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("\t=1", "'\t=1"),
        (" =1", "' =1"),
        ("\r\n=1", "'\r\n=1"),
        ("plain = text", "plain = text"),
        ("", ""),
    ],
)
def test_what_a_spreadsheet_would_execute_becomes_text(text: str, written: str):
    assert harmless(text) == written


def test_csv_keeps_numbers_quotes_and_languages(tmp_path: Path):
    path = tmp_path / "file.csv"
    writer = CsvWriter(path, ["time", "value", "text"])
    writer.write([AT, -1.5, 'Grüße, "Bob"\nüber zwei'])
    writer.write([None, 0, "=cmd|' /C calc'!A0"])
    writer.close()

    assert path.read_bytes().startswith(b"\xef\xbb\xbf")
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.reader(file))
    assert rows == [
        ["time", "value", "text"],
        ["2026-11-22T08:30:05.250+01:00", "-1.5", 'Grüße, "Bob"\nüber zwei'],
        ["", "0", "'=cmd|' /C calc'!A0"],
    ]


def test_xlsx_has_texts_numbers_and_local_times(tmp_path: Path):
    path = tmp_path / "file.xlsx"
    writer = XlsxWriter(path, ["time", "value", "text"])
    writer.write([AT, 57.5, "=1+1"])
    writer.write([None, 0, "http://example.com"])
    writer.close()

    sheet = openpyxl.load_workbook(path).active
    assert [[cell.value for cell in row] for row in sheet.iter_rows()] == [
        ["time", "value", "text"],
        [AT.replace(tzinfo=None), 57.5, "=1+1"],
        [None, 0, "http://example.com"],
    ]
    # As a text, not as a formula.
    assert sheet["C2"].data_type == "s"
    assert sheet["C3"].hyperlink is None


def test_more_rows_than_a_sheet_has_go_to_the_next(tmp_path: Path):
    path = tmp_path / "file.xlsx"
    writer = XlsxWriter(path, ["n"], rows_of_a_sheet=4)
    for number in range(7):
        writer.write([number])
    writer.close()

    sheets = openpyxl.load_workbook(path).worksheets
    assert [[row[0].value for row in sheet.iter_rows()] for sheet in sheets] == [
        ["n", 0, 1, 2],
        ["n", 3, 4, 5],
        ["n", 6],
    ]


@pytest.mark.parametrize("kind", [CsvWriter, XlsxWriter])
def test_memory_does_not_grow_with_the_rows(tmp_path: Path, kind: type):
    def peak(rows: int) -> int:
        writer = kind(tmp_path / f"file{rows}", ["text", "number"])
        tracemalloc.start()
        for number in range(rows):
            writer.write([f"text number {number} of many", number])
        used = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        writer.close()
        return used

    peak(10)
    assert peak(6000) < peak(600) + 200_000
