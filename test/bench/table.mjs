/** Owns how results look on a terminal; the tables are Markdown, so that they can be pasted. */

/** The figures with their bounds and verdicts. */
export function figuresTable(rows) {
  const header = ['figure', 'measured (min–max)', 'must', 'aim', 'verdict'];
  return table(
    header,
    rows.map((row) => [row.name, measuredCell(row), bound(row, row.must), bound(row, row.aim), row.verdict]),
  );
}

/** The numbers behind the ratios: one line for each server in each situation. */
export function detailsTable(details) {
  const lines = details.map(({ what, server, value, unit }) => {
    const digits = value.median >= 100 ? 0 : 2;
    return [what, server, `${spread(value, digits)} ${unit}`];
  });
  return table(['measured', 'server', 'median (min–max)'], lines);
}

/** A Markdown table whose columns are as wide as their widest cell. */
function table(header, rows) {
  const widths = header.map((name, column) => Math.max(name.length, ...rows.map((row) => row[column].length)));
  const line = (cells) => `| ${cells.map((cell, column) => cell.padEnd(widths[column])).join(' | ')} |`;
  const rule = `|${widths.map((width) => '-'.repeat(width + 2)).join('|')}|`;
  return [line(header), rule, ...rows.map(line)].join('\n');
}

function measuredCell({ measured, decimals, unit }) {
  return `${spread(measured, decimals)}${unit}`;
}

function spread({ median, min, max, rounds }, decimals) {
  const show = (value) => value.toFixed(decimals);
  if (rounds === 1) return show(median);
  return `${show(median)} (${show(min)}–${show(max)})`;
}

function bound({ better, unit }, value) {
  return value === undefined ? '–' : `${better === 'higher' ? '≥' : '≤'} ${value}${unit}`;
}
