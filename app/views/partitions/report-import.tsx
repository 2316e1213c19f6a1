/** Somebody's real layout: a JSON report of the monitoring tool, drawn as columns. It never touches the machine. */
import { useRef, useState } from 'react'
import type { Replies } from '../../../emulator-core/worker/protocol.ts'
import { ask } from '../../session/session.ts'
import { toast } from '../../stores/toasts.ts'
import { bytes, counted } from '../../canvas/format.ts'
import { columnWords, OwnerBadge, ownerStyle } from './owner.tsx'

type Imported = Replies['importReport']

/** Columns shown of a device; reports name no total. */
const leastColumns = 3

export function ReportImport() {
  const [imported, setImported] = useState<(Imported & { readonly file: string }) | undefined>()
  const input = useRef<HTMLInputElement>(null)
  const take = async (file: File | undefined) => {
    if (!file) return
    try {
      const reply = await ask('importReport', { text: await file.text(), file: file.name })
      setImported({ ...reply, file: file.name })
    } catch (error) {
      toast(error instanceof Error ? error.message : String(error), 'error')
    }
  }
  return (
    <section className="report-import" aria-label="Imported report">
      <header className="partitions-head">
        <h2>A real layout</h2>
        <span className="quiet">
          JSON of <code>xrt-smi examine --report aie-partitions</code>; it stays on this device
        </span>
        <span className="space" />
        <button type="button" className="button" onClick={() => input.current?.click()}>
          Open a report
        </button>
        <input
          ref={input}
          type="file"
          className="sr"
          accept=".json,application/json"
          aria-label="Report file"
          tabIndex={-1}
          onChange={(event) => void take(event.target.files?.[0])}
        />
      </header>
      {imported && (
        <div className="imported">
          <p>
            <b>Imported:</b> {imported.file}.{' '}
            <span className="quiet">
              This is what a report says of a device, not the emulated machine.
            </span>{' '}
            <button type="button" className="button small" onClick={() => setImported(undefined)}>
              Close
            </button>
          </p>
          {imported.problems.map((problem) => (
            <p key={problem} className="imported-problem">
              {problem}
            </p>
          ))}
          {imported.devices.map((device) => (
            <Device key={device.name} device={device} />
          ))}
        </div>
      )}
    </section>
  )
}

function Device({ device }: { readonly device: Imported['devices'][number] }) {
  const { partitions } = device
  const columns = Math.max(
    leastColumns,
    ...partitions.map((part) => part.startColumn + part.columns),
  )
  // Contexts are numbered through, whatever partition they are in.
  const before = partitions.map((_, i) =>
    partitions.slice(0, i).reduce((sum, part) => sum + part.contexts.length, 0),
  )
  return (
    <article>
      <h3>
        {device.name} <span className="quiet">{counted(partitions.length, 'partition')}</span>
      </h3>
      <div className="imported-columns" style={{ '--columns': columns } as React.CSSProperties}>
        {partitions.map((part, place) => (
          <div
            key={part.index}
            className="imported-partition"
            style={{
              gridColumn: `${part.startColumn + 1} / ${part.startColumn + part.columns + 1}`,
            }}
          >
            <b>{columnWords(part.startColumn, part.columns)}</b>
            {part.contexts.length === 0 && <span className="quiet">no contexts</span>}
            {part.contexts.map((context, i) => {
              const owner = (before[place] ?? 0) + i + 1
              return (
                <span key={context.id} className="imported-context" style={ownerStyle(owner)}>
                  <OwnerBadge owner={owner} /> {context.process ?? `context ${context.id}`}{' '}
                  <span className="quiet">
                    {[
                      context.status,
                      context.priority,
                      context.submissions === undefined
                        ? undefined
                        : `${context.completions ?? '?'} of ${context.submissions} done`,
                      context.memoryBytes === undefined ? undefined : bytes(context.memoryBytes),
                    ]
                      .filter((word) => word !== undefined)
                      .join(', ')}
                  </span>
                </span>
              )
            })}
          </div>
        ))}
      </div>
    </article>
  )
}
