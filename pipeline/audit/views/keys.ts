import { markup, type Markup } from '../../display/html.ts'

const keys: readonly (readonly [keys: readonly string[], meaning: string])[] = [
  [['j', '→'], 'next sample'],
  [['k', '←'], 'previous sample'],
  [['1', '…', '9'], 'go to a candidate'],
  [['h', 'l'], 'candidate to the left, to the right'],
  [['a'], 'accept: the next build emits this text'],
  [['r'], 'reject: the next build withholds this text'],
  [['f'], 'flag for other people'],
  [['c'], 'comment'],
  [['w'], 'withdraw what you said about this text'],
  [['Enter'], 'in the reason: save (Shift+Enter: new line)'],
  [['Esc'], 'leave a form, close what is open'],
  [['b'], 'uncover or cover the texts of this screen'],
  [['o'], 'open or close the reasoning'],
  [['q'], 'open or close the requests as they were sent'],
  [['/'], 'search'],
  [['s'], 'filters and order'],
  [['?'], 'this list'],
]

export function renderKeys(): Markup {
  return markup`<dialog class="keys" aria-label="Keys">
      <h2>Keys</h2>
      <table>
        <tbody>
          ${keys.map(
            ([names, meaning]) =>
              markup`<tr><th scope="row">${names.map((name) => markup`<kbd>${name}</kbd> `)}</th><td>${meaning}</td></tr>`,
          )}
        </tbody>
      </table>
      <form method="dialog"><button>Close</button></form>
    </dialog>`
}
