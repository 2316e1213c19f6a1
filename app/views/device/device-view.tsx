/** Device: the figures of the chosen profile, and what is not shown yet. */
import { grouped } from '../../canvas/format.ts'
import { useLive } from '../../stores/live.ts'

export function DeviceView() {
  const device = useLive((state) => state.scene?.device)
  return (
    <div className="empty">
      <h2>{device?.title ?? 'Device'}</h2>
      <p>
        The boot story, power states and the query explorer are not part of this version. What the
        loaded profile says:
      </p>
      {device && (
        <table className="figures">
          <caption className="sr">Figures of the device profile</caption>
          <tbody>
            <Figure name="Profile" value={device.id} />
            <Figure name="Columns" value={grouped(device.columns)} />
            <Figure name="Rows" value={grouped(device.rows)} />
            <Figure name="Array clock" value={`${grouped(device.clockMHz)} MHz`} />
            <Figure name="Microcontrollers per column" value={grouped(device.ucPerColumn)} />
            <Figure name="Slots of the host queue" value={grouped(device.queueSlots)} />
            <Figure name="TOPS, by the driver's formula" value={String(device.driverTops)} />
            <Figure name="TOPS, by the model of the array" value={String(device.arrayTops)} />
          </tbody>
        </table>
      )}
    </div>
  )
}

function Figure({ name, value }: { readonly name: string; readonly value: string }) {
  return (
    <tr>
      <th scope="row">{name}</th>
      <td className="mono">{value}</td>
    </tr>
  )
}
