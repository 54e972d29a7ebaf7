/** A saved log in a shape that some version prints, written by us, and what must be read from it. */
export interface Shape {
  readonly name: string;
  /** What the log alone must be taken for. */
  readonly kind: string;
  readonly log: string;
  /** Parts of the summary; a text after `~` need only be in it, as is a guest's error. */
  readonly expected: Readonly<Record<string, unknown>>;
}
