// Which of some colours reads best on a fill: contrast as WCAG defines it. Colours are `rgb(r, g, b)`.

function luminance(colour) {
  const channels = colour.match(/[\d.]+/g).slice(0, 3).map((channel) => channel / 255);
  const [r, g, b] = channels.map((c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4));
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

export function contrast(a, b) {
  const [dark, light] = [luminance(a), luminance(b)].sort((x, y) => x - y);
  return (light + 0.05) / (dark + 0.05);
}

export function mostReadable(fill, colours) {
  return colours.reduce((best, colour) => (contrast(fill, colour) > contrast(fill, best) ? colour : best));
}
