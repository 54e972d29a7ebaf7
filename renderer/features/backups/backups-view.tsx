export function BackupsView() {
  return null;
}
