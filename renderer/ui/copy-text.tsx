import { Button } from "@mantine/core";
import { Check, Copy } from "lucide-react";
import { useEffect, useRef, useState } from "react";

import classes from "./copy-text.module.css";
import { t } from "./text.ts";

/** So long the button says that it was done. */
const thanksMs = 2000;

/**
 * Text to be used elsewhere, with a button that copies it. The window has no permissions, the clipboard's among them: what is copied
 * is a selection, as with the keyboard.
 */
export function CopyText({ text, label }: { readonly text: string; readonly label: string }) {
  const code = useRef<HTMLElement>(null);
  const [done, setDone] = useState(false);
  useEffect(() => {
    if (!done) return undefined;
    const timer = setTimeout(() => setDone(false), thanksMs);
    return () => clearTimeout(timer);
  }, [done]);
  const copy = () => {
    const selection = window.getSelection();
    if (code.current === null || selection === null) return;
    selection.selectAllChildren(code.current);
    // oxlint-disable-next-line typescript/no-deprecated -- the one way that asks for no permission
    setDone(document.execCommand("copy"));
  };
  return (
    <div className={classes.row}>
      <code ref={code} className={classes.text} tabIndex={0} aria-label={label}>
        {text}
      </code>
      <Button
        variant="subtle"
        h={24}
        px={8}
        leftSection={done ? <Check size={14} aria-hidden /> : <Copy size={14} aria-hidden />}
        aria-label={t("ui.copyOf", { what: label })}
        onClick={copy}
      >
        {t(done ? "ui.copied" : "ui.copy")}
      </Button>
    </div>
  );
}
