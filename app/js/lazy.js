// Loads the chart and editor bundles on first use, so that neither delays the first paint.
// They are static files next to the page: resolved against the document, not against this module's own folder.

const loading = new Map();

function load(name) {
  let module = loading.get(name);
  if (!module) {
    module = import(new URL(`vendor/${name}.js`, document.baseURI).href);
    // A failed load (offline, a deployment in between) may be tried again.
    module.catch(() => loading.delete(name));
    loading.set(name, module);
  }
  return module;
}

export async function createChart(container, onEvent) {
  const { createChart } = await load("chart");
  return createChart(container, onEvent);
}

export async function createEditor(container, options) {
  const { createEditor } = await load("editor");
  return createEditor(container, options);
}
