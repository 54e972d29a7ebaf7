import { ActionIcon, Button, Group, Stack, TextInput } from "@mantine/core";
import { ArrowUp, X } from "lucide-react";

import { displayText } from "../../../shared/display-text.ts";
import { t } from "../../ui/text.ts";
import classes from "./clusters.module.css";

import type { WantedAddress } from "./edit-form.ts";

export interface AddressEditProps {
  readonly addresses: readonly WantedAddress[];
  readonly onChange: (addresses: readonly WantedAddress[]) => void;
  /** The address that is being typed, to be looked at before it joins the list. */
  readonly typed: string;
  readonly onTyped: (typed: string) => void;
  readonly problem: string | null;
  readonly looking: boolean;
  readonly onLook: () => void;
  /** null = there are no other nodes to find. */
  readonly onFind: (() => void) | null;
}

/** The addresses of a server: their order, which go, and one more. */
export function AddressEdit(props: AddressEditProps) {
  const { addresses, onChange } = props;
  const without = (index: number) => addresses.filter((_one, at) => at !== index);
  const up = (index: number) => {
    const moved = addresses[index];
    if (moved === undefined) return;
    onChange(without(index).toSpliced(index - 1, 0, moved));
  };
  return (
    <Stack gap={8}>
      <div>
        <p className={classes.fieldLabel} id="addresses-label">
          {t("clusters.edit.addresses")}
        </p>
        <ol className={classes.addressEdit} aria-labelledby="addresses-label">
          {addresses.map(({ address, node }, index) => {
            const name = displayText(address, 128);
            return (
              <li key={address}>
                <span>{name}</span>
                <span className={classes.dim}>{node === null ? "" : displayText(node, 63)}</span>
                <ActionIcon
                  aria-label={t("clusters.edit.addresses.up", { address: name })}
                  disabled={index === 0}
                  onClick={() => up(index)}
                >
                  <ArrowUp size={14} aria-hidden />
                </ActionIcon>
                <ActionIcon
                  aria-label={t("clusters.edit.addresses.remove", { address: name })}
                  disabled={addresses.length === 1}
                  onClick={() => onChange(without(index))}
                >
                  <X size={14} aria-hidden />
                </ActionIcon>
              </li>
            );
          })}
        </ol>
      </div>
      <Group gap={8} align="flex-start" wrap="nowrap">
        <TextInput
          aria-label={t("clusters.edit.addresses.more")}
          placeholder={t("clusters.edit.addresses.more")}
          description={t("clusters.edit.address.hint")}
          inputWrapperOrder={["input", "error", "description"]}
          value={props.typed}
          autoComplete="off"
          spellCheck={false}
          error={props.problem}
          onChange={(event) => props.onTyped(event.currentTarget.value)}
          flex={1}
        />
        <Button onClick={props.onLook} loading={props.looking} disabled={props.typed.trim() === ""}>
          {t("clusters.edit.addresses.look")}
        </Button>
        {props.onFind === null ? null : <Button onClick={props.onFind}>{t("clusters.nodes.find")}</Button>}
      </Group>
    </Stack>
  );
}
