/** The sheet of keys: every action that has one. */
import { allActions } from '../session/actions.ts'
import { useWorkspace } from '../stores/workspace.ts'
import { Sheet } from '../widgets/sheet.tsx'

export function KeysSheet() {
  const open = useWorkspace((state) => state.keysOpen)
  const set = useWorkspace((state) => state.set)
  return (
    <Sheet open={open} close={() => set({ keysOpen: false })} title="Keyboard">
      <p className="small quiet sheet-note">
        One rule for the way back: hold Ctrl and press the forward key. Single letters act while no
        text field has focus.
      </p>
      <table>
        <thead>
          <tr>
            <th scope="col">Action</th>
            <th scope="col">Keys</th>
          </tr>
        </thead>
        <tbody>
          {allActions()
            .filter((action) => action.keys.length > 0)
            .map((action) => (
              <tr key={action.id}>
                <td>{action.name}</td>
                <td>
                  {action.keys.map((key) => (
                    <kbd key={key}>{key}</kbd>
                  ))}
                </td>
              </tr>
            ))}
        </tbody>
      </table>
    </Sheet>
  )
}
