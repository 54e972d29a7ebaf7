/** Which requests a fault meets: the path is a regular expression over the decoded path below /api2/json. */
type Matcher = { readonly method?: string; readonly path?: string };

type FaultAction =
  /** The work is done, the reply waits for `release`. */
  | { readonly kind: "hold-reply" }
  /** The work is done, the socket is destroyed instead of a reply. */
  | { readonly kind: "lose-reply" }
  /** The socket is destroyed once the request was read; nothing is done. */
  | { readonly kind: "cut-request" }
  /** Half of the reply is sent, then the socket is destroyed. */
  | { readonly kind: "cut-reply" }
  /** The reply comes in pieces of so many bytes, so many real milliseconds apart. */
  | { readonly kind: "drip"; readonly bytes: number; readonly everyMs: number }
  /** Only the first rows of a list, as whole JSON that ends with the connection: nothing shows that it was cut. */
  | { readonly kind: "short-list"; readonly rows: number }
  /** Waits in real time before the request is looked at. */
  | { readonly kind: "delay"; readonly milliseconds: number }
  /** Another answer than the true one; with `work` the request is carried out all the same. */
  | {
      readonly kind: "answer";
      readonly status: number;
      readonly reason: string;
      readonly body?: string;
      readonly headers?: Readonly<Record<string, string>>;
      readonly work?: boolean;
    };

export type FaultWish = {
  readonly match: Matcher;
  readonly action: FaultAction;
  /** How often; absent = always. */ readonly times?: number;
};
export type ActiveFault = {
  readonly id: number;
  readonly action: FaultAction;
  readonly released: Promise<void>;
};

/** Lies told on purpose, in the order they were added; the first that fits a request is used. */
export type Faults = {
  /** Returns the id to release or remove it by. */
  readonly add: (wish: FaultWish) => number;
  readonly remove: (id: number) => void;
  readonly clear: () => void;
  /** Lets the held replies of a fault go. */
  readonly release: (id: number) => void;
  /** How many requests a fault has met so far. */
  readonly hits: (id: number) => number;
  readonly take: (method: string, path: string) => ActiveFault | null;
};

type Entry = {
  readonly id: number;
  readonly wish: FaultWish;
  readonly released: Promise<void>;
  readonly release: () => void;
  hits: number;
  removed: boolean;
};

function fits(match: Matcher, method: string, path: string): boolean {
  if (match.method !== undefined && match.method !== method) return false;
  return match.path === undefined || new RegExp(match.path).test(path);
}

export function createFaults(): Faults {
  const entries: Entry[] = [];
  const byId = (id: number): Entry | undefined => entries.find((entry) => entry.id === id);
  const drop = (entry: Entry | undefined): void => {
    if (!entry) return;
    entry.removed = true;
    entry.release();
  };
  return {
    add: (wish) => {
      const { promise, resolve } = Promise.withResolvers<void>();
      const id = entries.length + 1;
      entries.push({ id, wish, released: promise, release: resolve, hits: 0, removed: false });
      return id;
    },
    remove: (id) => drop(byId(id)),
    clear: () => entries.forEach(drop),
    release: (id) => byId(id)?.release(),
    hits: (id) => byId(id)?.hits ?? 0,
    take: (method, path) => {
      const entry = entries.find(
        (one) =>
          !one.removed &&
          one.hits < (one.wish.times ?? Number.POSITIVE_INFINITY) &&
          fits(one.wish.match, method, path),
      );
      if (!entry) return null;
      entry.hits += 1;
      return { id: entry.id, action: entry.wish.action, released: entry.released };
    },
  };
}
