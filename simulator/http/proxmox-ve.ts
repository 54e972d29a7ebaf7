import { STATUS_CODES } from "node:http";
import { holds } from "../behaviours.ts";
import { send, written, writtenError, type Written } from "./answer.ts";
import { handle, type Api } from "./handle.ts";
import type { Product } from "./listener.ts";
import { readBody, readWhole } from "./request.ts";

const PAGE = `<!DOCTYPE html>
<html><head><meta charset="utf-8"><title>simulator - Proxmox Virtual Environment</title></head><body></body></html>
`;

/** Without P18: the standard's phrase for every status. */
const standard = (result: Written): Written => ({
  ...result,
  reason: STATUS_CODES[result.status] ?? "Unknown",
});

/** Proxmox VE as its sockets see it: pveproxy's limits, answers and headers. */
export function proxmoxVe(api: Api): Product {
  const { state } = api;
  const phrased = (result: Written): Written => (holds(state, "P18") ? result : standard(result));
  return {
    page: PAGE,
    now: state.clock.now,
    ledger: state.ledger,
    outlives: () => holds(state, "P1"),
    readBody: async (incoming) => (holds(state, "P19") ? readBody(incoming) : readWhole(incoming)),
    refusal: (error, format) => phrased(writtenError(error, format)),
    respond: async (request, node, signal, known) => {
      try {
        const answer = await handle(api, request, node, signal, (caller) => known(caller.authid));
        return phrased(written(answer, request.format));
      } catch (error) {
        return phrased(writtenError(error, request.format));
      }
    },
    send,
  };
}
