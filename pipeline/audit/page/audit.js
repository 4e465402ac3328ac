/*
 * Keys, covers and folded requests of the audit page. Everything here is also a link, a form or a fold of the page, so the
 * page works without it. It makes no markup of text: what it adds, the browser has parsed from a page of our own.
 */

const find = (selector, within = document) => within.querySelector(selector)
const findAll = (selector, within = document) => [...within.querySelectorAll(selector)]

const candidates = findAll('[data-candidate]')
/* The one that was just decided about, the one that the queue is about, or the first. */
const named = candidates.find(({ id }) => `#${id}` === location.hash)
let current = named ?? find('[data-candidate="focus"]') ?? candidates[0] ?? null

/* Candidates */

function goTo(candidate, options = { block: 'nearest' }) {
  if (candidate === undefined || candidate === null) return
  current?.removeAttribute('aria-current')
  current = candidate
  current.setAttribute('aria-current', 'true')
  current.focus({ preventScroll: true })
  if (options !== null) current.scrollIntoView(options)
}

function stepCandidate(step) {
  goTo(candidates[candidates.indexOf(current) + step])
}

document.addEventListener('focusin', ({ target }) => {
  const candidate = target.closest('[data-candidate]')
  if (candidate === null || candidate === current) return
  current?.removeAttribute('aria-current')
  current = candidate
  current.setAttribute('aria-current', 'true')
})

/* Decisions */

function openForm(action) {
  const form = current === null ? null : find('.decide', current)
  if (form === null) return announce('There is nothing here to decide about.')
  const choice = find(`input[value="${action}"]`, form)
  const reason = find('textarea', form)
  if (choice === null) return announce('You have said nothing about this text that could be withdrawn.')
  form.open = true
  const obstacle = find(`[data-obstacle="${action}"]`, form)
  if (choice.disabled) announce(obstacle?.textContent ?? 'This cannot be done here.')
  else choice.checked = true
  reason.focus()
  form.scrollIntoView({ block: 'nearest' })
}

function leaveForm(form) {
  form.open = false
  goTo(form.closest('[data-candidate]'), null)
}

const announcedMs = 6000
let fading

function announce(text) {
  const place = find('[data-announce]')
  if (place === null) return
  place.textContent = text
  clearTimeout(fading)
  fading = setTimeout(() => (place.textContent = ''), announcedMs)
}

/* Covers */

function uncover(block) {
  block.classList.remove('veiled')
  const cover = find('.cover', block)
  cover.removeAttribute('inert')
  cover.removeAttribute('aria-hidden')
  const button = find('[data-unveil]', block)
  if (document.activeElement === button) goTo(block.closest('[data-candidate]'), null)
  button.hidden = true
}

function cover(block) {
  block.classList.add('veiled')
  const inside = find('.cover', block)
  inside.setAttribute('inert', '')
  inside.setAttribute('aria-hidden', 'true')
  find('[data-unveil]', block).hidden = false
}

let isUncovered = false

function toggleCovers() {
  const toggle = find('[data-toggle-veil]')
  if (toggle === null) return
  const blocks = findAll('[data-veil]')
  // The page was asked for without covers: only a new one has them.
  if (blocks.length === 0) return location.assign(toggle.href)
  isUncovered = blocks.some((block) => block.classList.contains('veiled'))
  for (const block of blocks) (isUncovered ? uncover : cover)(block)
  toggle.firstChild.textContent = isUncovered ? 'Cover the texts ' : 'Show the texts '
  announce(isUncovered ? 'The texts are shown.' : 'The texts are covered.')
}

/* Folds */

function toggleFold(selector) {
  const folds = current === null ? [] : findAll(selector, current)
  const isOpen = folds.some((fold) => fold.open)
  for (const fold of folds) fold.open = !isOpen
  if (folds.length > 0 && !isOpen) folds[0].scrollIntoView({ block: 'nearest' })
}

function load(fold) {
  const place = find('[data-place]', fold)
  const address = fold.dataset.load
  delete fold.dataset.load
  const request = new XMLHttpRequest()
  request.open('GET', address)
  request.responseType = 'document'
  request.addEventListener('loadend', () => {
    const part = request.status === 200 ? request.response?.querySelector('main') : null
    if (!part) {
      fold.dataset.load = address
      place.textContent = 'The requests could not be loaded. Is the audit still running?'
      return
    }
    place.replaceChildren(...[...part.childNodes].map((node) => document.importNode(node, true)))
    if (isUncovered) for (const block of findAll('[data-veil]', place)) uncover(block)
  })
  request.send()
}

document.addEventListener(
  'toggle',
  ({ target }) => {
    if (target.open && target.dataset.load !== undefined) load(target)
  },
  true,
)

/* Bar */

/* The start page has the form without a panel around it. */
function openFilters(selector) {
  const form = find('.filters')
  if (form === null) return
  const panel = form.closest('.filter-panel')
  if (panel !== null) panel.open = true
  form.scrollIntoView({ block: 'nearest' })
  const field = find(selector, form)
  field.focus()
  if (field.matches('[data-search]')) field.select()
}

function toggleFilters() {
  const panel = find('.filter-panel')
  if (panel.open) panel.open = false
  else openFilters('select')
}

function follow(rel) {
  const link = find(`a[rel="${rel}"]`)
  if (link !== null) link.click()
  else announce(rel === 'next' ? 'This is the last one.' : 'This is the first one.')
}

/* Events */

document.addEventListener('click', (event) => {
  const { target } = event
  const button = target.closest('[data-unveil], [data-toggle-veil], [data-filters], [data-keys], [data-leave]')
  if (button === null) return
  if (button.matches('[data-unveil]')) uncover(button.closest('[data-veil]'))
  if (button.matches('[data-filters]')) toggleFilters()
  if (button.matches('[data-keys]')) find('dialog.keys').showModal()
  if (button.matches('[data-leave]')) leaveForm(button.closest('.decide'))
  if (button.matches('[data-toggle-veil]') && !(event.ctrlKey || event.metaKey)) {
    event.preventDefault()
    toggleCovers()
  }
})

const actions = { a: 'accept', r: 'reject', f: 'flag', c: 'comment', w: 'withdraw' }
const keys = {
  j: () => follow('next'),
  ArrowRight: () => follow('next'),
  k: () => follow('prev'),
  ArrowLeft: () => follow('prev'),
  l: () => stepCandidate(1),
  h: () => stepCandidate(-1),
  b: toggleCovers,
  o: () => toggleFold('.reasoning'),
  q: () => toggleFold('.requests'),
  s: () => openFilters('select'),
  '/': () => openFilters('[data-search]'),
  '?': () => find('dialog.keys').showModal(),
}

document.addEventListener('keydown', (event) => {
  if (event.ctrlKey && event.key === 'Enter' && event.target.closest('.decide') !== null) return save(event)
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return
  if (event.key === 'Escape') return leave(event.target)
  if (event.target.matches('.decide textarea') && event.key === 'Enter' && !event.shiftKey) return save(event)
  if (event.target.matches('input, select, textarea') || find('dialog[open]') !== null) return
  if (find('[data-item]') === null && !(event.key in { s: 1, '/': 1, '?': 1, j: 1, k: 1, ArrowRight: 1, ArrowLeft: 1 }))
    return
  const act = /^[1-9]$/.test(event.key) ? () => goTo(candidates[Number(event.key) - 1]) : keys[event.key]
  const action = actions[event.key]
  if (act === undefined && action === undefined) return
  event.preventDefault()
  if (action === undefined) act()
  else openForm(action)
})

function save(event) {
  event.preventDefault()
  event.target.closest('form').requestSubmit()
}

function leave(target) {
  const form = target.closest('.decide')
  if (form !== null) return leaveForm(form)
  if (target.closest('.filters') === null) return
  target.blur()
  const panel = target.closest('.filter-panel')
  if (panel !== null) panel.open = false
  goTo(current, null)
}

/* A form that is sent twice would be two decisions. */
document.addEventListener('submit', ({ target }) => {
  for (const button of findAll('button', target)) button.disabled = target.method === 'post'
})
addEventListener('pageshow', () => {
  for (const button of findAll('form[method="post"] button')) button.disabled = false
})

/* Marked and in focus, but not scrolled to: one reads the conversation first. */
if (current !== null) goTo(current, null)
