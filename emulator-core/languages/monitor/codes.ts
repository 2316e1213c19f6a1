/** Diagnostics of imported monitoring reports (M): one row each, stable for good. */
export const monitorCodes = {
  syntax: ['M0001', 'The text is not JSON'],
  duplicateKey: ['M0002', 'A key stands twice in one object'],
  tooDeep: ['M0003', 'The text is nested too deeply'],
  noPartitions: ['M0004', 'The report tells of no partitions'],
  wrongType: ['M0005', 'A value has another type than its key needs'],
  badNumber: ['M0006', 'A text is not the number that its key needs'],
  noColumns: ['M0007', 'A partition does not say which columns it has'],
  overlap: ['M0008', 'Two partitions share columns'],
} as const

/** The codes alone, as parsers use them. */
export const monitorCode = Object.fromEntries(
  Object.entries(monitorCodes).map(([name, [code]]) => [name, code]),
) as { readonly [K in keyof typeof monitorCodes]: string }
