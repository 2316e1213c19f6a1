/** Static partitions: an experiment with the firmware that no ioctl makes, asked for like a context. */
import { useState } from 'react'
import { freeName, stepLine } from '../../session/host-edit.ts'
import type { LayoutNow } from '../../session/host-request.ts'
import { counted } from '../../canvas/format.ts'
import { columnWords } from './owner.tsx'
import { request } from './request.ts'

export function PartitionRequest({ now }: { readonly now: LayoutNow }) {
  const [start, setStart] = useState(0)
  const [count, setCount] = useState(1)
  const whole = (value: number) => Math.max(0, Math.trunc(value || 0))
  return (
    <section className="partition-request" aria-label="Static partitions">
      <header className="partitions-head">
        <h2>Static partitions</h2>
        <span className="quiet">
          {counted(now.partitions.length, 'partition')} of the firmware now
        </span>
        <span className="chip unknown">? beyond the public driver</span>
      </header>
      <form
        className="partition-form"
        onSubmit={(event) => {
          event.preventDefault()
          const line = ({ host }: { readonly host: { readonly text: string } }) =>
            stepLine('createPartition', {
              partition: freeName(host.text, 'partition', 'part'),
              start,
              count,
            })
          void request(
            (moment) => [line(moment)],
            columnWords(start, count),
            'request of a partition',
          )
        }}
      >
        <label>
          start{' '}
          <input
            type="number"
            min={0}
            max={now.columns - 1}
            value={start}
            onChange={(event) => setStart(whole(event.target.valueAsNumber))}
          />
        </label>
        <label>
          columns{' '}
          <input
            type="number"
            min={0}
            max={now.columns}
            value={count}
            onChange={(event) => setCount(whole(event.target.valueAsNumber))}
          />
        </label>
        <button type="submit" className="button small">
          Ask for {columnWords(start, count)}
        </button>
        <button
          type="button"
          className="button small"
          onClick={() =>
            void request(
              () => [stepLine('destroyPartition', { partition: 'default' })],
              'the end of the driver’s own partition',
              'end of the default partition',
            )
          }
        >
          End the driver’s own
        </button>
        <span className="quiet">
          The driver makes one partition over all columns; the firmware would take others, and here
          it may be asked.
        </span>
      </form>
    </section>
  )
}
