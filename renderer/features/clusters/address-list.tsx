import { CircleCheck, CircleDashed, CircleX, ShieldAlert, type LucideIcon } from "lucide-react";

import { displayText } from "../../../shared/display-text.ts";
import { StatusMark, type Tone } from "../../ui/status-mark.tsx";
import { errorText, t } from "../../ui/text.ts";
import classes from "./clusters.module.css";
import { Fingerprint } from "./fingerprint.tsx";

import type { AddressState, AddressView, Cluster } from "../../../shared/cluster.ts";

const looks: Readonly<Record<AddressState, { readonly tone: Tone; readonly icon: LucideIcon }>> = {
  answering: { tone: "good", icon: CircleCheck },
  standby: { tone: "quiet", icon: CircleDashed },
  down: { tone: "bad", icon: CircleX },
  certificateChanged: { tone: "bad", icon: ShieldAlert },
};

/** The addresses in the order in which they are used: which one answers, and what is trusted at each. */
export function AddressList({ cluster }: { readonly cluster: Cluster }) {
  return (
    <ol className={classes.addresses}>
      {cluster.addresses.map((address) => (
        <li key={address.address}>
          <div className={classes.addressHead}>
            <span className={classes.name}>{displayText(address.address, 128)}</span>
            {address.node === null ? null : (
              <span className={classes.dim}>{displayText(address.node, 63)}</span>
            )}
            <StatusMark tone={looks[address.state].tone} icon={looks[address.state].icon}>
              {t(`clusters.address.${address.state}`)}
            </StatusMark>
          </div>
          <AddressProblem address={address} />
          {address.trust.kind === "pinned" ? (
            <Fingerprint value={address.trust.fingerprint} />
          ) : (
            <span className={classes.dim}>{t("clusters.changed.bySystem")}</span>
          )}
        </li>
      ))}
    </ol>
  );
}

function AddressProblem({ address }: { readonly address: AddressView }) {
  // The alarm above the list says it in full.
  if (address.problem === undefined || address.seen !== undefined) return null;
  return <p className={classes.dim}>{errorText(address.problem)}</p>;
}
