"""Accumulators: constant work per occurrence (statistics-spec.md section 9)."""
