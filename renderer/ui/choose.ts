/** The one of the choices that a control gave back; undefined for anything else. */
export function choose<K extends string>(choices: readonly K[], value: string | null): K | undefined {
  return choices.find((one) => one === value);
}
