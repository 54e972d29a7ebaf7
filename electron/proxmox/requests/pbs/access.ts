import { choice, flag, integer, named, text } from "../parameters.ts";
import { request } from "../request.ts";

const product = "pbs";

/** Roles that a server has from the start; it has no others (pbs-api-types, acl). */
const roles = [
  "Admin",
  "Audit",
  "NoAccess",
  "DatastoreAdmin",
  "DatastoreReader",
  "DatastoreBackup",
  "DatastorePowerUser",
  "DatastoreAudit",
  "RemoteAudit",
  "RemoteAdmin",
  "RemoteSyncOperator",
] as const;
type Role = (typeof roles)[number];

export function isRole(name: string): name is Role {
  return roles.some((role) => role === name);
}

/** Logins, tokens and rights. */
export const accessRequests = {
  version: request({
    product,
    method: "GET",
    path: "/version",
    parameters: {},
    rights: "login",
    purpose: "login",
  }),
  realms: request({
    product,
    method: "GET",
    path: "/access/domains",
    parameters: {},
    rights: "public",
    purpose: "login",
  }),
  ticket: request({
    product,
    method: "POST",
    path: "/access/ticket",
    parameters: {
      username: text({ required: true, maxLength: 64 }),
      password: text({ required: true }),
      "tfa-challenge": text(),
    },
    rights: "public",
    purpose: "login",
  }),
  openIdUrl: request({
    product,
    method: "POST",
    path: "/access/openid/auth-url",
    parameters: { realm: named("realm", { required: true }), "redirect-url": text({ required: true }) },
    rights: "public",
    purpose: "login",
  }),
  openIdLogin: request({
    product,
    method: "POST",
    path: "/access/openid/login",
    parameters: {
      code: text({ required: true }),
      state: text({ required: true }),
      "redirect-url": text({ required: true }),
    },
    rights: "public",
    purpose: "login",
  }),
  permissions: request({
    product,
    method: "GET",
    path: "/access/permissions",
    parameters: { path: text({ maxLength: 128 }), "auth-id": text({ maxLength: 64 }) },
    rights: "login",
    purpose: "rights",
    size: "list",
  }),
  tokens: request({
    product,
    method: "GET",
    path: "/access/users/{userid}/token",
    parameters: {},
    rights: "login",
    purpose: "rights",
  }),
  /** One's own always. */
  createToken: request({
    product,
    method: "POST",
    path: "/access/users/{userid}/token/{tokenid}",
    parameters: { comment: text({ maxLength: 128 }), expire: integer({ min: 0 }), enable: flag() },
    rights: "login",
    purpose: "rights",
  }),
  removeToken: request({
    product,
    method: "DELETE",
    path: "/access/users/{userid}/token/{tokenid}",
    parameters: {},
    rights: "login",
    purpose: "rights",
  }),
  acl: request({
    product,
    method: "GET",
    path: "/access/acl",
    parameters: {},
    rights: "login",
    purpose: "rights",
    size: "list",
  }),
  /** Others' need Permissions.Modify on /access/acl; those of one's own tokens need nothing. */
  changeAcl: request({
    product,
    method: "PUT",
    path: "/access/acl",
    parameters: {
      path: text({ required: true, maxLength: 128 }),
      role: choice(roles, { required: true }),
      "auth-id": text({ maxLength: 64 }),
      propagate: flag(),
      delete: flag(),
    },
    rights: "login",
    purpose: "rights",
  }),
} as const;
