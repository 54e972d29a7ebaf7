import type { ErrorCode } from "../errors.ts";

/**
 * Every sentence that a person can see, in English; ICU message format. A second language is one more file of this shape.
 * An error says what happened, what it means for the data, and the next step.
 */
const errors = {
  "error.internal":
    "Something unexpected happened in the app itself. Nothing was sent again. The log has the details under the trace shown here.",
  "error.cancelled": "Stopped before it was done.",
  "error.input.invalid": "Something in this form does not fit. Check the marked fields.",
  "error.input.tooLarge": "This is more than the app accepts at once.",
  "error.operation.unknown": "This window and the app do not fit together. Reload the window.",
  "error.operation.tooMany": "Too many requests at once. Wait a moment and try again.",
  "error.confirmation.missing": "This needs a confirmation. Nothing was done.",
  "error.confirmation.expired":
    "The confirmation is older than five minutes. Nothing was done; look again and confirm once more.",
  "error.confirmation.changed":
    "What you confirmed has changed meanwhile. Nothing was done; look again and confirm once more.",
  "error.bridge.lost":
    "The connection between this window and the app is gone. Running jobs go on; the window reconnects by itself.",
  "error.host.unsupported": "This is not possible in the browser. Use the desktop app for it.",
  "error.link.refused": "This link does not lead to a registered server and was not opened.",
  "error.file.failed": "The file could not be written. Choose another place and try again.",
  "error.store.failed":
    "The app's database does not answer. Nothing new is started until it does; restart the app.",
  "error.store.full":
    "The disk of this computer is full. Nothing was sent to the server; free some room and try again.",
  "error.store.readOnly":
    "The app's data can only be read: it is in use by another window of the app or was written by a newer version.",
  "error.vault.locked": "The credentials are locked. Enter the passphrase to unlock them.",
  "error.vault.missing": "Choose first where credentials are to be kept.",
  "error.vault.wrongPassphrase": "This is not the passphrase of the vault.",
  "error.vault.unavailable":
    "This system offers no safe place for secrets. Use a passphrase or keep them in memory only.",
  "error.vault.damaged":
    "A stored credential cannot be read any more. It was kept as it is; log in to the cluster again.",
  "error.cluster.notFound": "This cluster is not registered any more.",
  "error.cluster.nameTaken": "A cluster named “{name}” is registered already. Choose another name.",
  "error.cluster.alreadyRegistered":
    "This is the cluster that is already registered as “{name}”, under another address. Nothing was saved; edit that one if its address changed.",
  "error.cluster.busy": "Something else is being done with this cluster. Try again when it is finished.",
  "error.cluster.needsLogin": "Nobody is logged in to “{name}”. Log in and try again.",
  "error.cluster.frozen":
    "“{name}” shows another certificate than the trusted one. Nothing is sent to it until you have checked the new one.",
  "error.demo.unavailable": "The demo cluster could not be started.",
  "error.address.empty": "Enter the address of a node, for example pve1.example.com.",
  "error.address.tooLong": "This is too long for an address: at most 253 characters.",
  "error.address.http": "Proxmox VE is only spoken to over https. Leave http:// out.",
  "error.address.scheme": "Only https addresses are possible.",
  "error.address.userinfo": "Leave user and password out of the address; they have fields of their own.",
  "error.address.path": "Enter host and port only, without a path.",
  "error.address.port": "The port is a number from 1 to 65535.",
  "error.address.host": "This is not a host name or an IP address.",
  "error.address.zone":
    "IPv6 addresses with a zone (%) are not possible. Use a host name or a global address.",
  "error.address.ambiguous": "This means {address}. If that is right, enter it this way.",
  "error.server.notProxmox":
    "{address} answers, but not as Proxmox VE. No credentials were sent. Check address and port (8006).",
  "error.server.unreachable":
    "{address} cannot be reached. Check network, VPN and firewall. What was known stays shown with its age.",
  "error.server.nameNotFound":
    "The name {address} is not known. Check the spelling, or the VPN that knows it.",
  "error.server.timeout": "{address} did not answer in {seconds} s.",
  "error.server.connectionLost": "The connection to {address} broke off before the answer was complete.",
  "error.server.certificateUntrusted":
    "The certificate of {address} is not one that this computer trusts. Compare its fingerprint on the node before you trust it.",
  "error.server.certificateChanged":
    "{address} shows another certificate than the trusted one. Nothing was sent. If the certificate was renewed, compare the new fingerprint on the node and trust it.",
  "error.server.certificateInvalid":
    "The TLS connection to {address} failed: its certificate or protocol is not acceptable.",
  "error.server.wrongCredentials":
    "The server refuses this login: wrong password, unknown user or realm, or the user is disabled. It does not say which.",
  "error.server.tokenRefused":
    "The server refuses this API token: wrong secret, expired, or its user is disabled. It does not say which.",
  "error.server.secondFactorRequired": "This account needs a second factor. Enter a code.",
  "error.server.secondFactorWrong":
    "The server refuses this code. Wait for the next one and try again; too many wrong codes lock the account.",
  "error.server.secondFactorUnsupported":
    "This account has only WebAuthn or U2F, which is bound to the server’s own web address. Use a recovery code, TOTP or an API token.",
  "error.server.challengeExpired": "The code came too late: the server waits two minutes. Log in once more.",
  "error.server.sessionExpired": "The login has ended. Log in again; running jobs are followed further then.",
  "error.server.tooManyLogins":
    "The last login was refused less than a minute ago. Wait {seconds} s, so that the account is not locked.",
  "error.server.forbidden": "This account may not do that: {privilege} is missing on {path}.",
  "error.server.tooFewRights": "This account sees nothing here: it needs at least {privilege} on {path}.",
  "error.server.clockDifference":
    "The clocks of the nodes differ, so a login of one is refused by another. Correct the time on the nodes (chrony).",
  "error.server.badRequest": "The server refused the request as wrong.",
  "error.server.notFound": "The server does not know this any more.",
  "error.server.alreadyExists": "This exists already on the server.",
  "error.server.locked":
    "The guest is locked on the server ({lock}): something else is being done with it. Wait for it to end.",
  "error.server.nodeDown": "Node {node} does not answer the other nodes. Nothing can be started there.",
  "error.server.noQuorum": "The cluster has no quorum: everything is read-only until enough nodes are back.",
  "error.server.unavailable":
    "The server is there but its service does not answer now. It is asked again soon.",
  "error.server.unsupported": "This version of Proxmox VE cannot do that.",
  "error.server.redirected":
    "{address} sends to another place, which a Proxmox VE API never does. Nothing was sent there.",
  "error.server.badAnswer":
    "{address} gave an answer that cannot be read. What was known before stays shown with its age.",
  "error.server.tooLarge": "The answer of {address} is larger than the app reads at once.",
  "error.server.error": "The server reports an error.",
  "error.server.unconfirmed":
    "The request was sent, but the answer was lost. It is not sent again: the app looks on the server whether it was started.",
  "error.guest.notFound": "Guest {vmid} is not there any more.",
  "error.guest.locked": "Guest {vmid} is locked ({lock}). Wait until that has ended.",
  "error.guest.ambiguous":
    "Two guests are reported with the id {vmid}. Nothing is done with either until that is clear.",
  "error.guest.elsewhere":
    "Guest {vmid} is not on node {node} any more, so nothing was started. Start again from the list.",
  "error.backup.limitReached":
    "The storage keeps {max} copies of this guest and has them. A further one would be refused, and none is deleted silently.",
  "error.backup.protectedLimitReached":
    "The storage allows {max} protected copies of this guest and has them.",
  "error.backup.storageUnfit": "Storage {storage} takes no backups on node {node} now.",
  "error.backup.noteInvalid":
    "A note can hold only these variables: cluster, guestname, node, vmid, each in double braces.",
  "error.backup.notFound": "This backup is not on the storage any more.",
  "error.restore.idTaken": "The id {vmid} is taken. Choose a free one; nothing was restored.",
  "error.restore.storageUnfit": "Storage {storage} cannot hold the disks of this guest on node {node}.",
  "error.job.notFound": "This job is not known.",
  "error.job.ended": "This job has ended already.",
  "error.job.busyGuest":
    "Another job of this app is running for guest {vmid}. Start this one when it has ended.",
  "error.job.notAdoptable": "This task does not fit the job.",
} as const satisfies Record<`error.${ErrorCode}`, string>;

/** The frame: app.* shell.* start.* clusters.* settings.* vault.* ui.* status.* */
const frame = {
  "ui.unknown": "unknown",
  "ui.age.now": "now",
  "ui.age.ago": "{value} ago",
  "ui.age.ahead": "in {value}",
  "ui.duration.second": "{value} s",
  "ui.duration.minute": "{value} min",
  "ui.duration.hour": "{value} h",
  "ui.duration.day": "{value} d",
} as const;

/** The work: guests.* backups.* backup.* restore.* jobs.* job.* history.* */
const work = {} as const;

export const en = { ...errors, ...frame, ...work } as const satisfies Record<string, string>;
export type MessageId = keyof typeof en;
