interface TrustedTypes {
  createPolicy(name: string, rules: { createHTML(text: string): string }): unknown;
}

/**
 * The window forbids HTML from strings (CSP `require-trusted-types-for 'script'`). Mantine writes its theme as text into <style>
 * elements through that same door; this lets text through that can be nothing but CSS, and no tag at all.
 */
export function allowStyleText(): void {
  const trustedTypes = (globalThis as { readonly trustedTypes?: TrustedTypes }).trustedTypes;
  trustedTypes?.createPolicy("default", {
    createHTML(text) {
      if (text.includes("<")) throw new TypeError("HTML from a string is refused");
      return text;
    },
  });
}
