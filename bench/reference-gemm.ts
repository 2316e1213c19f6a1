/** The yardstick: an int8 matrix product in plain JavaScript, 4×4 register block over packed panels. */

/** C = A·B with A m×k and B k×n, row-major; m and n multiples of 4. */
export function referenceGemm(
  a: Int8Array,
  b: Int8Array,
  c: Int32Array,
  m: number,
  n: number,
  k: number,
): void {
  const panelA = new Int8Array(4 * k)
  const panelB = new Int8Array(n * k)
  for (let j = 0; j < n; j += 4) {
    for (let p = 0; p < k; p++)
      for (let q = 0; q < 4; q++) panelB[j * k + p * 4 + q] = b[p * n + j + q]!
  }
  for (let i = 0; i < m; i += 4) {
    for (let p = 0; p < k; p++) for (let q = 0; q < 4; q++) panelA[p * 4 + q] = a[(i + q) * k + p]!
    for (let j = 0; j < n; j += 4) block(panelA, panelB, j * k, c, i * n + j, n, k)
  }
}

function block(
  a: Int8Array,
  b: Int8Array,
  at: number,
  c: Int32Array,
  out: number,
  n: number,
  k: number,
): void {
  let c00 = 0,
    c01 = 0,
    c02 = 0,
    c03 = 0,
    c10 = 0,
    c11 = 0,
    c12 = 0,
    c13 = 0
  let c20 = 0,
    c21 = 0,
    c22 = 0,
    c23 = 0,
    c30 = 0,
    c31 = 0,
    c32 = 0,
    c33 = 0
  for (let p = 0; p < k; p++) {
    const x = p * 4
    const y = at + x
    const a0 = a[x]!,
      a1 = a[x + 1]!,
      a2 = a[x + 2]!,
      a3 = a[x + 3]!
    const b0 = b[y]!,
      b1 = b[y + 1]!,
      b2 = b[y + 2]!,
      b3 = b[y + 3]!
    c00 = (c00 + Math.imul(a0, b0)) | 0
    c01 = (c01 + Math.imul(a0, b1)) | 0
    c02 = (c02 + Math.imul(a0, b2)) | 0
    c03 = (c03 + Math.imul(a0, b3)) | 0
    c10 = (c10 + Math.imul(a1, b0)) | 0
    c11 = (c11 + Math.imul(a1, b1)) | 0
    c12 = (c12 + Math.imul(a1, b2)) | 0
    c13 = (c13 + Math.imul(a1, b3)) | 0
    c20 = (c20 + Math.imul(a2, b0)) | 0
    c21 = (c21 + Math.imul(a2, b1)) | 0
    c22 = (c22 + Math.imul(a2, b2)) | 0
    c23 = (c23 + Math.imul(a2, b3)) | 0
    c30 = (c30 + Math.imul(a3, b0)) | 0
    c31 = (c31 + Math.imul(a3, b1)) | 0
    c32 = (c32 + Math.imul(a3, b2)) | 0
    c33 = (c33 + Math.imul(a3, b3)) | 0
  }
  c[out] = c00
  c[out + 1] = c01
  c[out + 2] = c02
  c[out + 3] = c03
  c[out + n] = c10
  c[out + n + 1] = c11
  c[out + n + 2] = c12
  c[out + n + 3] = c13
  c[out + 2 * n] = c20
  c[out + 2 * n + 1] = c21
  c[out + 2 * n + 2] = c22
  c[out + 2 * n + 3] = c23
  c[out + 3 * n] = c30
  c[out + 3 * n + 1] = c31
  c[out + 3 * n + 2] = c32
  c[out + 3 * n + 3] = c33
}
