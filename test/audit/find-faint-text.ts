/**
 * Runs in the page: texts whose colour does not reach the contrast of WCAG 2.2 AA with the ground that they stand on (4.5,
 * or 3 for large text), and controls whose border does not reach 3. Covered texts, and what is switched off, need none.
 */
export const findFaintText = `(() => {
  const canvas = document.createElement('canvas').getContext('2d', { willReadFrequently: true })
  const toRgba = (colour) => {
    canvas.clearRect(0, 0, 1, 1)
    canvas.fillStyle = colour
    canvas.fillRect(0, 0, 1, 1)
    return [...canvas.getImageData(0, 0, 1, 1).data]
  }
  const luminance = ([r, g, b]) => {
    const [x, y, z] = [r, g, b].map((c) => c / 255).map((c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4))
    return 0.2126 * x + 0.7152 * y + 0.0722 * z
  }
  const contrast = (a, b) => {
    const [high, low] = [luminance(a), luminance(b)].sort((x, y) => y - x)
    return (high + 0.05) / (low + 0.05)
  }
  const groundOf = (element) => {
    for (let at = element; at !== null; at = at.parentElement) {
      const ground = toRgba(getComputedStyle(at).backgroundColor)
      if (ground[3] === 255) return ground
    }
    return toRgba(getComputedStyle(document.documentElement).colorScheme === 'dark' ? '#000' : '#fff')
  }
  const found = []
  for (const element of document.querySelectorAll('body *')) {
    const hasText = [...element.childNodes].some((node) => node.nodeType === 3 && node.textContent.trim() !== '')
    if (!hasText || !element.checkVisibility({ visibilityProperty: true })) continue
    if (element.closest('[inert], :disabled, .off, .visually-hidden') !== null) continue
    const style = getComputedStyle(element)
    const size = parseFloat(style.fontSize)
    const isLarge = size >= 24 || (size >= 18.66 && Number(style.fontWeight) >= 700)
    const ratio = contrast(toRgba(style.color), groundOf(element))
    if (ratio < (isLarge ? 3 : 4.5)) found.push(element.className + ' "' + element.textContent.trim().slice(0, 40) + '" ' + ratio.toFixed(2))
  }
  for (const element of document.querySelectorAll('button:not(.quiet, .save), a.button, input, select, textarea')) {
    if (!element.checkVisibility() || element.closest('[inert], :disabled') !== null) continue
    if (['radio', 'checkbox', 'hidden'].includes(element.type)) continue
    const ratio = contrast(toRgba(getComputedStyle(element).borderTopColor), groundOf(element.parentElement))
    if (ratio < 3) found.push('border of ' + element.tagName + ' ' + ratio.toFixed(2))
  }
  return found
})()`
