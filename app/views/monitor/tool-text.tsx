/** The reports of the monitoring tool as a terminal shows them, of one device function, to copy as text or JSON. */
import { useState } from 'react'
import { useLive } from '../../stores/live.ts'
import { toast } from '../../stores/toasts.ts'
import { Select } from '../../widgets/select.tsx'
import { useNow } from '../../widgets/use-now.ts'

export function ToolText() {
  const running = useLive((state) => state.running)
  const [fn, setFn] = useState(-1)
  const functions = useNow('functionsNow', {}, '', 2)?.now?.functions ?? []
  const asked = useNow('toolReports', running ? undefined : { fn }, String(fn), 1)
  if (running) {
    return (
      <p className="monitor-note" role="status">
        The tool runs between two moments: pause to see what it prints.
      </p>
    )
  }
  const options = [
    { value: '-1', title: 'First function that answers' },
    ...functions.map(({ fn: index, name }) => ({ value: String(index), title: name })),
  ]
  return (
    <>
      <div className="monitor-head">
        {functions.length > 1 && (
          <Select
            label="Device function"
            value={String(fn)}
            options={options}
            choose={(value) => setFn(Number(value))}
          />
        )}
        <button
          type="button"
          className="button"
          disabled={asked?.text === undefined}
          onClick={() => copy(asked?.text ?? '')}
        >
          Copy as text
        </button>
        <button
          type="button"
          className="button"
          disabled={asked?.json === undefined}
          onClick={() => copy(asked?.json ?? '')}
        >
          Copy as JSON
        </button>
      </div>
      <pre className="monitor-text" tabIndex={0} aria-label="Reports of the tool" role="region">
        {asked?.text ?? 'The tool is asking the driver.'}
      </pre>
    </>
  )
}

function copy(text: string): void {
  navigator.clipboard.writeText(text).then(
    () => toast('The report is on the clipboard.'),
    () => toast('This page may not write to the clipboard; mark the text and copy it.', 'caution'),
  )
}
