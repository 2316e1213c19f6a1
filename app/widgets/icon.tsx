/** Icons: a 16 px grid, 1.5 px round strokes in the colour of the text; transport glyphs are solid. */

const chevron = {
  'chevron-down': 'm4.5 6.5 3.5 3.5 3.5-3.5',
  'chevron-up': 'm4.5 9.5 3.5-3.5 3.5 3.5',
  'chevron-left': 'M9.5 4.5 6 8l3.5 3.5',
  'chevron-right': 'm6.5 4.5 3.5 3.5-3.5 3.5',
}

const stroke = {
  ...chevron,
  share: 'M8 10V2.5M5 5l3-2.5L11 5M3.5 8v5h9V8',
  lessons:
    'M2.5 3h4A1.5 1.5 0 0 1 8 4.5V13a1.5 1.5 0 0 0-1.5-1h-4zM13.5 3h-4A1.5 1.5 0 0 0 8 4.5V13a1.5 1.5 0 0 1 1.5-1h4z',
  search: 'M11 7A4 4 0 1 1 3 7a4 4 0 0 1 8 0zM10 10l3.5 3.5',
  close: 'm4 4 8 8M12 4l-8 8',
  fit: 'M2.5 6V2.5H6M10 2.5h3.5V6M13.5 10v3.5H10M6 13.5H2.5V10',
  plus: 'M8 3.5v9M3.5 8h9',
  minus: 'M3.5 8h9',
  tick: 'm3.5 8.5 3 3 6-7',
  undo: 'M5.5 3 2.5 6l3 3M2.5 6h7a4 4 0 0 1 0 8h-3',
  redo: 'm10.5 3 3 3-3 3M13.5 6h-7a4 4 0 0 0 0 8h3',
  help: 'M6 6a2 2 0 1 1 2.9 1.8c-.6.3-.9.7-.9 1.4M8 11.8v.2M14 8A6 6 0 1 1 2 8a6 6 0 0 1 12 0z',
  menu: 'M2.5 4.5h11M2.5 8h11M2.5 11.5h11',
  warning: 'M8 2.5 14 13H2zM8 6.5v3M8 11.3v.2',
  error: 'M14 8A6 6 0 1 1 2 8a6 6 0 0 1 12 0zM5.8 5.8l4.4 4.4M10.2 5.8l-4.4 4.4',
  note: 'M14 8A6 6 0 1 1 2 8a6 6 0 0 1 12 0zM8 7.5v3.5M8 5v.2',
  theme: 'M14 8A6 6 0 1 1 2 8a6 6 0 0 1 12 0zM8 2v12',
  refusal: 'M8 2.5a5.5 5.5 0 1 0 0 11 5.5 5.5 0 0 0 0-11M4.3 4.3l7.4 7.4',
  break: 'M9 2 4.5 8.5h3L6.5 14 12 7H8.5z',
}

const solid = {
  play: 'M5 3.2v9.6a.6.6 0 0 0 .92.5l7.3-4.8a.6.6 0 0 0 0-1L5.92 2.7A.6.6 0 0 0 5 3.2z',
  pause: 'M4 3h3v10H4zM9 3h3v10H9z',
  'step-back': 'M11.5 3.6v8.8a.5.5 0 0 1-.78.41L5 8.8V13H3.4V3H5v4.2l5.72-4.01a.5.5 0 0 1 .78.41z',
  'step-forward':
    'M4.5 3.6v8.8a.5.5 0 0 0 .78.41L11 8.8V13h1.6V3H11v4.2L5.28 3.19A.5.5 0 0 0 4.5 3.6z',
  reverse:
    'M14 3.9v8.2a.5.5 0 0 1-.8.4L8 8.6v3.5a.5.5 0 0 1-.8.4L1.8 8.4a.5.5 0 0 1 0-.8l5.4-4.1a.5.5 0 0 1 .8.4v3.5l5.2-3.9a.5.5 0 0 1 .8.4z',
  continue:
    'M2 3.9v8.2a.5.5 0 0 0 .8.4L8 8.6v3.5a.5.5 0 0 0 .8.4l5.4-4.1a.5.5 0 0 0 0-.8L8.8 3.5a.5.5 0 0 0-.8.4v3.5L2.8 3.5a.5.5 0 0 0-.8.4z',
  start:
    'M2.8 3.5h1.5v9H2.8zM12.5 4v8a.5.5 0 0 1-.8.4L6.3 8.4a.5.5 0 0 1 0-.8l5.4-4a.5.5 0 0 1 .8.4z',
  end: 'M11.7 3.5h1.5v9h-1.5zM3.5 4v8a.5.5 0 0 0 .8.4l5.4-4a.5.5 0 0 0 0-.8l-5.4-4a.5.5 0 0 0-.8.4z',
}

export type IconName = keyof typeof stroke | keyof typeof solid

const strokes: Readonly<Record<string, string>> = stroke
const solids: Readonly<Record<string, string>> = solid

/** A picture beside a word; what it means is said by the control around it. */
export function Icon({ name, size = 16 }: { readonly name: IconName; readonly size?: number }) {
  const filled = solids[name]
  return (
    <svg className="icon" width={size} height={size} viewBox="0 0 16 16" aria-hidden="true">
      <path className={filled ? 'solid' : undefined} d={filled ?? strokes[name]} />
    </svg>
  )
}

/** The product's mark: a tile array with one tile at work. */
export function Mark({ size = 22 }: { readonly size?: number }) {
  const at = [2, 8.5, 15]
  return (
    <svg className="mark" width={size} height={size} viewBox="0 0 22 22" aria-hidden="true">
      {at.flatMap((y) =>
        at
          .filter((x) => x !== 8.5 || y !== 8.5)
          .map((x) => <rect key={`${x},${y}`} x={x} y={y} width="5" height="5" rx="1.2" />),
      )}
      <rect className="at-work" x="8" y="8" width="6" height="6" rx="1.4" />
    </svg>
  )
}
