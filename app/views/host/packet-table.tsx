/** The packets that lie in a ring, newest first. */
import type { QueueNow } from '../../../emulator-core/worker/protocol.ts'
import { slotWords } from './packets.ts'

interface TableProps {
  readonly queue: QueueNow | undefined
  readonly chosen: number
  readonly onChoose: (packet: number) => void
}

export function PacketTable({ queue, chosen, onChoose }: TableProps) {
  const rows = queue?.rows ?? []
  if (rows.length === 0) {
    return (
      <p className="host-note quiet">
        The queue is empty. The host program submits a command and rings the doorbell.
      </p>
    )
  }
  return (
    <div className="host-table" tabIndex={0} role="region" aria-label="Packets in the ring">
      <table>
        <thead>
          <tr>
            <th scope="col">Index</th>
            <th scope="col">Slot</th>
            <th scope="col">Command</th>
            <th scope="col">State</th>
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => {
            const words = slotWords(row.state)
            return (
              <tr
                key={row.slot}
                aria-selected={row.packet === chosen}
                onClick={() => onChoose(row.packet)}
              >
                <th scope="row">
                  <button type="button" className="link" onClick={() => onChoose(row.packet)}>
                    {row.packet >= 0 ? row.packet : '–'}
                  </button>
                </th>
                <td>{row.slot}</td>
                <td className="host-command">
                  {row.run || 'command'}
                  <span className="quiet">
                    {row.more ? ', more follow' : ''}
                    {row.indirect > 0 ? `, ${row.indirect} uCs` : ''}
                  </span>
                </td>
                <td className={words.look}>
                  <b aria-hidden="true">{words.letter}</b> {words.word}
                  {words.look === 'fault' && row.result ? `: ${row.result}` : ''}
                </td>
              </tr>
            )
          })}
        </tbody>
      </table>
    </div>
  )
}

const keyStates = [1, 2, 3, 4, 5, 6]

/** Letters in the ring, named once. */
export function Key() {
  return (
    <p className="host-key">
      {keyStates.map((state) => {
        const words = slotWords(state)
        return (
          <span key={state} className={words.look}>
            <b>{words.letter}</b> {words.word.split(',')[0]}
          </span>
        )
      })}
    </p>
  )
}
