/** Elements, of HTML and of SVG, made without markup: the page's policy forbids markup in strings. */

const SVG = "http://www.w3.org/2000/svg";

/** An element with attributes and children. `on…` attributes are listeners; what is null, undefined
 * or false is left out, of attributes and children alike. */
export const h = (name, attributes, ...children) =>
  filled(document.createElement(name), attributes, children);

/** The same of SVG. */
export const svg = (name, attributes, ...children) =>
  filled(document.createElementNS(SVG, name), attributes, children);

const isThere = (value) => value !== null && value !== undefined && value !== false;

function filled(element, attributes, children) {
  for (const [name, value] of Object.entries(attributes ?? {}).filter(([, each]) => isThere(each))) {
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children.flat().filter(isThere));
  return element;
}
