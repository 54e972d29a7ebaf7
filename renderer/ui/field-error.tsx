import classes from "./panel.module.css";

/** What is wrong with the field above, for controls that have no place of their own for it; nothing where nothing is. */
export function FieldError({ children }: { readonly children: string | undefined }) {
  if (children === undefined) return null;
  return (
    <p className={classes.fieldError} role="alert">
      {children}
    </p>
  );
}
