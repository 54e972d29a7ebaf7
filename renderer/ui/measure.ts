import { useEffect, useState, useSyncExternalStore, type RefObject } from "react";

/** Width of an element in px, 0 before it was measured. */
export function useElementWidth(ref: RefObject<HTMLElement | null>): number {
  const [width, setWidth] = useState(0);
  useEffect(() => {
    const element = ref.current;
    if (element === null) return undefined;
    const observer = new ResizeObserver(() => setWidth(element.clientWidth));
    observer.observe(element);
    setWidth(element.clientWidth);
    return () => observer.disconnect();
  }, [ref]);
  return width;
}

function densityOfPage(): "compact" | "comfortable" {
  return document.documentElement.dataset["density"] === "comfortable" ? "comfortable" : "compact";
}

function listenToDensity(listener: () => void): () => void {
  const observer = new MutationObserver(listener);
  observer.observe(document.documentElement, { attributes: true, attributeFilter: ["data-density"] });
  return () => observer.disconnect();
}

const rowHeights = { compact: 28, comfortable: 34 } as const;

/** Height of a table's row in px, the same as the token --row: the virtual list has to calculate with it. */
export function useRowHeight(): number {
  return rowHeights[useSyncExternalStore(listenToDensity, densityOfPage)];
}
