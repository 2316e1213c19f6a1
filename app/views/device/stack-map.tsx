/** The stack from the framework to the device: what each layer has at this moment, and which ones are not emulated. */
import { useState } from 'react'
import type { PartProps } from './device-view.tsx'

export function StackMap({ device }: PartProps) {
  const [chosen, setChosen] = useState('Driver')
  return (
    <ol className="stack" aria-label="Layers of the stack">
      {device.stack.map(({ title, about, isEmulated, objects }) => {
        const isOpen = chosen === title
        return (
          <li key={title} className={isEmulated ? 'layer' : 'layer absent'}>
            <button
              type="button"
              aria-expanded={isOpen}
              onClick={() => setChosen(isOpen ? '' : title)}
            >
              <b>{title}</b>
              <span className="quiet">{isEmulated ? about : 'not emulated'}</span>
            </button>
            {isOpen && (
              <dl className="boot-rows">
                {!isEmulated && (
                  <div>
                    <dt>why</dt>
                    <dd>{about} The emulator begins below it.</dd>
                  </div>
                )}
                {objects.map(({ name, value }) => (
                  <div key={name}>
                    <dt>{name}</dt>
                    <dd>{value}</dd>
                  </div>
                ))}
              </dl>
            )}
          </li>
        )
      })}
    </ol>
  )
}
