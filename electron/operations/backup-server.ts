import { AppError } from "../../shared/errors.ts";

import type { Member } from "../clusters/members.ts";
import type { Deps } from "./deps.ts";

/** A registered backup server. Throws AppError cluster.notFound, server.unsupported for a cluster. */
export function backupServer({ clusters }: Pick<Deps, "clusters">, clusterId: string): Member {
  const member = clusters.member(clusterId);
  if (member.server.kind !== "pbs") throw new AppError("server.unsupported");
  return member;
}
