import { describe, expect, it } from "vitest";

import { parseAddress, splitAddress } from "../../electron/proxmox/address.ts";
import { AppError } from "../../shared/errors.ts";

function refusal(typed: string): string {
  try {
    const { address } = parseAddress(typed, "pve");
    return `accepted as ${address}`;
  } catch (error) {
    return error instanceof AppError ? error.code : String(error);
  }
}

describe("an address as typed", () => {
  it.each([
    ["pve1", "pve1:8006"],
    ["pve1:8006", "pve1:8006"],
    ["pve1:443", "pve1:443"],
    ["https://pve1", "pve1:8006"],
    ["HTTPS://PVE1.Example.com/", "pve1.example.com:8006"],
    ["  pve1.example.com \n", "pve1.example.com:8006"],
    ["pve1.example.com.", "pve1.example.com:8006"],
    ["https://pve1:8006/#v1:0:=qemu%2F100", "pve1:8006"],
    ["https://pve1:8006/?console=shell#x", "pve1:8006"],
    ["192.0.2.7", "192.0.2.7:8006"],
    ["[2001:DB8::0:1]", "[2001:db8::1]:8006"],
    ["[::1]:8007", "[::1]:8007"],
    ["::1", "[::1]:8006"],
    ["2001:db8::1", "[2001:db8::1]:8006"],
    ["my_host", "my_host:8006"],
    [`${"a".repeat(63)}.example`, `${"a".repeat(63)}.example:8006`],
  ])("%j is %s", (typed, address) => {
    expect(parseAddress(typed, "pve")).toEqual({ address, punycode: null });
  });

  it("gets the port of a backup server where that is meant", () => {
    expect(parseAddress("pbs1", "pbs").address).toBe("pbs1:8007");
  });

  it("comes out again as it went in", () => {
    for (const typed of ["pve1", "[2001:db8::1]:443", "192.0.2.7:8443"]) {
      const { address } = parseAddress(typed, "pve");
      expect(parseAddress(address, "pve").address).toBe(address);
    }
  });

  it.each([
    ["", "address.empty"],
    [" \n", "address.empty"],
    ["https://", "address.empty"],
    ["http://pve1", "address.http"],
    ["HTTP://pve1:8006", "address.http"],
    ["ftp://pve1", "address.scheme"],
    ["ssh://root@pve1", "address.scheme"],
    ["https://user:pw@pve1", "address.userinfo"],
    ["user@pve1", "address.userinfo"],
    ["pve1/api2/json", "address.path"],
    ["https://pve1/api2/json/../x?y#z", "address.path"],
    ["pve1?x=1", "address.path"],
    ["https://1", "address.ambiguous"],
    ["127.1", "address.ambiguous"],
    ["0x7f.1", "address.ambiguous"],
    ["2130706433", "address.ambiguous"],
    ["010.0.0.1", "address.ambiguous"],
    ["pve1%2eevil.com", "address.host"],
    ["pve1\\@evil.com", "address.userinfo"],
    ["pve1\\evil.com", "address.host"],
    ["pve1\u202Emoc.live", "address.host"],
    ["pve1:0", "address.port"],
    ["pve1:65536", "address.port"],
    ["pve1:8006abc", "address.port"],
    ["pve1:", "address.port"],
    ["pve1:-1", "address.port"],
    ["[fe80::1%eth0]", "address.zone"],
    ["fe80::1%eth0", "address.zone"],
    ["[pve1]", "address.host"],
    ["[::1", "address.host"],
    ["1:2:3", "address.host"],
    ["pve1\0", "address.host"],
    ["pve1\r\nHost: evil", "address.host"],
    ["pve 1", "address.host"],
    ["-pve1", "address.host"],
    ["pve..1", "address.host"],
    [".", "address.host"],
    ["*", "address.host"],
    ["a".repeat(10_000), "address.tooLong"],
    [`${"a".repeat(64)}.example`, "address.host"],
  ])("%j is refused as %s", (typed, code) => {
    expect(refusal(typed)).toBe(code);
  });

  it("tells which address a bare number would have meant", () => {
    const error = (() => {
      try {
        return parseAddress("127.1", "pve");
      } catch (caught) {
        return caught;
      }
    })();
    expect(error).toBeInstanceOf(AppError);
    expect((error as AppError).details.params).toEqual({ address: "127.0.0.1:8006" });
  });

  it("shows the form that is really asked beside letters that look alike", () => {
    expect(parseAddress("pv\u04351.example", "pve")).toEqual({
      address: "xn--pv1-sdd.example:8006",
      punycode: "xn--pv1-sdd.example",
    });
  });

  it("names the field, so that a form can show it in place", () => {
    try {
      parseAddress("", "pve");
      expect.unreachable();
    } catch (error) {
      expect((error as AppError).details.fields).toEqual({ address: "address.empty" });
    }
  });
});

describe("a canonical address", () => {
  it.each([
    ["pve1:8006", "pve1", 8006],
    ["[2001:db8::1]:443", "2001:db8::1", 443],
    ["192.0.2.7:8006", "192.0.2.7", 8006],
  ])("%s comes apart", (address, host, port) => {
    expect(splitAddress(address)).toEqual({ host, port });
  });
});
