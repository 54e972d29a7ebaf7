import { describe, expect, it } from "vitest";

import { fromAnswer, fromNetworkError, provesNothingStarted } from "../../electron/proxmox/errors.ts";
import { AppError } from "../../shared/errors.ts";

const context = { address: "pve1:8006", node: "pve2" };

function said(status: number, reason: string, errors?: Record<string, string>) {
  return fromAnswer({ status, reason, errors }, context);
}

describe("an answer that says no", () => {
  it.each([
    [400, "Parameter verification failed.", { vmid: "VM 101 already exists" }, "server.alreadyExists"],
    [400, "Parameter verification failed.", { storage: "No such storage." }, "server.notFound"],
    [400, "Parameter verification failed.", { upid: "no such task" }, "server.notFound"],
    [
      400,
      "Parameter verification failed.",
      { nosuch: "property is not defined in schema and …" },
      "server.unsupported",
    ],
    [400, "Parameter verification failed.", { mode: "value 'bogus' does not …" }, "server.badRequest"],
    [401, "No ticket", undefined, "server.sessionExpired"],
    [403, "Permission check failed (/vms/100, VM.Backup)", undefined, "server.forbidden"],
    [404, "Not Found", undefined, "server.notFound"],
    [500, "VM is locked (backup)", undefined, "server.locked"],
    [500, "CT is locked (snapshot-delete)", undefined, "server.locked"],
    [500, "cluster not ready - no quorum?", undefined, "server.noQuorum"],
    [
      500,
      "unable to restore VM 210 - VM 210 already exists on node 'pve1'",
      undefined,
      "server.alreadyExists",
    ],
    [500, "Configuration file 'nodes/pve1/lxc/201.conf' does not exist", undefined, "server.notFound"],
    [500, "hostname lookup 'pve9' failed - failed to get address info", undefined, "server.nodeDown"],
    [
      500,
      "RPCEnvironment init request failed: Unable to load access control list",
      undefined,
      "server.unavailable",
    ],
    [500, "got no worker upid - start worker failed", undefined, "server.error"],
    [501, "Method 'GET /nosuch' not implemented", undefined, "server.unsupported"],
    [502, "Bad Gateway", undefined, "server.unavailable"],
    [595, "Connection refused", undefined, "server.nodeDown"],
    [596, "Connection timed out", undefined, "server.nodeDown"],
    [599, "Too many redirections", undefined, "server.nodeDown"],
    [302, "Found", undefined, "server.redirected"],
    [418, "I am a teapot", undefined, "server.error"],
    [403, "Permission check failed (pool 'nopool' does not exist)", undefined, "server.notFound"],
    [500, "checksum mismatch (file change by other user?)", undefined, "server.changed"],
    [
      500,
      "update storage failed: detected modified configuration - file changed by other user? Try again.",
      undefined,
      "server.changed",
    ],
    [500, "400 Parameter verification failed.\nvmid: property is missing\n", undefined, "server.badRequest"],
    [500, "400 Parameter verification failed.\nid: No such job 'x'\n", undefined, "server.notFound"],
    [400, "parameter verification failed - 'ns': value must match", undefined, "server.badRequest"],
    [400, "datastore 'x' does not exist", undefined, "server.notFound"],
    [400, "something of a backup server", undefined, "server.error"],
    [204, "No Content", undefined, "server.badAnswer"],
  ])("%i %s %j is told apart", (status, reason, errors, code) => {
    expect(said(status, reason, errors).code).toBe(code);
  });

  it("names the node that is down, not the one that was asked", () => {
    expect(said(595, "Connection refused").details.params).toEqual({ node: "pve2" });
    const own = fromAnswer({ status: 595, reason: "Connection refused" }, { address: "pve1:8006" });
    expect(own.code).toBe("server.unavailable");
  });

  it("takes the missing privilege and its path out of the text", () => {
    expect(
      said(403, "Permission check failed (/storage/local, Datastore.Audit|Datastore.AllocateSpace)").details
        .params,
    ).toEqual({
      path: "/storage/local",
      privilege: "Datastore.Audit|Datastore.AllocateSpace",
    });
    expect(said(403, "Permission check failed").details.params).toMatchObject({ named: "no", privilege: "" });
    expect(
      said(
        403,
        "Permission check failed (URI '/access/password' not available with API token, need proper ticket.\n)",
      ).details.params,
    ).toMatchObject({ named: "no", privilege: "" });
    expect(said(403, "Permission check failed (, Sys.Audit)").details.params).toEqual({
      path: "/",
      privilege: "Sys.Audit",
    });
  });

  it("takes the lock out of the text", () => {
    expect(said(500, "VM is locked (backup)").details.params).toEqual({ lock: "backup" });
  });

  it("prefers the message of the body to the reason phrase, trimmed", () => {
    const error = fromAnswer({ status: 500, reason: "cut", message: "VM is locked (backup)\n" }, context);
    expect(error.details.server).toBe("VM is locked (backup)");
  });

  it("gives the texts of single parameters on, safe to show", () => {
    const error = said(400, "Parameter verification failed.", { mode: "value \u202Eevil\u001b[31m\n" });
    expect(error.details.fields).toEqual({ mode: "value ⟪U+202E⟫evil" });
  });

  it("finds the parameters in a text alone: a handler's own check, and a backup server's", () => {
    const own =
      "400 Parameter verification failed.\nall: option conflicts with option 'vmid'\nschedule: bad\nvery bad\n";
    expect(said(500, own).details.fields).toEqual({
      all: "option conflicts with option 'vmid'",
      schedule: "bad\nvery bad",
    });
    expect(
      said(400, "parameter verification failed - 'backup-id': parameter is missing").details.fields,
    ).toEqual({ "backup-id": "parameter is missing" });
    expect(
      said(400, "parameter verification failed:\n- 'ns': too long\n- 'keep-last': value: 0\n").details.fields,
    ).toEqual({ ns: "too long", "keep-last": "value: 0" });
    expect(said(500, "VM is locked (backup)").details.fields).toBeUndefined();
  });

  it("makes a hostile reason phrase short and harmless", () => {
    const error = said(500, `\u001b]8;;http://evil\u0007click\u001b[0m\r\n${"x".repeat(8000)}`);
    expect(Array.from(error.details.server ?? "").every((letter) => letter === "\n" || letter >= " ")).toBe(
      true,
    );
    expect(error.details.server?.length).toBeLessThanOrEqual(1000);
  });

  it("tells the three kinds of 401 apart", () => {
    expect(said(401, "Permission denied - invalid csrf token").details.params).toEqual({ reason: "csrf" });
    expect(said(401, "No ticket").details.params).toEqual({ reason: "noTicket" });
    expect(said(401, "Authentication failed!").details.params).toEqual({ reason: "refused" });
  });
});

describe("an answer to a write", () => {
  it.each([
    [302, "Found"],
    [400, "Parameter verification failed."],
    [401, "No ticket"],
    [403, "Permission check failed"],
    [501, "Method not implemented"],
    [500, "VM is locked (backup)"],
    [500, "VM 210 already exists on node 'pve1'"],
    [500, "CT 102 already running"],
    [500, "CT 101 not running"],
    [500, "can't overwrite running container"],
    [500, "storage 'nosuch' does not exist"],
    [500, "storage 'nas' is disabled"],
    [500, "cluster not ready - no quorum?"],
    [500, "RPCEnvironment init request failed: Unable to load access control list"],
  ])("%i %s proves that nothing was started", (status, reason) => {
    expect(provesNothingStarted({ status, reason })).toBe(true);
  });

  it.each([
    [500, "got no worker upid - start worker failed"],
    [500, "Internal Server Error"],
    [500, ""],
    [202, "Accepted"],
    [502, "Bad Gateway"],
    [503, "Service Unavailable"],
    [504, "Gateway Timeout"],
    [595, "Connection refused"],
    [596, "Connection timed out"],
    [597, "x"],
    [599, "Too many redirections"],
  ])("%i %s proves nothing", (status, reason) => {
    expect(provesNothingStarted({ status, reason })).toBe(false);
  });
});

describe("a failure below HTTP", () => {
  function broken(code: string, extra: object = {}) {
    return fromNetworkError(Object.assign(new Error("boom"), { code, ...extra }), context);
  }

  it.each([
    ["ENOTFOUND", "server.nameNotFound"],
    ["EAI_AGAIN", "server.nameNotFound"],
    ["ECONNREFUSED", "server.unreachable"],
    ["EHOSTUNREACH", "server.unreachable"],
    ["UND_ERR_CONNECT_TIMEOUT", "server.unreachable"],
    ["UND_ERR_HEADERS_TIMEOUT", "server.timeout"],
    ["UND_ERR_SOCKET", "server.connectionLost"],
    ["ECONNRESET", "server.connectionLost"],
    ["UND_ERR_HEADERS_OVERFLOW", "server.badAnswer"],
    ["HPE_INVALID_CONSTANT", "server.badAnswer"],
    ["ERR_SSL_WRONG_VERSION_NUMBER", "server.notProxmox"],
    ["ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION", "server.certificateInvalid"],
    ["CERT_HAS_EXPIRED", "server.certificateUntrusted"],
    ["ERR_TLS_CERT_ALTNAME_INVALID", "server.certificateUntrusted"],
    ["something new", "server.connectionLost"],
  ])("%s is %s", (code, expected) => {
    expect(broken(code).code).toBe(expected);
  });

  it("says why a certificate is not trusted", () => {
    expect(broken("CERT_HAS_EXPIRED").details.params).toMatchObject({ reason: "expired" });
    expect(broken("CERT_NOT_YET_VALID").details.params).toMatchObject({ reason: "notYetValid" });
    expect(broken("ERR_TLS_CERT_ALTNAME_INVALID").details.params).toMatchObject({ reason: "otherName" });
    expect(broken("DEPTH_ZERO_SELF_SIGNED_CERT").details.params).toMatchObject({
      reason: "unknownAuthority",
    });
  });

  it("is found under the errors that wrap it", () => {
    const deep = new Error("fetch failed", {
      cause: new AggregateError([Object.assign(new Error(), { code: "ECONNREFUSED" })]),
    });
    expect(fromNetworkError(deep, context).code).toBe("server.unreachable");
  });

  it("keeps what is an AppError already", () => {
    const own = new AppError("server.tooLarge");
    expect(fromNetworkError(own, context)).toBe(own);
  });
});
