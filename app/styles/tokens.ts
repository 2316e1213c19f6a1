/**
 * Design tokens as data, for canvases and for the editor theme; `tokens.css` says the same for the DOM and
 * a test keeps the two equal.
 */

/** Colours of the code editor. */
export interface SyntaxPalette {
  readonly keyword: string
  readonly type: string
  readonly function: string
  readonly number: string
  readonly string: string
  readonly comment: string
}

/** Every colour of one theme. All are CSS colours; translucent ones are `rgba()`. */
export interface Palette {
  readonly name: 'dark' | 'light'
  readonly ground: string
  readonly surface: string
  readonly raised: string
  readonly text: string
  readonly textQuiet: string
  /** Lines that carry meaning. */
  readonly line: string
  readonly accent: string
  /** Ink on a body filled with `accent`. */
  readonly onAccent: string
  /** Ink on a body filled with `active`. */
  readonly onActive: string
  readonly focus: string
  /** Quiet separators: `line` at 28 or 34 percent. */
  readonly hair: string
  /** Half as strong as `hair`: grid lines. */
  readonly hairQuiet: string
  /** Column background in the array. */
  readonly band: string
  /** Current line, selected row. */
  readonly sel: string
  readonly active: string
  /** Body of flows, combs and bars. */
  readonly lit: string
  readonly wait: string
  readonly done: string
  readonly fault: string
  readonly idle: string
  /** Veil over recorded time right of the playhead. */
  readonly fut: string
  readonly shade: string
  /** Share of the owner's hue in a tile body. */
  readonly tint: number
  /** Owner hues in the order in which they are handed out: owner 1 first. */
  readonly owners: readonly string[]
  /** Ink on the owner hue of the same index. */
  readonly ownerInk: readonly string[]
  /** Nine steps, more = further from the ground. */
  readonly sequential: readonly string[]
  /** Nine steps, B higher … equal … A higher read backwards: blue is A, orange is B. */
  readonly diverging: readonly string[]
  readonly syntax: SyntaxPalette
}

const dark: Palette = {
  name: 'dark',
  ground: '#0E1319',
  surface: '#161D26',
  raised: '#1F2833',
  text: '#E8EDF3',
  textQuiet: '#A9B6C4',
  line: '#6E7F92',
  accent: '#6CB4FF',
  onAccent: '#0E1319',
  onActive: '#0E1319',
  focus: '#FFD84D',
  hair: 'rgba(110, 127, 146, 0.28)',
  hairQuiet: 'rgba(110, 127, 146, 0.14)',
  band: 'rgba(110, 127, 146, 0.055)',
  sel: 'rgba(108, 180, 255, 0.13)',
  active: '#46FDBE',
  lit: '#46FDBE',
  wait: '#F0B71F',
  done: '#ADBFF6',
  fault: '#F85452',
  idle: '#8795A5',
  fut: 'rgba(14, 19, 25, 0.42)',
  shade: 'rgba(0, 0, 0, 0.45)',
  tint: 0.15,
  owners: ['#299ABE', '#814EDF', '#F9A782', '#C12860', '#B5820C', '#A4BFEB', '#8FFDE0', '#F8EA21'],
  ownerInk: [
    '#0E1319',
    '#FFFFFF',
    '#0E1319',
    '#FFFFFF',
    '#0E1319',
    '#0E1319',
    '#0E1319',
    '#0E1319',
  ],
  sequential: [
    '#1A2A44',
    '#22425F',
    '#2A5B7B',
    '#3B778F',
    '#5E968B',
    '#83B583',
    '#ACCC89',
    '#D5E097',
    '#FFF3A6',
  ],
  diverging: [
    '#5AB1F0',
    '#427DAB',
    '#2B4D6B',
    '#2B3F53',
    '#2A313B',
    '#523F32',
    '#7A4B1E',
    '#BA7735',
    '#FFA64D',
  ],
  syntax: {
    keyword: '#C9A7FF',
    type: '#7FD1E8',
    function: '#F2D49B',
    number: '#F9A782',
    string: '#A8D8A0',
    comment: '#8795A5',
  },
}

const light: Palette = {
  name: 'light',
  ground: '#FFFFFF',
  surface: '#F4F6F9',
  raised: '#FFFFFF',
  text: '#17202B',
  textQuiet: '#4A5766',
  line: '#78848F',
  accent: '#0B5CBF',
  onAccent: '#FFFFFF',
  onActive: '#FFFFFF',
  focus: '#0B5CBF',
  hair: 'rgba(120, 132, 143, 0.34)',
  hairQuiet: 'rgba(120, 132, 143, 0.18)',
  band: 'rgba(120, 132, 143, 0.07)',
  sel: 'rgba(11, 92, 191, 0.09)',
  active: '#003F17',
  lit: '#16A06C',
  wait: '#7B5600',
  done: '#3D43A8',
  fault: '#D50B56',
  idle: '#66727F',
  fut: 'rgba(255, 255, 255, 0.28)',
  shade: 'rgba(23, 32, 43, 0.16)',
  tint: 0.09,
  owners: ['#1B6C8C', '#BA5AE1', '#EE5E23', '#770A4D', '#402000', '#0517A2', '#709685', '#68570B'],
  ownerInk: [
    '#FFFFFF',
    '#0E1319',
    '#0E1319',
    '#FFFFFF',
    '#FFFFFF',
    '#FFFFFF',
    '#0E1319',
    '#FFFFFF',
  ],
  sequential: [
    '#F3F1D7',
    '#CDDFC5',
    '#A6CCB4',
    '#80B6A6',
    '#5E99A0',
    '#3B7D99',
    '#285F84',
    '#1E4269',
    '#15264F',
  ],
  diverging: [
    '#0A4FA0',
    '#5183C0',
    '#8FB6DF',
    '#BCD2E9',
    '#E9EDF2',
    '#E7D0B8',
    '#E3B27C',
    '#B97A45',
    '#8F4300',
  ],
  syntax: {
    keyword: '#6B2FB3',
    type: '#0B6A86',
    function: '#7A4A00',
    number: '#B0410B',
    string: '#2B6B2B',
    // A little darker than idle, so that it stays readable on the current line.
    comment: '#5D6975',
  },
}

export const tokens: { readonly dark: Palette; readonly light: Palette } = { dark, light }
