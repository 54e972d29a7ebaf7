import { STATUS_CODES } from "node:http";
import { holds } from "../behaviours.ts";
import { profileOf } from "../profiles/pve.ts";
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
  const refusal = (error: unknown, format: string): Written =>
    phrased(writtenError(error, format, profileOf(state.world.version).habits.message));
  return {
    page: PAGE,
    now: state.clock.now,
    ledger: state.ledger,
    outlives: () => holds(state, "P1"),
    readBody: async (incoming) => (holds(state, "P19") ? readBody(incoming) : readWhole(incoming)),
    refusal,
    respond: async (request, node, signal, known) => {
      try {
        const answer = await handle(api, request, node, signal, (caller) => known(caller.authid));
        return phrased(written(answer, request.format));
      } catch (error) {
        return refusal(error, request.format);
      }
    },
    send,
  };
}
