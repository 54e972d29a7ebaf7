import { once } from "node:events";
import * as net from "node:net";
import type { AddressInfo, Socket } from "node:net";

import type { Proxy } from "../../shared/cluster.ts";

export interface TestProxy {
  readonly proxy: Proxy;
  /** Targets as they were asked for, in order. */
  readonly asked: readonly string[];
  readonly connections: () => number;
  /** From now on every connection ends here instead: a proxy that lies. */
  readonly leadTo: (port: number) => void;
  readonly close: () => Promise<void>;
}

interface Wish {
  readonly login?: { readonly user: string; readonly password: string };
  /** What is answered in place of a tunnel: a status (HTTP) or a reply code (SOCKS5). */
  readonly refuse?: number;
  /** Bytes of the proxy's own behind its answer. */
  readonly chatter?: string;
}

interface Bytes {
  take(count: number): Promise<Buffer>;
  line(): Promise<string>;
}

/** Reads as much as is asked for and leaves the rest in the socket. */
function bytesOf(socket: Socket): Bytes {
  async function take(count: number): Promise<Buffer> {
    for (;;) {
      const found = socket.read(count) as Buffer | null;
      if (found !== null) return found;
      await once(socket, "readable");
    }
  }
  return {
    take,
    line: async () => {
      let text = "";
      while (!text.endsWith("\n")) text += (await take(1)).toString("latin1");
      return text.trim();
    },
  };
}

function pipe(client: Socket, port: number): void {
  const target = net.connect(port, "127.0.0.1");
  target.on("error", () => client.destroy());
  client.on("error", () => target.destroy());
  client.once("close", () => target.destroy());
  target.once("close", () => client.destroy());
  client.pipe(target);
  target.pipe(client);
}

type Speak = (socket: Socket, wish: Wish, note: (target: string) => void) => Promise<number | null>;

const speakHttp: Speak = async (socket, wish, note) => {
  const { line } = bytesOf(socket);
  const [method = "", target = ""] = (await line()).split(" ");
  let authorization = "";
  for (let header = await line(); header !== ""; header = await line()) {
    if (/^proxy-authorization:/iu.test(header)) authorization = header.slice(header.indexOf(":") + 1).trim();
  }
  note(target);
  const { login } = wish;
  const wanted =
    login === undefined ? "" : `Basic ${Buffer.from(`${login.user}:${login.password}`).toString("base64")}`;
  if (method !== "CONNECT" || authorization !== wanted || wish.refuse !== undefined) {
    const status = authorization === wanted ? (wish.refuse ?? 405) : 407;
    socket.end(`HTTP/1.1 ${status} No\r\nContent-Length: 0\r\n\r\n`);
    return null;
  }
  socket.write(`HTTP/1.1 200 Connection established\r\nVia: test\r\n\r\n${wish.chatter ?? ""}`);
  return Number(target.slice(target.lastIndexOf(":") + 1));
};

const speakSocks: Speak = async (socket, wish, note) => {
  const { take } = bytesOf(socket);
  const [, methods = 0] = await take(2);
  const offered = [...(await take(methods))];
  const method = wish.login === undefined ? 0 : 2;
  if (!offered.includes(method)) {
    socket.end(Buffer.from([5, 0xff]));
    return null;
  }
  socket.write(Buffer.from([5, method]));
  if (wish.login !== undefined) {
    const [, userLength = 0] = await take(2);
    const user = (await take(userLength)).toString();
    const password = (await take((await take(1))[0] ?? 0)).toString();
    const right = user === wish.login.user && password === wish.login.password;
    socket.write(Buffer.from([1, right ? 0 : 1]));
    if (!right) {
      socket.end();
      return null;
    }
  }
  const [, , , type] = await take(4);
  const host =
    type === 3
      ? (await take((await take(1))[0] ?? 0)).toString()
      : [...(await take(type === 4 ? 16 : 4))].join(".");
  const port = (await take(2)).readUInt16BE();
  note(`${host}:${port}`);
  socket.write(
    Buffer.concat([
      Buffer.from([5, wish.refuse ?? 0, 0, 1, 127, 0, 0, 1, 0, 0]),
      Buffer.from(wish.chatter ?? ""),
    ]),
  );
  if (wish.refuse === undefined) return port;
  socket.end();
  return null;
};

/** A proxy on a loopback socket that speaks just what a client needs. */
export async function openProxy(kind: Proxy["kind"], wish: Wish = {}): Promise<TestProxy> {
  const asked: string[] = [];
  const sockets = new Set<Socket>();
  let connections = 0;
  let elsewhere: number | null = null;
  const speak = kind === "http" ? speakHttp : speakSocks;
  const server = net.createServer((socket) => {
    connections += 1;
    sockets.add(socket);
    socket.on("error", () => undefined).once("close", () => sockets.delete(socket));
    void speak(socket, wish, (target) => asked.push(target))
      .then((port) => {
        if (port !== null) pipe(socket, elsewhere ?? port);
      })
      .catch(() => socket.destroy());
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  return {
    proxy: { kind, address: `127.0.0.1:${port}`, user: wish.login?.user ?? null },
    asked,
    connections: () => connections,
    leadTo: (to) => {
      elsewhere = to;
    },
    close: async () => {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, "close");
    },
  };
}
