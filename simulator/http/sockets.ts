import type { Certificate } from "../certificate.ts";
import type { Faults } from "../faults.ts";
import { listen, type Listener, type Product } from "./listener.ts";

export type Sockets = {
  /** The first node's port. */
  readonly port: number;
  readonly ports: ReadonlyMap<string, number>;
  /** Takes the certificates that the map now holds into use. */
  readonly useCertificates: () => void;
  /** A dead node's socket goes, a living one's comes back on its port. */
  readonly setUp: (node: string, up: boolean) => Promise<void>;
  readonly refuse: (milliseconds: number) => Promise<void>;
  readonly close: () => Promise<void>;
};

type SocketOptions = {
  readonly product: Product;
  readonly faults: Faults;
  readonly certificates: ReadonlyMap<string, Certificate>;
  readonly nodes: readonly string[];
  readonly host: string;
  /** The first node's port; 0 = the wished one if it is free, else any. */
  readonly port: number;
  readonly wishedPort: number;
  readonly settled: (port: number) => void;
};

const isTaken = (error: unknown): boolean =>
  error instanceof Error && "code" in error && error.code === "EADDRINUSE";

/** One listening socket for each of the nodes. Throws when the port asked for is taken. */
export async function openSockets(options: SocketOptions): Promise<Sockets> {
  const { product, faults, host, certificates, nodes } = options;
  const listeners = new Map<string, Listener>();
  const firstPort = (): number => listeners.values().next().value?.port ?? 0;
  const open = async (node: string, port: number): Promise<void> => {
    const certificate = certificates.get(node);
    if (!certificate) throw new Error(`node ${node} has no certificate`);
    const settled = (): void => options.settled(firstPort());
    listeners.set(node, await listen({ product, faults, node, host, port, certificate, settled }));
  };
  for (const [index, node] of nodes.entries()) {
    const wished = index === 0 && options.port === 0 ? options.wishedPort : 0;
    try {
      await open(node, index === 0 ? options.port || wished : 0);
    } catch (error) {
      if (wished === 0 || !isTaken(error)) throw error;
      await open(node, 0);
    }
  }
  return {
    port: firstPort(),
    ports: new Map([...listeners].map(([node, listener]) => [node, listener.port])),
    useCertificates: () => {
      for (const [node, listener] of listeners) {
        const certificate = certificates.get(node);
        if (certificate) listener.setCertificate(certificate);
      }
    },
    setUp: async (node, up) => {
      const listener = listeners.get(node);
      await (up ? listener?.up() : listener?.down());
    },
    refuse: async (milliseconds) => {
      await Promise.all([...listeners.values()].map(async (listener) => listener.refuse(milliseconds)));
    },
    close: async () => {
      await Promise.all([...listeners.values()].map(async (listener) => listener.close()));
    },
  };
}
