/**
 * How many cells go into an area, and in how many columns.
 * @typedef {{ columns: number, rows: number, capacity: number }} Fit
 */

/**
 * Cells as large as the area allows for so many; where they would get too small, as many as fit.
 * @param {{ width: number, height: number }} area
 * @param {number} count
 * @param {{ minWidth: number, minHeight: number, aspect: number, gap: number }} cell
 * @returns {Fit}
 */
export function fitGrid(area, count, cell) {
  const mostColumns = atLeastOne((area.width + cell.gap) / (cell.minWidth + cell.gap));
  const mostRows = atLeastOne((area.height + cell.gap) / (cell.minHeight + cell.gap));
  const most = { columns: mostColumns, rows: mostRows, capacity: mostColumns * mostRows };
  if (count >= most.capacity) return most;
  let best = most;
  let bestSize = 0;
  for (let columns = 1; columns <= Math.min(mostColumns, count); columns++) {
    const rows = Math.ceil(count / columns);
    if (rows > mostRows) continue;
    const width = (area.width + cell.gap) / columns - cell.gap;
    const height = (area.height + cell.gap) / rows - cell.gap;
    const size = Math.min(width / cell.aspect, height);
    if (size > bestSize) {
      bestSize = size;
      best = { columns, rows, capacity: columns * rows };
    }
  }
  return best;
}

/** @param {number} value */
function atLeastOne(value) {
  return Math.max(1, Math.floor(value));
}
