/** The promised ratios, as a table and JSON: `npm run -s bench [NAME]`. */
import { metrics } from './metrics.ts'
import type { Metric } from './harness.ts'

const wanted = process.argv[2]
const results: Metric[] = []
for (const [name, measure] of Object.entries(metrics)) {
  if (wanted !== undefined && name !== wanted) continue
  process.stderr.write(`measuring ${name}\n`)
  results.push(...(await measure()))
}
if (results.length === 0) {
  process.stderr.write(`no metric '${wanted}'; there are ${Object.keys(metrics).join(', ')}\n`)
  process.exitCode = 2
} else {
  for (const m of results) {
    const value = m.value.toPrecision(3).padStart(9)
    process.stdout.write(
      `${String(m.id).padStart(2)}  ${m.name.padEnd(42)} ${value} ${m.unit.padEnd(6)} ${m.correct ? '' : 'WRONG '}${m.how}\n`,
    )
  }
  process.stdout.write(
    `${JSON.stringify({ engine: `node ${process.version}`, metrics: results })}\n`,
  )
}
