import { TextInput } from "@mantine/core";
import { Search } from "lucide-react";

/** As long as the operations accept. */
const maxLength = 256;

/** Filters a list by typing; Escape empties it. The label is also its placeholder. */
export function FilterInput({
  label,
  width,
  value,
  onChange,
}: {
  readonly label: string;
  readonly width: number;
  readonly value: string;
  readonly onChange: (value: string) => void;
}) {
  return (
    <TextInput
      w={width}
      aria-label={label}
      placeholder={label}
      leftSection={<Search size={14} aria-hidden />}
      value={value}
      maxLength={maxLength}
      onChange={(event) => onChange(event.currentTarget.value)}
      onKeyDown={(event) => {
        if (event.key === "Escape") onChange("");
      }}
    />
  );
}
