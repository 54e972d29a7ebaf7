/** The row that a key leads to from `index` (-1 = none yet); null where the key is no move or there is no row. */
export function nextActive(key: string, index: number, count: number, pageRows: number): number | null {
  if (count === 0) return null;
  const target = targetOf(key, index, count, pageRows);
  return target === null ? null : Math.min(count - 1, Math.max(0, target));
}

function targetOf(key: string, index: number, count: number, pageRows: number): number | null {
  switch (key) {
    case "ArrowDown":
      return index + 1;
    case "ArrowUp":
      return index - 1;
    case "PageDown":
      return index + pageRows;
    case "PageUp":
      return index - pageRows;
    case "Home":
      return 0;
    case "End":
      return count - 1;
    default:
      return null;
  }
}
