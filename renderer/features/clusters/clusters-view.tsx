export function ClustersView(_props: { readonly selected: string | null }) {
  return null;
}
