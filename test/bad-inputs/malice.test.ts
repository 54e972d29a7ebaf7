import { describe, expect, it } from "vitest";

import { parseAddress } from "../../electron/proxmox/address.ts";
import { listResources, readClusterStatus } from "../../electron/proxmox/pve/cluster.ts";
import { listNodes } from "../../electron/proxmox/pve/nodes.ts";
import { toErrorData } from "../../shared/errors.ts";
import { apiServer, failureOf, never } from "../proxmox/test-server.ts";
import { guest, saying, sayingJson, track } from "./lab.ts";

describe("an address and a server that mean harm", () => {
  it("3 a password in an address is refused and stands in nothing that is kept or shown", async () => {
    const error = await failureOf((async () => parseAddress("https://root:CANARY-pw@pve1", "pve"))());
    expect(error.code).toBe("address.userinfo");
    expect(`${JSON.stringify(toErrorData(error))} ${String(error.stack)}`).not.toContain("CANARY");
  });

  it("92 other guests with each poll leave nothing behind", async () => {
    for (let poll = 0; poll < 3; poll += 1) {
      const rows = Array.from({ length: 100 }, (_, n) => guest(1000 + poll * 100 + n));
      const { guests } = await listResources(await sayingJson({ data: rows }), {}, never);
      expect(guests).toHaveLength(100);
    }
  });

  it("93 an address that a server names is not connected to", async () => {
    const other = track(await apiServer((_request, response) => response.end("{}")));
    const [host = "", port = ""] = other.address.split(":");
    const row = {
      type: "node",
      name: "pve2",
      ip: host,
      port: Number(port),
      online: 1,
      url: `https://${other.address}`,
    };
    const { session } = await saying(JSON.stringify({ data: [row] }), {
      headers: { location: `https://${other.address}/`, "content-location": `https://${other.address}/` },
    });
    expect((await readClusterStatus(session, never)).nodes[0]?.ip).toBe(host);
    await listNodes(session, never);
    expect(other.connections()).toBe(0);
  });

  it("94 headers that steer a browser steer nothing here", async () => {
    const elsewhere = track(await apiServer((_request, response) => response.end("{}")));
    const { session, headers, asked } = await saying('{"data":[]}', {
      headers: {
        "set-cookie": "PVEAuthCookie=evil; Path=/",
        "strict-transport-security": "max-age=31536000",
        "clear-site-data": '"*"',
        "alt-svc": `h3="${elsewhere.address}"`,
        refresh: `0; url=https://${elsewhere.address}/`,
        link: `<https://${elsewhere.address}/x>; rel=preload`,
      },
    });
    for (let round = 0; round < 3; round += 1) await listNodes(session, never);
    expect(headers.map(({ cookie }) => cookie)).toEqual([undefined, undefined, undefined]);
    expect(asked).toEqual(Array.from({ length: 3 }, () => "GET /api2/json/nodes"));
    expect(elsewhere.connections()).toBe(0);
  });
});
