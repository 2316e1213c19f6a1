/** Where the text cursor stands, for actions that mean "here". The editor view says so. */
export interface CursorPlace {
  readonly file: string
  /** One-based. */
  readonly line: number
}

let place: CursorPlace | undefined

export function cursorPlace(): CursorPlace | undefined {
  return place
}

export function setCursorPlace(next: CursorPlace | undefined): void {
  place = next
}
