/** The way of an address: process, host memory, device address, what the array is given, translation. */
import { useState } from 'react'
import { Select } from '../../widgets/select.tsx'
import type { PartProps } from './device-view.tsx'

export function AddressPaths({ device }: PartProps) {
  const { paths } = device
  const [chosen, setChosen] = useState('')
  const key = (path: (typeof paths)[number]) => `${path.owner} ${path.name}`
  const path = paths.find((one) => key(one) === chosen) ?? paths[0]
  if (!path) {
    return <p className="quiet">No named buffer exists at this moment. Go on in time to see one.</p>
  }
  return (
    <>
      <div className="row device-tools">
        <Select
          label="Buffer"
          value={key(path)}
          options={paths.map((one) => ({ value: key(one), title: `${one.name} of ${one.owner}` }))}
          choose={setChosen}
        />
        <span className="quiet">from the process on the left to the array on the right</span>
      </div>
      <ol className="address-path" aria-label={`Way of ${path.name}`}>
        {path.steps.map(({ title, value, note, ok }) => (
          <li key={title} className={ok ? 'there' : 'missing'}>
            <b>{title}</b>
            <code>{value}</code>
            <span className="quiet">{note}</span>
            {!ok && <span className="fault-word">✕ an access ends here</span>}
          </li>
        ))}
      </ol>
    </>
  )
}
