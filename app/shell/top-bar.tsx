/** Top bar: what is open, on which device, the controls of time, and where in time we are. */
import { devices, chooseDevice, perform } from '../session/actions.ts'
import { useLive } from '../stores/live.ts'
import { ActionButton } from '../widgets/action-button.tsx'
import { Icon, Mark } from '../widgets/icon.tsx'
import { Menu, type MenuItem } from '../widgets/menu.tsx'
import { Select } from '../widgets/select.tsx'
import { useWorkspace, type ThemeChoice } from '../stores/workspace.ts'
import { MomentReadout } from './moment.tsx'
import { ProjectMenu, SavedLine } from './project-menu.tsx'
import { SpeedSlider } from './speed.tsx'
import { StepKindSelect, Transport } from './transport.tsx'

export function TopBar() {
  return (
    <header className="top" id="region-top" tabIndex={-1}>
      <h1 className="brand">
        <Mark />
        <span>Tilescope</span>
      </h1>
      <div className="design">
        <div className="row">
          <ProjectMenu />
          <DeviceSelect />
        </div>
        <SavedLine />
      </div>
      <div className="space" />
      <Transport />
      <SpeedSlider />
      <StepKindSelect />
      <MomentReadout />
      <TopIcons />
    </header>
  )
}

export function DeviceSelect() {
  const device = useLive((state) => state.scene?.device.id ?? 'aie4')
  const disabled = useLive((state) => state.building || state.running || state.engine !== 'ready')
  const known = devices.some(({ id }) => id === device)
  const options = (known ? devices : [...devices, { id: device, title: device }]).map(({ id }) => ({
    value: id,
    title: id,
  }))
  return (
    <Select
      className="device"
      label="Device"
      value={device}
      options={options}
      choose={chooseDevice}
      disabled={disabled}
      tip="The device profile that the project is built for"
    />
  )
}

const themeNames: Readonly<Record<ThemeChoice, string>> = {
  dark: 'Dark',
  light: 'Light',
  system: 'As the system',
}

export function TopIcons() {
  const theme = useWorkspace((state) => state.theme)
  const themes = (Object.keys(themeNames) as ThemeChoice[]).map<MenuItem>((choice) => ({
    id: choice,
    title: themeNames[choice],
    chosen: choice === theme,
    perform: () => perform(`theme.${choice}`),
  }))
  return (
    <div className="top-icons">
      <ActionButton id="edit.breakIt">
        <Icon name="break" />
      </ActionButton>
      <Menu label="Theme" className="button ghost icon-only" items={themes} atEnd tip="Theme">
        <Icon name="theme" />
      </Menu>
      <ActionButton id="app.palette" className="button ghost">
        <Icon name="search" />
        <kbd>F1</kbd>
      </ActionButton>
    </div>
  )
}
