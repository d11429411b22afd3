// Reads the design tokens that a chart needs, as colours that SVG attributes understand.

const SERIES = 8;

export function readTheme(element) {
  const style = getComputedStyle(element);
  const probe = document.createElement("span");
  probe.hidden = true;
  element.append(probe);
  // A custom property holds its text, for example light-dark(...): only a real property resolves it.
  const colour = (token) => {
    probe.style.color = `var(${token})`;
    return getComputedStyle(probe).color;
  };
  const theme = {
    text: colour("--color-text"),
    muted: colour("--color-text-muted"),
    surface: colour("--color-surface"),
    raised: colour("--color-surface-raised"),
    border: colour("--color-border"),
    axis: colour("--chart-axis"),
    grid: colour("--chart-grid"),
    brush: colour("--chart-brush"),
    other: colour("--chart-other"),
    series: Array.from({ length: SERIES }, (_, index) => colour(`--chart-${index + 1}`)),
    font: style.fontFamily,
  };
  probe.remove();
  return theme;
}
