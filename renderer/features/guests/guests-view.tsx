export function GuestsView() {
  return null;
}
