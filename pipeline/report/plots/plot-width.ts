/** In CSS pixels: what a phone 390 wide has inside the page's margins, so that nothing is scaled there. */
export const plotWidth = 340
