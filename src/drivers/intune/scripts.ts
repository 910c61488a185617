import type { CommandId } from '../../domain/driver.ts'
import { toRfc3339, type Instant } from '../../domain/time.ts'

/** A remediation: a detection that reads, and what is run when that ends with exit code 1. */
export type Script = { readonly detection: string; readonly remediation: string }

const BRIDGE = `
$ErrorActionPreference = 'Stop'
$namespace = 'root\\cimv2\\mdm\\dmmap'
$root = './Vendor/MSFT/eUICCs'
function Read-Below($class, $parent) {
  @(Get-CimInstance -Namespace $namespace -ClassName $class -ErrorAction SilentlyContinue |
    Where-Object { $_.ParentID -eq $parent })
}`

/**
 * Reads the eUICCs CSP over the MDM bridge (WMI classes MDM_eUICCs_*, partition "local-system") and writes it as one
 * line of JSON, in short: Intune keeps 2,048 characters. It changes nothing. \`p\` are the eUICCs.
 */
export function inventoryScript(): Script {
  const detection = `# simplane eSIM inventory, version 1. Reads what the eUICC holds; changes nothing.
${BRIDGE}
try { $found = @(Get-CimInstance -Namespace $namespace -ClassName 'MDM_eUICCs_01') }
catch { Write-Output (ConvertTo-Json -Compress @{ v = 1; error = $_.Exception.Message }); exit 0 }
$list = @(foreach ($chip in $found) {
  $at = "$root/$($chip.InstanceID)"
  $action = Read-Below 'MDM_eUICCs_Actions02' $at | Select-Object -First 1
  [ordered]@{
    n = $chip.InstanceID; i = $chip.Identifier; a = $chip.IsActive
    p = $chip.PPR1Allowed; q = $chip.PPR1AlreadySet; s = $action.Status
    d = @(Read-Below 'MDM_eUICCs_DownloadServers02_01' "$at/DownloadServers" | ForEach-Object {
      [ordered]@{ n = $_.InstanceID; s = $_.DiscoveryState; a = $_.AutoEnable; d = $_.IsDiscoveryServer } })
    f = @(Read-Below 'MDM_eUICCs_Profiles02_01' "$at/Profiles" | ForEach-Object {
      [ordered]@{ n = $_.InstanceID; f = $_.ServerName; s = $_.State; a = $_.IsEnabled; e = $_.ErrorDetail } })
  } })
Write-Output (ConvertTo-Json -Compress -Depth 5 ([ordered]@{ v = 1; p = $list }))
exit 0
`
  return { detection, remediation: '# Nothing is ever changed.\nexit 0\n' }
}

/**
 * The eSIM reset of one order on one eUICC, by name: never of "Default", which is another chip after a board swap. It
 * marks the order in the registry before it resets, so that running it again does nothing, whoever runs it; and it does
 * nothing after \`until\`, for a laptop may wake when everything is different. \`order\` and \`eid\` go into the text: give
 * only what \`isOrder\` takes.
 */
export function resetScript(order: CommandId, eid: string, until: Instant): Script {
  const head = `# simplane eSIM reset: erases every eSIM of the eUICC named here, once. Not the laptop.
$order = '${order}'
$eid = '${eid}'
$until = [DateTime]::Parse('${toRfc3339(until)}').ToUniversalTime()
$mark = "HKLM:\\SOFTWARE\\simplane\\eSIM resets\\$order"${BRIDGE}
`
  const detection = `${head}
if (Test-Path $mark) {
  $returned = (Get-ItemProperty -Path $mark -ErrorAction SilentlyContinue).Returned
  Write-Output (ConvertTo-Json -Compress ([ordered]@{ order = $order; marked = $true; returned = $returned }))
  exit 0
}
if ([DateTime]::UtcNow -gt $until) {
  Write-Output (ConvertTo-Json -Compress ([ordered]@{ order = $order; marked = $false; refused = 'too-late' }))
  exit 0
}
$chip = @(Get-CimInstance -Namespace $namespace -ClassName 'MDM_eUICCs_01' -ErrorAction SilentlyContinue |
  Where-Object { $_.InstanceID -eq $eid -and $_.IsActive })
if ($chip.Count -ne 1) {
  Write-Output (ConvertTo-Json -Compress ([ordered]@{ order = $order; marked = $false; refused = 'no-such-euicc' }))
  exit 0
}
Write-Output (ConvertTo-Json -Compress ([ordered]@{ order = $order; marked = $false }))
exit 1
`
  const remediation = `${head}
if ((Test-Path $mark) -or [DateTime]::UtcNow -gt $until) { exit 0 }
$action = @(Read-Below 'MDM_eUICCs_Actions02' "$root/$eid")
if ($action.Count -ne 1) { exit 1 }
New-Item -Path $mark -Force | Out-Null
$result = Invoke-CimMethod -InputObject $action[0] -MethodName 'ResetToFactoryStateMethod' -Arguments @{ param = '' }
New-ItemProperty -Path $mark -Name 'Returned' -Value $result.ReturnValue -Force | Out-Null
exit 0
`
  return { detection, remediation }
}

/** May these go into the text of a script? */
export function isOrder(order: string, eid: string): boolean {
  return /^[\w.-]{1,100}$/.test(order) && /^\d{32}$/.test(eid)
}
