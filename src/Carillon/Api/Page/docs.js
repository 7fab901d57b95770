const make = (name, properties = {}, ...children) => {
  const element = Object.assign(document.createElement(name), properties);
  element.append(...children);
  return element;
};

/** A path that may be broken after slashes, dots and underscores, and not in the middle of a word. */
const breakable = path => path.split(/(?<=[/_.])/).flatMap((part, index) => index === 0 ? [part] : [make("wbr"), part]);

/** The parameters of a schema, those inside objects too, in the order in which they are told. */
function parameters(schema, prefix = "") {
  return Object.entries(schema.properties ?? {}).flatMap(([name, its]) => {
    const inner = its.type === "array" ? its.items : its;
    const type = its.type === "array" ? `${its.items.type}[]` : its.format ?? its.type ?? "any";
    const own = { name: prefix + name, type, required: schema.required?.includes(name) ?? false, description: its.description ?? "" };
    return [own, ...parameters(inner, prefix + name + (its.type === "array" ? "[]." : "."))];
  });
}

function example(content) {
  const texts = { JSON: JSON.stringify(content["application/json"].example, null, 2), XML: content["application/xml"].example };
  const shown = make("pre", { tabIndex: 0 });
  const buttons = Object.keys(texts).map(format => make("button", { type: "button", textContent: format, onclick: () => show(format) }));
  const show = format => {
    shown.textContent = texts[format].trim();
    for (const button of buttons) button.setAttribute("aria-pressed", String(button.textContent === format));
  };
  show("JSON");
  return make("div", {}, make("div", { className: "formats" }, ...buttons), shown);
}

function article(path, verb, operation) {
  const inUrl = (operation.parameters ?? []).map(its => ({ name: its.name, type: its.schema.type, required: its.required, description: its.description }));
  const content = operation.requestBody?.content;
  const rows = [...inUrl, ...(content ? parameters(content["application/json"].schema) : [])].map(one => make("tr", {},
    make("td", { className: one.required ? "required" : "", title: one.required ? "required" : "" }, ...breakable(one.name)),
    make("td", {}, one.type), make("td", {}, one.description)));
  const head = make("tr", {}, ...["Parameter", "Type", "Meaning"].map(word => make("th", { scope: "col" }, word)));
  return make("article", { id: operation.operationId },
    make("h2", {}, verb + " ", ...breakable(path)), make("p", {}, operation.summary),
    rows.length > 0 ? make("table", {}, make("thead", {}, head), make("tbody", {}, ...rows)) : make("p", { className: "none" }, "No parameters but the token."),
    ...(content ? [example(content)] : []));
}

const search = document.getElementById("search");
const menu = document.getElementById("methods");
const main = document.getElementById("main");
const answer = await fetch("/openapi.json");
const api = await answer.json();
const operations = Object.entries(api.paths).flatMap(([path, verbs]) => Object.entries(verbs).map(([verb, operation]) => ({ path, verb: verb.toUpperCase(), operation })));
const methods = operations.map(({ path, verb, operation }) => {
  const shown = article(path, verb, operation);
  const link = make("a", { href: "#" + operation.operationId }, verb === "POST" ? "" : verb + " ", ...breakable(path.replace(/^\/(api\/(v1\.1\/)?)?/, "")));
  return { group: operation.tags[0], shown, link, words: (path + " " + shown.textContent).toLowerCase() };
});
const none = make("p", { className: "none", hidden: true }, "No method has these words.");
for (const group of new Set(methods.map(method => method.group))) {
  const links = methods.filter(method => method.group === group).map(method => method.link);
  menu.append(make("section", {}, make("h3", {}, group), ...links));
}
main.append(make("p", { className: "intro" }, api.info.description), none, ...methods.map(method => method.shown));

function filter() {
  const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
  for (const method of methods) {
    const hidden = !words.every(word => method.words.includes(word));
    method.shown.hidden = method.link.hidden = hidden;
    method.link.style.display = hidden ? "none" : "";
  }
  for (const section of menu.children) section.hidden = [...section.querySelectorAll("a")].every(link => link.hidden);
  none.hidden = methods.some(method => !method.shown.hidden);
}

search.addEventListener("input", filter);
document.addEventListener("keydown", event => {
  if (event.key !== "/" || event.target === search) return;
  event.preventDefault();
  search.focus();
});
if (location.hash) document.getElementById(location.hash.slice(1))?.scrollIntoView();
