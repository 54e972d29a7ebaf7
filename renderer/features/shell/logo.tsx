/** Three stacked copies, the newest filled. */
export function Logo({ size = 20 }: { readonly size?: number }) {
  return (
    <svg width={size} height={size} viewBox="0 0 20 20" fill="none" aria-hidden>
      <path d="M10 2.5 17 6l-7 3.5L3 6z" fill="var(--accent)" />
      <path
        d="m3 10 7 3.5L17 10M3 14l7 3.5L17 14"
        stroke="var(--accent)"
        strokeWidth="1.6"
        strokeLinecap="round"
        strokeLinejoin="round"
      />
    </svg>
  );
}
