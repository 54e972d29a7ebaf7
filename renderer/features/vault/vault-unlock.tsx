export function VaultUnlock(_props: { readonly onLater: () => void }) {
  return null;
}
