import { describe, expect, test } from "vitest";

import { credentialOf, checkConnect, emptyConnect } from "../../renderer/features/clusters/connect-form.ts";
import { firstRealm, openIdRealm, userWithRealm } from "../../renderer/features/clusters/realm-form.ts";

const realm = (name: string, type: string, isDefault = false) => ({
  realm: name,
  type,
  comment: "",
  isDefault,
});
const realms = [realm("pam", "pam"), realm("ad", "ad"), realm("sso", "openid", true)];

describe("the realm of a login", () => {
  test.each([
    ["admin", "pam", "admin@pam"],
    ["admin@ad", "pam", "admin@ad"],
    // A name that looks like an address belongs to the chosen realm whole.
    ["ada@example.com", "ad", "ada@example.com@ad"],
    [" admin ", "ad", "admin@ad"],
    ["", "pam", ""],
  ])("%s with %s chosen is %s", (typed, chosen, user) => {
    expect(userWithRealm(typed, { realms, realm: chosen })).toBe(user);
  });

  test("is typed whole while the server's realms are not known", () => {
    expect(userWithRealm("admin@pve", { realms: [], realm: "" })).toBe("admin@pve");
    expect(userWithRealm("admin", { realms: [], realm: "" })).toBe("admin");
  });

  test("is the server's default, but not one that makes void what was typed", () => {
    expect(firstRealm(realms, false)).toBe("sso");
    expect(firstRealm(realms, true)).toBe("pam");
    expect(firstRealm([realm("x", "ldap"), realm("y", "ldap")], false)).toBe("x");
    expect(firstRealm([], false)).toBe("");
  });

  test("of a provider needs nothing to be typed, and sends nothing but its name", () => {
    const chosen = { realms, realm: "sso", redirectUrl: "http://127.0.0.1:18006/openid" };
    expect(openIdRealm(chosen)).toBe("sso");
    expect(openIdRealm({ ...chosen, realm: "pam" })).toBeNull();
    const values = { ...emptyConnect, name: "n", address: "a", realms: chosen };
    expect(checkConnect(values)).toEqual({});
    expect(credentialOf({ ...values, user: "left over", secret: "left over" })).toEqual({
      kind: "openid",
      realm: "sso",
    });
    expect(credentialOf({ ...values, kind: "token", tokenId: "a@pve!t", secret: "s" })).toEqual({
      kind: "token",
      tokenId: "a@pve!t",
      secret: "s",
    });
  });
});
