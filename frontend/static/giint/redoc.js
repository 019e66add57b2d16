// ReDoc shows a mark that it loads from its maker's server. Nothing here is fetched from elsewhere:
// an image with a foreign address gets none, in either way in which one is set.

const foreign = (/** @type {string} */ address) => new URL(address, location.href).origin !== location.origin;
const attribute = Element.prototype.setAttribute;
Element.prototype.setAttribute = function (name, value) {
  if (name !== "src" || !(this instanceof HTMLImageElement) || !foreign(value)) attribute.call(this, name, value);
};
const property = Object.getOwnPropertyDescriptor(HTMLImageElement.prototype, "src");
if (property) Object.defineProperty(HTMLImageElement.prototype, "src", {
  ...property,
  set(value) {
    if (!foreign(value)) property.set?.call(this, value);
  },
});
