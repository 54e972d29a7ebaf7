import type { IncomingMessage } from "node:http";
import type { Product } from "../../http/listener.ts";
import { failed } from "../state.ts";
import { send, written, writtenError } from "./answer.ts";
import { handle, type Api } from "./handle.ts";

const MAX_BODY = 512 * 1024;
const PAGE = `<!DOCTYPE html>
<html><head><meta charset="utf-8"><title>simulator - Proxmox Backup Server</title></head><body></body></html>
`;

async function readBody(incoming: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of incoming) {
    length += (chunk as Buffer).length;
    if (length >= MAX_BODY) throw failed("Request body too large");
    chunks.push(chunk as Buffer);
  }
  return Buffer.concat(chunks);
}

/** Proxmox Backup Server as its socket sees it: limits, answers and headers of proxmox-rest-server. */
export function backupServer(api: Api): Product {
  return {
    page: PAGE,
    now: api.state.clock.now,
    ledger: api.state.ledger,
    readBody,
    refusal: writtenError,
    respond: async (request, _node, signal, known) => {
      try {
        return written(await handle(api, request, signal, known), request.format);
      } catch (error) {
        return writtenError(error, request.format);
      }
    },
    send,
  };
}
