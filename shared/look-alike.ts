/** Letters of other scripts, and digits, that are drawn like a Latin letter in most fonts (after UTS 39, the ones that keyboards have). */
const drawnLike: ReadonlyMap<string, string> = new Map(
  [
    ["АВЕЅІЈКМНОРСТХУԌԚԜ", "ABESIJKMHOPCTXYGQW"],
    ["аеѕіјорсухһԁԛԝ", "aesijopcyxhdqw"],
    ["ΑΒΕΖΗΙΚΜΝΟΡΤΥΧ", "ABEZHIKMNOPTYX"],
    ["ανορικ", "avopik"],
    ["0", "O"],
    ["1I|", "lll"],
  ].flatMap(([from = "", to = ""]) =>
    Array.from(from).map((letter, at) => [letter, Array.from(to)[at] ?? letter]),
  ),
);

/** What a name looks like at a glance: two different names with the same such text can be taken for each other. For comparing alone. */
export function glanceOf(name: string): string {
  const plain = name
    .toWellFormed()
    .normalize("NFKD")
    .replaceAll(/\p{M}|\p{Default_Ignorable_Code_Point}|\p{C}/gu, "")
    .trim();
  // Twice, since a letter of another script may look like one that itself looks like a third (Cyrillic І, Latin I, l).
  const once = Array.from(plain, (letter) => drawnLike.get(letter) ?? letter);
  return once.map((letter) => drawnLike.get(letter) ?? letter).join("");
}

/** The first of the others that has another name but looks the same. */
export function lookAlikeOf<T extends { readonly name: string }>(
  name: string,
  others: Iterable<T>,
): T | null {
  const glance = glanceOf(name);
  if (glance === "") return null;
  for (const other of others) if (other.name !== name && glanceOf(other.name) === glance) return other;
  return null;
}
