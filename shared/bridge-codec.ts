import type { FrameIn, FrameOut } from "./bridge.ts";

/**
 * Frames over a WebSocket: JSON as text, but a chunk as one binary message, [length of the id][the id in ASCII][the bytes],
 * so that bytes are neither copied nor blown up by a text encoding.
 */
export function encodeFrame(frame: FrameIn | FrameOut): string | Uint8Array<ArrayBuffer> {
  if (frame.t !== "chunk") return JSON.stringify(frame);
  const idLength = frame.id.length;
  const message = new Uint8Array(1 + idLength + frame.data.byteLength);
  message[0] = idLength;
  for (let at = 0; at < idLength; at += 1) message[1 + at] = frame.id.charCodeAt(at);
  message.set(frame.data, 1 + idLength);
  return message;
}

/** undefined = no frame at all. What comes back has still to be checked where the other side is not trusted. */
export function decodeFrame(message: string | Uint8Array): unknown {
  if (typeof message === "string") {
    try {
      return JSON.parse(message) as unknown;
    } catch {
      // Not JSON: the caller refuses it like every other thing that is no frame.
      return undefined;
    }
  }
  const idLength = message[0];
  if (idLength === undefined || message.byteLength < 1 + idLength) return undefined;
  const id = String.fromCharCode(...message.subarray(1, 1 + idLength));
  return { t: "chunk", id, data: message.subarray(1 + idLength) };
}
