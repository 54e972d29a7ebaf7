import { connect, isIP } from "node:net";
import type { Socket } from "node:net";

import type { Proxy } from "../../shared/cluster.ts";
import { AppError } from "../../shared/errors.ts";
import type { ErrorCode } from "../../shared/errors.ts";
import { splitAddress } from "./address.ts";
import { readHandshake } from "./handshake.ts";
import type { HandshakeReader } from "./handshake.ts";
import type { Secret } from "./secret.ts";

export interface Target {
  readonly host: string;
  readonly port: number;
}

/**
 * Opens a plain connection to a target through a proxy; TLS, the pin and every byte of HTTP run inside it, end to end. Names are
 * looked up by the proxy. Throws AppError `proxy.unreachable`, `proxy.loginRefused`, `proxy.forbidden`, `proxy.targetUnreachable`,
 * `proxy.badAnswer`.
 */
export type Tunnel = (target: Target, timeoutMs: number) => Promise<Socket>;

interface Login {
  readonly user: string;
  readonly password: string;
}

/** A proxy's answer to CONNECT is short; a login page of a portal is not one. */
const maxAnswer = 16 * 1024;

/** `password` is asked for with each connection; null = none. */
export function createTunnel(proxy: Proxy, password: () => Promise<Secret | null>): Tunnel {
  const names = (target: Target) => ({ proxy: proxy.address, address: hostPort(target) });

  async function login(): Promise<Login | null> {
    if (proxy.user === null) return null;
    return { user: proxy.user, password: (await password())?.reveal() ?? "" };
  }

  return async (target, timeoutMs) => {
    const known = await login();
    const socket = connect(splitAddress(proxy.address));
    // Where it fails in the middle, the handshake's reader says so; an error without a listener would end the process.
    socket.on("error", () => undefined).setNoDelay(true);
    let isUp = false;
    const late = Promise.withResolvers<never>();
    const timer = setTimeout(() => {
      // Once the proxy is there, it is the target that keeps it waiting.
      const code = isUp ? "proxy.targetUnreachable" : "proxy.unreachable";
      late.reject(new AppError(code, { params: { ...names(target), reason: "timeout" } }));
    }, timeoutMs);
    const work = async (): Promise<Socket> => {
      await connected(socket, proxy.address);
      isUp = true;
      const reader = readHandshake(socket, proxy.address);
      const ask = proxy.kind === "http" ? askHttp : askSocks;
      const refusal = await ask(socket, reader, target, known);
      if (refusal !== null) throw new AppError(refusal, { params: names(target) });
      reader.finish();
      return socket;
    };
    try {
      return await Promise.race([work(), late.promise]);
    } catch (error) {
      socket.destroy();
      throw error;
    } finally {
      clearTimeout(timer);
    }
  };
}

function hostPort({ host, port }: Target): string {
  return isIP(host) === 6 ? `[${host}]:${port}` : `${host}:${port}`;
}

async function connected(socket: Socket, proxy: string): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    socket.once("connect", resolve);
    socket.once("error", (cause) => reject(new AppError("proxy.unreachable", { params: { proxy }, cause })));
  });
}

type Ask = (
  socket: Socket,
  reader: HandshakeReader,
  target: Target,
  login: Login | null,
) => Promise<ErrorCode | null>;

/** RFC 9110 §9.3.6. */
const askHttp: Ask = async (socket, reader, target, login) => {
  const name = hostPort(target);
  const basic = login === null ? null : Buffer.from(`${login.user}:${login.password}`).toString("base64");
  const lines = [
    `CONNECT ${name} HTTP/1.1`,
    `Host: ${name}`,
    ...(basic === null ? [] : [`Proxy-Authorization: Basic ${basic}`]),
  ];
  socket.write(`${lines.join("\r\n")}\r\n\r\n`);
  const status = Number(
    /^HTTP\/1\.[01] ([0-9]{3})\b/u.exec(await reader.until("\r\n\r\n", maxAnswer))?.[1] ?? "0",
  );
  if (status >= 200 && status < 300) return null;
  if (status === 407) return "proxy.loginRefused";
  if (status === 502 || status === 503 || status === 504) return "proxy.targetUnreachable";
  return status >= 400 && status < 500 ? "proxy.forbidden" : "proxy.badAnswer";
};

const socksVersion = 5;
const byPassword = 2;
const noLogin = 0;
/** Answers of RFC 1928 §6 that speak of the target; the others are the proxy's own. */
const targetReplies: readonly number[] = [1, 3, 4, 5, 6];
const notAllowed = 2;

/** RFC 1928, with user and password as in RFC 1929. */
const askSocks: Ask = async (socket, reader, target, login) => {
  socket.write(Buffer.from([socksVersion, 1, login === null ? noLogin : byPassword]));
  const [version, method] = await reader.bytes(2);
  if (version !== socksVersion) return "proxy.badAnswer";
  if (method === byPassword && login !== null) {
    socket.write(Buffer.concat([Buffer.from([1]), withLength(login.user), withLength(login.password)]));
    const [, refused] = await reader.bytes(2);
    if (refused !== 0) return "proxy.loginRefused";
  } else if (method !== noLogin) return "proxy.loginRefused";
  const port = Buffer.alloc(2);
  port.writeUInt16BE(target.port);
  socket.write(Buffer.concat([Buffer.from([socksVersion, 1, 0]), socksHost(target.host), port]));
  const [answer, reply, , boundType] = await reader.bytes(4);
  if (answer !== socksVersion) return "proxy.badAnswer";
  if (reply !== 0) {
    if (reply === notAllowed) return "proxy.forbidden";
    return reply !== undefined && targetReplies.includes(reply)
      ? "proxy.targetUnreachable"
      : "proxy.badAnswer";
  }
  const boundLength = boundType === 1 ? 4 : boundType === 4 ? 16 : (await reader.bytes(1))[0];
  await reader.bytes((boundLength ?? 0) + port.length);
  return null;
};

function withLength(text: string): Buffer {
  const bytes = Buffer.from(text);
  return Buffer.concat([Buffer.from([bytes.length]), bytes]);
}

/** A name goes as it is: the proxy's side of the network may know it while ours does not. */
function socksHost(host: string): Buffer {
  if (isIP(host) === 4) return Buffer.from([1, ...host.split(".").map(Number)]);
  if (isIP(host) === 6) return Buffer.concat([Buffer.from([4]), ipv6Bytes(host)]);
  return Buffer.concat([Buffer.from([3]), withLength(host)]);
}

function ipv6Bytes(host: string): Buffer {
  const [head = "", tail] = host.split("::");
  const groups = (part: string): string[] => (part === "" ? [] : part.split(":"));
  const left = groups(head);
  const right = groups(tail ?? "");
  const zeros = Array.from({ length: tail === undefined ? 0 : 8 - left.length - right.length }, () => "0");
  const bytes = Buffer.alloc(16);
  for (const [index, group] of [...left, ...zeros, ...right].entries()) {
    bytes.writeUInt16BE(Number.parseInt(group, 16), index * 2);
  }
  return bytes;
}
