import { send, written, writtenError } from "./answer.ts";
import { handle, type Api } from "./handle.ts";
import type { Product } from "./listener.ts";
import { readBody } from "./request.ts";

const PAGE = `<!DOCTYPE html>
<html><head><meta charset="utf-8"><title>simulator - Proxmox Virtual Environment</title></head><body></body></html>
`;

/** Proxmox VE as its sockets see it: pveproxy's limits, answers and headers. */
export function proxmoxVe(api: Api): Product {
  return {
    page: PAGE,
    now: api.state.clock.now,
    ledger: api.state.ledger,
    readBody,
    refusal: writtenError,
    respond: async (request, node, signal, known) => {
      try {
        const answer = await handle(api, request, node, signal, (caller) => known(caller.authid));
        return written(answer, request.format);
      } catch (error) {
        return writtenError(error, request.format);
      }
    },
    send,
  };
}
