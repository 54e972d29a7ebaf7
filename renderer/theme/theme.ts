import {
  ActionIcon,
  Alert,
  Button,
  Checkbox,
  createTheme,
  defaultVariantColorsResolver,
  Input,
  Menu,
  Modal,
  Notification,
  Popover,
  Radio,
  SegmentedControl,
  Select,
  Switch,
  Tabs,
  Tooltip,
  type CSSVariablesResolver,
  type MantineColorsTuple,
  type VariantColorsResolver,
} from "@mantine/core";

import classes from "./theme.module.css";

/** Mantine wants ten shades a colour; ours has one, which the colour scheme chooses. */
function oneShade(value: string): MantineColorsTuple {
  return [value, value, value, value, value, value, value, value, value, value];
}

const tokenColors = {
  accent: {
    plain: "var(--accent)",
    strong: "var(--accent-strong)",
    tint: "var(--accent-tint)",
    on: "var(--on-accent)",
  },
  bad: { plain: "var(--bad)", strong: "var(--bad-strong)", tint: "var(--bad-tint)", on: "var(--on-bad)" },
} as const;

/** Buttons take their colours from the tokens, so that light and dark need no second rule. */
const variantColorResolver: VariantColorsResolver = (input) => {
  const color = input.color === "bad" ? tokenColors.bad : tokenColors.accent;
  switch (input.variant) {
    case "filled":
      return {
        background: color.plain,
        hover: color.strong,
        color: color.on,
        border: "1px solid transparent",
      };
    case "light":
      return {
        background: color.tint,
        hover: color.tint,
        color: color.plain,
        border: "1px solid transparent",
      };
    case "default":
      return {
        background: "var(--surface)",
        hover: "var(--hover)",
        color: input.color === "bad" ? "var(--bad)" : "var(--text)",
        border: "1px solid var(--line)",
      };
    case "subtle":
      return {
        background: "transparent",
        hover: "var(--hover)",
        color: input.color === "bad" ? "var(--bad)" : "var(--dim)",
        hoverColor: input.color === "bad" ? "var(--bad)" : "var(--text)",
        border: "1px solid transparent",
      };
    default:
      return defaultVariantColorsResolver(input);
  }
};

export const cssVariablesResolver: CSSVariablesResolver = () => {
  const both = {
    "--mantine-color-body": "var(--ground)",
    "--mantine-color-text": "var(--text)",
    "--mantine-color-bright": "var(--text)",
    "--mantine-color-dimmed": "var(--dim)",
    "--mantine-color-placeholder": "var(--faint)",
    "--mantine-color-anchor": "var(--accent)",
    "--mantine-color-error": "var(--bad)",
    "--mantine-color-default": "var(--surface)",
    "--mantine-color-default-hover": "var(--hover)",
    "--mantine-color-default-color": "var(--text)",
    "--mantine-color-default-border": "var(--line)",
    "--mantine-color-disabled": "var(--hover)",
    "--mantine-color-disabled-color": "var(--faint)",
    "--mantine-color-disabled-border": "var(--hairline)",
    "--mantine-primary-color-filled": "var(--accent)",
    "--mantine-primary-color-filled-hover": "var(--accent-strong)",
    "--mantine-primary-color-light": "var(--accent-tint)",
    "--mantine-primary-color-light-hover": "var(--accent-tint)",
    "--mantine-primary-color-light-color": "var(--accent)",
    "--mantine-primary-color-contrast": "var(--on-accent)",
  };
  return { variables: {}, light: both, dark: both };
};

const floating = { transitionProps: { duration: 100, transition: "fade" } } as const;

export const theme = createTheme({
  colors: { accent: oneShade("var(--accent)"), bad: oneShade("var(--bad)") },
  primaryColor: "accent",
  primaryShade: 8,
  fontFamily: "var(--font-text)",
  fontFamilyMonospace: "var(--font-mono)",
  fontSizes: { xs: "12px", sm: "13px", md: "13px", lg: "14px", xl: "18px" },
  lineHeights: { xs: "18px", sm: "20px", md: "20px", lg: "20px", xl: "24px" },
  spacing: { xs: "4px", sm: "8px", md: "12px", lg: "16px", xl: "24px" },
  radius: { xs: "4px", sm: "6px", md: "6px", lg: "8px", xl: "8px" },
  defaultRadius: "sm",
  shadows: { xs: "none", sm: "var(--shadow)", md: "var(--shadow)", lg: "var(--shadow)", xl: "var(--shadow)" },
  headings: {
    fontWeight: "600",
    sizes: { h1: { fontSize: "18px", lineHeight: "24px" }, h2: { fontSize: "14px", lineHeight: "20px" } },
  },
  focusRing: "auto",
  cursorType: "pointer",
  respectReducedMotion: true,
  variantColorResolver,
  components: {
    Button: Button.extend({
      defaultProps: { variant: "default" },
      classNames: { root: classes.button ?? "", section: classes.buttonSection ?? "" },
    }),
    ActionIcon: ActionIcon.extend({
      defaultProps: { variant: "subtle" },
      classNames: { root: classes.actionIcon ?? "" },
    }),
    Input: Input.extend({ classNames: { wrapper: classes.inputWrapper ?? "", input: classes.input ?? "" } }),
    InputWrapper: Input.Wrapper.extend({
      classNames: {
        label: classes.label ?? "",
        description: classes.description ?? "",
        error: classes.error ?? "",
      },
    }),
    Select: Select.extend({
      defaultProps: { comboboxProps: floating, allowDeselect: false, withCheckIcon: true },
      classNames: { option: classes.option ?? "", dropdown: classes.dropdown ?? "" },
    }),
    Checkbox: Checkbox.extend({
      // A radius as of the other controls would make a circle of so small a box, and a radio of it.
      defaultProps: { size: "xs", radius: 3, iconColor: "var(--on-accent)" },
      classNames: {
        label: classes.choiceLabel ?? "",
        input: classes.check ?? "",
        inner: classes.choiceInner ?? "",
      },
    }),
    Radio: Radio.extend({
      defaultProps: { size: "xs" },
      classNames: {
        label: classes.choiceLabel ?? "",
        radio: classes.check ?? "",
        inner: classes.choiceInner ?? "",
      },
    }),
    Switch: Switch.extend({
      defaultProps: { size: "xs", withThumbIndicator: false },
      classNames: { label: classes.choiceLabel ?? "" },
    }),
    SegmentedControl: SegmentedControl.extend({
      defaultProps: { withItemsBorders: false, radius: 6 },
      classNames: {
        root: classes.segments ?? "",
        label: classes.segment ?? "",
        indicator: classes.segmentIndicator ?? "",
      },
    }),
    Modal: Modal.extend({
      defaultProps: {
        centered: true,
        padding: 16,
        radius: 8,
        overlayProps: { backgroundOpacity: 1, color: "var(--veil)" },
        transitionProps: { duration: 120, transition: "fade" },
      },
      classNames: {
        content: classes.modal ?? "",
        header: classes.modalHeader ?? "",
        title: classes.modalTitle ?? "",
        body: classes.modalBody ?? "",
      },
    }),
    Menu: Menu.extend({
      defaultProps: { ...floating, shadow: "md" },
      classNames: { item: classes.option ?? "", dropdown: classes.dropdown ?? "" },
    }),
    Notification: Notification.extend({
      defaultProps: { radius: 8 },
      classNames: {
        root: classes.notice ?? "",
        icon: classes.noticeIcon ?? "",
        title: classes.noticeTitle ?? "",
        description: classes.noticeText ?? "",
      },
    }),
    Popover: Popover.extend({
      defaultProps: { ...floating, shadow: "md" },
      classNames: { dropdown: classes.dropdown ?? "" },
    }),
    Tooltip: Tooltip.extend({
      defaultProps: {
        openDelay: 350,
        transitionProps: { duration: 100, transition: "fade" },
        multiline: true,
        maw: 360,
      },
      classNames: { tooltip: classes.tooltip ?? "" },
    }),
    Tabs: Tabs.extend({ classNames: { list: classes.tabs ?? "", tab: classes.tab ?? "" } }),
    Alert: Alert.extend({ defaultProps: { variant: "default" } }),
  },
});
