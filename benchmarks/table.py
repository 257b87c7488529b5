"""The table that a run prints, line by line as the ratios come."""

from benchmarks.measure import Row

_FORM = "{:<22} {:>16} {:>16} {:>8}  {}"
HEADING = _FORM.format("name", "ours", "the other", "ratio", "note")


def line(row: Row) -> str:
    """Ours and the other as rates, the ratio between them, and how far it scattered."""
    seen = row.comparison
    scatter = f"quartiles {_number(seen.ratio_low)} to {_number(seen.ratio_high)}"
    return _FORM.format(
        row.name,
        _shown(seen.ours_seconds, row),
        _shown(seen.other_seconds, row),
        _number(seen.ratio),
        f"{row.note}; {scatter}",
    )


def _shown(value: float, row: Row) -> str:
    return f"{_number(1 / value)} {row.unit}/s" if row.is_rate else f"{_number(value)} {row.unit}"


def _number(value: float) -> str:
    """Three digits at least, all of them where there are more."""
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"
